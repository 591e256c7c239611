/**
 * The host's half of a turn. In: the history including what just arrived, and the library's answer. Out: what to schedule, and whether the generation
 * has ended. Like the extension it plays the listed actions one after the other against the history from the start, which is what gives event numbers,
 * retries, events carried over by continue-as-new, and instances that stay Running until nothing they began is open. Pure; no clock, no storage.
 */
import type { Action, Answer, RetryOptions } from "./answer.ts";
import { eventTypes, type HistoryEvent } from "./history.ts";
import { OpenTask } from "./open-task.ts";

/** Timers longer than this are split by the host. */
const LONGEST_TIMER_MS = 6 * 86_400_000;
const TIMER_PART_MS = 3 * 86_400_000;

export type Planned =
  | { readonly kind: "activity"; readonly id: number; readonly name: string; readonly input: unknown }
  | { readonly kind: "sub"; readonly id: number; readonly name: string; readonly instanceId: string; readonly input: unknown }
  | { readonly kind: "timer"; readonly id: number; readonly fireAtMs: number; readonly cancelled: boolean };

export type End =
  | { readonly status: "Completed"; readonly output: unknown }
  | { readonly status: "Failed"; readonly reason: string; readonly details: string }
  | { readonly status: "Terminated"; readonly reason: string }
  | { readonly status: "ContinuedAsNew"; readonly input: unknown; readonly carried: readonly HistoryEvent[] };

export interface Decision {
  readonly scheduled: readonly Planned[];
  /** Ids of timers that need not fire any more. */
  readonly cancelledTimers: readonly number[];
  readonly end: End | undefined;
  /** The reason, while suspended. */
  readonly suspended: string | undefined;
  /** Activities and sub-orchestrations whose outcome is still to come. */
  readonly outstanding: number;
}

export function decide(
  history: readonly HistoryEvent[],
  answer: Answer,
  instance: { readonly name: string; readonly executionId: string },
): Decision {
  const play = new Play(answer, instance);
  for (const event of history) play.process(event);
  return play.decision();
}

class Play {
  readonly #answer: Answer;
  readonly #instance: { readonly name: string; readonly executionId: string };
  readonly #planned = new Map<number, Planned>();
  readonly #open = new Map<number, OpenTask>();
  /** The newest wait of a name gets the next event (a stack, as in the extension and the library). */
  readonly #waits = new Map<string, OpenTask[]>();
  readonly #buffered = new Map<string, number>();
  readonly #cancelledTimers: number[] = [];
  readonly #whileSuspended: HistoryEvent[] = [];
  readonly #carried: HistoryEvent[] = [];
  #continued: { readonly input: unknown } | undefined;
  #suspended: string | undefined;
  #broken: string | undefined;
  #terminated: string | undefined;
  #openTimers = 0;
  #nextId = 0;
  #nextAction = 0;
  #playedAll = false;
  #nowMs = 0;

  constructor(answer: Answer, instance: { readonly name: string; readonly executionId: string }) {
    this.#answer = answer;
    this.#instance = instance;
  }

