/** Carries instances forward: turns, activities and timers. Each turn, outcome and ring of a timer is one transaction. */
import type { Clock } from "../../clock/clock.ts";
import { ActivityPool } from "./activity-pool.ts";
import type { Planned } from "./decide.ts";
import type { HubFaults } from "./faults.ts";
import { activityFailure, type ActivityOutcome, type HubFunctions } from "./functions.ts";
import { HistoryCache } from "./history-cache.ts";
import { historyEvent, type HistoryEvent, type ParentInstance } from "./history.ts";
import type { HubStore, InboxRow, InstanceRow, TimerRow, WorkRow } from "./hub-store.ts";
import { toJson } from "./json-text.ts";
import { isEnded, Mailbox, type Later } from "./mailbox.ts";
import { TimerBoard } from "./timer-board.ts";
import { TurnQueue } from "./turn-queue.ts";
import { playTurn, type Past, type Turn } from "./turn.ts";

/** Inputs of queued activities up to this length stay in memory; others are read when it is their turn. */
const SMALL_INPUT_CHARS = 512;

export interface ExecutionOptions {
  readonly store: HubStore;
  readonly clock: Clock;
  readonly functions: HubFunctions;
  readonly maxActivities: number;
  readonly maxTurns: number;
  /** Runs `start` outside any work of the clock that happens to be the caller's. */
  readonly detached: (start: () => void) => void;
  readonly onEnd: (instance: InstanceRow) => void;
  /** A change could not be stored; nothing goes on after it. */
  readonly onFault: (error: unknown) => void;
  readonly faults?: HubFaults | undefined;
}

export class Execution {
  readonly mailbox: Mailbox;
  readonly #store: HubStore;
  readonly #clock: Clock;
  readonly #functions: HubFunctions;
  readonly #onEnd: (instance: InstanceRow) => void;
  readonly #onFault: (error: unknown) => void;
  readonly #cache = new HistoryCache();
  readonly #turns: TurnQueue;
  readonly #activities: ActivityPool;
  readonly #timers: TimerBoard;
  readonly #ended: { readonly work: WorkRow; readonly event: HistoryEvent }[] = [];
  #stored: Promise<void> | undefined;

  constructor(options: ExecutionOptions) {
    const { store, clock, functions, detached, maxTurns, maxActivities } = options;
    this.#store = store;
    this.#clock = clock;
    this.#functions = options.faults?.functions?.(functions) ?? functions;
    this.#onEnd = options.onEnd;
    this.#onFault = options.onFault;
    const patienceMs = (instanceId: string): number | undefined => this.#patienceMs(instanceId);
    this.#turns = new TurnQueue({ clock, detached, maxTurns, patienceMs, runTurn: (instanceId) => this.#runTurn(instanceId) });
    this.#activities = new ActivityPool({ clock, detached, maxActivities, run: (work) => this.#runActivity(work) });
    this.#timers = new TimerBoard({ clock, detached, fire: (timer) => this.#guard(() => this.#fire(timer)) });
    this.mailbox = new Mailbox({ store, clock, notify: (instanceId) => this.#turns.notify(instanceId), faults: options.faults });
  }

  /** Takes up what the file holds: timers, undelivered messages, queued activities. */
  begin(): void {
    for (const timer of this.#store.timers()) this.#timers.arm(timer);
    this.mailbox.begin();
    this.#activities.add(this.#store.work());
  }

  /** Begins nothing more. Resolves when the activities under way have ended. */
  async stop(): Promise<void> {
    this.#turns.stop();
    this.#timers.stop();
    await this.#activities.stop();
  }

  #guard(run: () => void): void {
    if (!this.#store.isOpen) return;
    try {
      run();
    } catch (error) {
      this.#onFault(error);
    }
  }

  #patienceMs(instanceId: string): number | undefined {
    const past = this.#cache.peek(instanceId);
    return past !== undefined && past.outstanding > this.mailbox.count(instanceId) ? past.lastTurnMs : undefined;
  }

  #fire(timer: TimerRow): void {
    // The extension stamps the ring with the time at which the timer was set.
    const event = historyEvent.timerFired(timer.timerId, new Date(timer.fireMs).toISOString(), new Date(timer.createdMs).toISOString());
    this.mailbox.change((later) => {
      this.#store.deleteTimer(timer.instanceId, timer.timerId);
      this.mailbox.deliverTo(timer.instanceId, timer.executionId, event, later);
    });
  }

  /** Ends when the outcome is stored, together with those of other activities that ended in the same moment. */
  async #runActivity(work: WorkRow): Promise<void> {
    const outcome = await this.#functions.runActivity(work.name, work.instanceId, work.input ?? this.#store.workInput(work.id));
    this.#ended.push({ work, event: this.#toEvent(work, outcome) });
    this.#stored ??= new Promise((resolve) => setImmediate(resolve)).then(() => this.#guard(() => this.#storeEnded()));
    await this.#stored;
  }