  process(event: HistoryEvent): void {
    const type = event.EventType;
    if (this.#terminated !== undefined) return;
    if (type === eventTypes.orchestratorStarted) {
      this.#nowMs = Date.parse(event.Timestamp);
    } else if (type === eventTypes.executionTerminated) {
      this.#terminated = event.Input ?? "";
    } else if (type === eventTypes.executionResumed) {
      this.#suspended = undefined;
      for (const held of this.#whileSuspended.splice(0)) this.process(held);
    } else if (type === eventTypes.executionSuspended) {
      this.#suspended ??= event.Reason ?? "";
    } else if (this.#suspended !== undefined) {
      this.#whileSuspended.push(event);
    } else {
      this.#processRunning(event);
    }
  }

  #processRunning(event: HistoryEvent): void {
    switch (event.EventType) {
      case eventTypes.executionStarted:
        return this.#playActions();
      case eventTypes.taskScheduled:
        return this.#recognise(event, "activity", event.Name);
      case eventTypes.subOrchestrationCreated:
        return this.#recognise(event, "sub", event.Name);
      case eventTypes.timerCreated:
        return this.#recognise(event, "timer");
      case eventTypes.taskCompleted:
      case eventTypes.subOrchestrationCompleted:
        return this.#settle(event.TaskScheduledId, "done");
      case eventTypes.taskFailed:
      case eventTypes.subOrchestrationFailed:
        return this.#settle(event.TaskScheduledId, "failed");
      case eventTypes.timerFired:
        return this.#settle(event.TimerId, "done");
      case eventTypes.eventRaised:
        return this.#raise(event);
      default:
    }
  }

  decision(): Decision {
    const outstanding = this.#open.size - this.#openTimers;
    const base = { cancelledTimers: this.#cancelledTimers, suspended: this.#suspended, outstanding };
    const end = this.#end();
    return { ...base, scheduled: end !== undefined || this.#suspended !== undefined ? [] : [...this.#planned.values()], end };
  }

  #end(): End | undefined {
    if (this.#terminated !== undefined) return { status: "Terminated", reason: this.#terminated };
    if (this.#broken !== undefined) return { status: "Failed", reason: this.#broken, details: this.#broken };
    if (!this.#playedAll || this.#open.size > 0 || this.#suspended !== undefined) return undefined;
    const { error, isDone, output } = this.#answer;
    if (this.#continued !== undefined) return { status: "ContinuedAsNew", input: this.#continued.input, carried: this.#carried };
    if (error !== undefined) {
      return {
        status: "Failed",
        reason: `Orchestrator function '${this.#instance.name}' failed: ${error}`,
        details: `Message: ${error}, StackTrace: `,
      };
    }
    return isDone ? { status: "Completed", output } : undefined;
  }

  #playActions(): void {
    const { actions } = this.#answer;
    while (this.#nextAction < actions.length) {
      const task = this.#begin(actions[this.#nextAction++] as Action);
      if (!task.isSettled) return task.whenSettled(() => this.#playActions());
    }
    this.#playedAll = true;
  }

  #begin(action: Action): OpenTask {
    switch (action.kind) {
      case "all":
        return OpenTask.all(action.parts.map((part) => this.#begin(part)));
      case "any":
        return OpenTask.any(action.parts.map((part) => this.#begin(part)));
      case "timer":
        return action.cancelled ? this.#cancelledTimer(action.fireAtMs) : this.#timer(action.fireAtMs);
      case "event":
        return this.#wait(action.name);
      case "continue":
        this.#continued = { input: action.input };
        return OpenTask.all([]);
      case "activity":
      case "sub":
        return action.retry === undefined ? this.#call(action) : this.#callWithRetry(action, action.retry);
    }
  }

  #call(action: Action & { readonly kind: "activity" | "sub" }): OpenTask {
    const id = this.#nextId++;
    const planned: Planned =
      action.kind === "activity"
        ? { kind: "activity", id, name: action.name, input: action.input }
        : {
            kind: "sub",
            id,
            name: action.name,
            instanceId: action.instanceId ?? `${this.#instance.executionId}:${id}`,
            input: action.input,
          };
    return this.#plan(planned);
  }

  /** After each failure the library expects a timer, also after the last one, which then is due at once. */
  #callWithRetry(action: Action & { readonly kind: "activity" | "sub" }, retry: RetryOptions): OpenTask {
    const whole = new OpenTask();
    const attempt = (number: number): void => {
      const call = this.#call(action);
      call.whenSettled(() => {
        if (!call.hasFailed) return whole.settle("done");
        const isLast = number >= retry.maxNumberOfAttempts;
        const grown = retry.firstRetryIntervalInMilliseconds * (retry.backoffCoefficient ?? 1) ** (number - 1);
        const delayMs = isLast ? 0 : Math.min(grown, retry.maxRetryIntervalInMilliseconds ?? grown);
        this.#timer(this.#nowMs + delayMs).whenSettled(() => (isLast ? whole.settle("failed") : attempt(number + 1)));
      });
    };
    attempt(1);
    return whole;
  }

  #timer(fireAtMs: number): OpenTask {
    const whole = new OpenTask();
    const part = (): void => {
      const isLong = fireAtMs - this.#nowMs > LONGEST_TIMER_MS;
      const task = this.#plan({
        kind: "timer",
        id: this.#nextId++,
        fireAtMs: isLong ? this.#nowMs + TIMER_PART_MS : fireAtMs,
        cancelled: false,
      });
      this.#openTimers++;
      task.whenSettled(() => {
        this.#openTimers--;
        if (this.#nowMs < fireAtMs && isLong) part();
        else whole.settle("done");
      });
    };
    part();
    return whole;
  }

  #cancelledTimer(fireAtMs: number): OpenTask {
    const id = this.#nextId++;
    this.#planned.set(id, { kind: "timer", id, fireAtMs, cancelled: true });
    this.#cancelledTimers.push(id);
    return OpenTask.all([]);
  }

  #plan(planned: Planned): OpenTask {
    const task = new OpenTask();
    this.#planned.set(planned.id, planned);
    this.#open.set(planned.id, task);
    return task;
  }

  #wait(name: string): OpenTask {
    const task = new OpenTask();
    const buffered = this.#buffered.get(name) ?? 0;
    if (buffered > 0) {
      this.#buffered.set(name, buffered - 1);
      task.settle("done");
    } else {
      const waits = this.#waits.get(name);
      if (waits === undefined) this.#waits.set(name, [task]);
      else waits.push(task);
    }
    return task;
  }

  #raise(event: HistoryEvent): void {
    const name = event.Name ?? "";
    if (this.#continued !== undefined) {
      this.#carried.push(event);
      return;
    }
    const wait = this.#waits.get(name)?.pop();
    if (wait === undefined) this.#buffered.set(name, (this.#buffered.get(name) ?? 0) + 1);
    else wait.settle("done");
  }

  #settle(id: number | undefined, outcome: "done" | "failed"): void {
    const task = id === undefined ? undefined : this.#open.get(id);
    if (id === undefined || task === undefined) return;
    this.#open.delete(id);
    task.settle(outcome);
  }

  /** What history says was scheduled has to come out of the replay again. */
  #recognise(event: HistoryEvent, kind: Planned["kind"], name?: string): void {
    const planned = this.#planned.get(event.EventId);
    if (planned?.kind === kind && (planned.kind === "timer" || planned.name === name)) {
      this.#planned.delete(event.EventId);
      return;
    }
    const found = planned === undefined ? "nothing" : `${planned.kind} ${planned.kind === "timer" ? "" : planned.name}`.trim();
    this.#broken ??=
      `Non-Deterministic workflow detected: history has ${kind} ${name ?? ""} with EventId ${event.EventId}, ` +
      `but this run of orchestrator '${this.#instance.name}' has ${found} there.`;
  }
}