  #toEvent(work: WorkRow, outcome: ActivityOutcome): HistoryEvent {
    const at = this.mailbox.timestamp();
    if (outcome.ok) return historyEvent.taskCompleted(work.taskId, outcome.result, at);
    const { reason, details } = activityFailure(work.name, outcome.message, outcome.stack);
    return historyEvent.taskFailed(work.taskId, reason, details, at);
  }

  #storeEnded(): void {
    const ended = this.#ended.splice(0);
    this.#stored = undefined;
    this.mailbox.change((later) => {
      const running = new Map<string, boolean>();
      for (const { work, event } of ended) {
        const { instanceId, executionId } = work;
        const isRunning = running.get(instanceId + executionId) ?? this.mailbox.isRunning(instanceId, executionId);
        running.set(instanceId + executionId, isRunning);
        this.#store.deleteWork(work.id);
        if (isRunning) this.mailbox.deliver(instanceId, executionId, event, later);
      }
    });
  }

  async #runTurn(instanceId: string): Promise<void> {
    if (!this.#store.isOpen) return;
    const rows = this.mailbox.take(instanceId);
    const instance = this.#store.instance(instanceId);
    const runs = instance !== undefined && !isEnded(instance);
    const arrived = runs ? rows.filter((row) => row.executionId === null || row.executionId === instance.executionId) : [];
    if (!runs || arrived.length === 0) {
      this.#guard(() => this.mailbox.change(() => this.#forget(instanceId, rows)));
      return;
    }
    const startMs = this.#clock.now();
    const past = this.#cache.get(instanceId, instance.executionId) ?? this.#load(instanceId);
    const events = arrived.map((row) => JSON.parse(row.event) as HistoryEvent);
    // Never before what it answers, even when the clock was set back between two processes.
    const nowMs = arrived.reduce((newest, row) => Math.max(newest, row.arrivedMs), Math.max(startMs, instance.updatedMs));
    const turn = await playTurn(instance, past, events, nowMs, this.#functions);
    this.#guard(() => this.#save(turn, rows, startMs));
  }

  #load(instanceId: string): Past {
    const texts = this.#store.history(instanceId);
    return { texts, events: JSON.parse(`[${texts.join(",")}]`) as HistoryEvent[] };
  }

  /** `rows` are all that had arrived when they were taken. */
  #forget(instanceId: string, rows: readonly InboxRow[]): void {
    this.#store.deleteInbox(instanceId, rows.at(-1)?.id ?? 0);
  }

  #save(turn: Turn, rows: readonly InboxRow[], startMs: number): void {
    const { instance, end, events, texts, outstanding } = turn;
    const { instanceId, executionId } = instance;
    this.mailbox.change((later) => {
      this.#forget(instanceId, rows);
      if (turn.isRenewed) this.#store.deleteHistory(instanceId);
      this.#store.appendHistory(instanceId, texts.length - 1, texts.at(-1) ?? "");
      for (const timerId of turn.cancelledTimers) {
        this.#store.deleteTimer(instanceId, timerId);
        later(() => this.#timers.cancel(instanceId, timerId));
      }
      this.#store.putInstance(instance);
      this.#schedule(instance, turn.scheduled, later);
      if (end !== undefined) this.#end(instance, end, later);
    });
    if (end === undefined)
      this.#cache.put(instanceId, { executionId, events, texts, outstanding, lastTurnMs: this.#clock.now() - startMs });
    else this.#cache.delete(instanceId);
  }

  #schedule(instance: InstanceRow, scheduled: readonly Planned[], later: Later): void {
    const { instanceId, executionId } = instance;
    const queued: WorkRow[] = [];
    for (const planned of scheduled) {
      if (planned.kind === "activity") {
        const work = { instanceId, executionId, taskId: planned.id, name: planned.name };
        const input = toJson(planned.input);
        queued.push({
          ...work,
          id: this.#store.addWork(work, input),
          input: input !== null && input.length <= SMALL_INPUT_CHARS ? input : null,
        });
      } else if (planned.kind === "sub") {
        this.#startChild(instance, planned, later);
      } else if (!planned.cancelled) {
        const timer = { instanceId, executionId, timerId: planned.id, fireMs: planned.fireAtMs, createdMs: instance.updatedMs };
        this.#store.addTimer(timer);
        later(() => this.#timers.arm(timer));
      }
    }
    if (queued.length > 0) later(() => this.#activities.add(queued));
  }

  #startChild(parent: InstanceRow, planned: Planned & { readonly kind: "sub" }, later: Later): void {
    const existing = this.#store.instance(planned.instanceId);
    if (existing !== undefined && !isEnded(existing)) {
      const reason = `An Orchestration instance with the status ${existing.status} already exists.`;
      const event = historyEvent.subOrchestrationFailed(planned.id, reason, reason, this.mailbox.timestamp());
      this.mailbox.deliver(parent.instanceId, parent.executionId, event, later);
      return;
    }
    const parentInstance: ParentInstance = {
      Name: parent.name,
      OrchestrationInstance: { InstanceId: parent.instanceId, ExecutionId: parent.executionId },
      TaskScheduleId: planned.id,
      Version: "",
    };
    this.mailbox.create(
      { instanceId: planned.instanceId, name: planned.name, input: toJson(planned.input), parent: parentInstance, existing },
      later,
    );
  }

  #end(instance: InstanceRow, end: NonNullable<Turn["end"]>, later: Later): void {
    const { instanceId } = instance;
    this.#store.deleteTimers(instanceId);
    // What was raised too late for this turn is lost, as in the extension.
    this.#store.deleteInboxOf(instanceId);
    later(() => {
      this.#timers.cancelAll(instanceId);
      this.mailbox.clear(instanceId);
      this.#onEnd(instance);
    });
    if (instance.parent === null) return;
    const { OrchestrationInstance: parent, TaskScheduleId: taskId } = JSON.parse(instance.parent) as ParentInstance;
    const at = this.mailbox.timestamp();
    const event =
      end.status === "Completed"
        ? historyEvent.subOrchestrationCompleted(taskId, instance.output, at)
        : historyEvent.subOrchestrationFailed(taskId, end.reason, end.status === "Failed" ? end.details : "", at);
    this.mailbox.deliverTo(parent.InstanceId, parent.ExecutionId, event, later);
  }
}
