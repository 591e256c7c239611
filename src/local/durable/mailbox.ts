/** Messages to instances: stored first, then kept in memory until the instance's next turn takes them. Also how an instance comes to be. */
import type { Clock } from "../../clock/clock.ts";
import type { HubFaults } from "./faults.ts";
import { historyEvent, type HistoryEvent, type ParentInstance } from "./history.ts";
import type { HubStore, InboxRow, InstanceRow, InstanceState } from "./hub-store.ts";
import { executionIdOf } from "./turn.ts";

/** Called with what has to follow in memory once the transaction is through. */
export type Later = (effect: () => void) => void;

export interface NewInstance {
  readonly instanceId: string;
  readonly name: string;
  /** JSON text. */
  readonly input: string | null;
  readonly parent: ParentInstance | null;
  /** An ended instance of the same id, which is replaced. */
  readonly existing: InstanceRow | undefined;
}

export class Mailbox {
  readonly #store: HubStore;
  readonly #clock: Clock;
  readonly #notify: (instanceId: string) => void;
  readonly #faults: HubFaults;
  readonly #waiting = new Map<string, InboxRow[]>();

  constructor(options: {
    readonly store: HubStore;
    readonly clock: Clock;
    readonly notify: (instanceId: string) => void;
    readonly faults?: HubFaults | undefined;
  }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#notify = options.notify;
    this.#faults = options.faults ?? {};
  }

  /** Takes up what the file holds. */
  begin(): void {
    for (const row of this.#store.inbox()) this.#receive(row);
  }

  /** One transaction; what has to follow in memory is done after it. */
  change(change: (later: Later) => void): void {
    const effects: (() => void)[] = [];
    this.#store.transaction(() => change((effect) => effects.push(effect)));
    for (const effect of effects) effect();
  }

  timestamp(): string {
    return new Date(this.#clock.now()).toISOString();
  }

  create(start: NewInstance, later: Later): void {
    const { instanceId, name, input, parent, existing } = start;
    const createdMs = this.#clock.now();
    const executions = (existing?.executions ?? 0) + 1;
    const executionId = executionIdOf(instanceId, createdMs, executions);
    if (existing !== undefined) {
      this.#store.deleteInstance(instanceId);
      later(() => this.clear(instanceId));
    }
    this.#store.putInstance({
      instanceId,
      executionId,
      name,
      status: "Pending",
      input,
      output: null,
      customStatus: null,
      parent: parent === null ? null : JSON.stringify(parent),
      createdMs,
      updatedMs: createdMs,
      executions,
    });
    const event = historyEvent.executionStarted(
      { instanceId, executionId, name, input, parent, generation: parent === null ? 0 : null },
      this.timestamp(),
    );
    this.deliver(instanceId, executionId, event, later);
  }

  /** `executionId` null: for whichever execution is running. */
  deliver(instanceId: string, executionId: string | null, event: HistoryEvent, later: Later): void {
    const row = { instanceId, executionId, event: JSON.stringify(event), arrivedMs: this.#clock.now() };
    for (let copy = this.#faults.copies?.(event) ?? 1; copy > 0; copy--) {
      const id = this.#store.addInbox(row);
      later(() => this.#receive({ ...row, id }));
    }
  }

  /** Delivers only while that execution is running: later results are of no use to anybody. */
  deliverTo(instanceId: string, executionId: string, event: HistoryEvent, later: Later): void {
    if (this.isRunning(instanceId, executionId)) this.deliver(instanceId, executionId, event, later);
  }

  isRunning(instanceId: string, executionId: string): boolean {
    const state = this.#store.instanceState(instanceId);
    return state !== undefined && !isEnded(state) && state.executionId === executionId;
  }

  /** How many messages the instance's next turn would take. */
  count(instanceId: string): number {
    return this.#waiting.get(instanceId)?.length ?? 0;
  }

  take(instanceId: string): readonly InboxRow[] {
    const rows = this.#waiting.get(instanceId) ?? [];
    this.#waiting.delete(instanceId);
    return this.#faults.arrange?.(rows) ?? rows;
  }

  clear(instanceId: string): void {
    this.#waiting.delete(instanceId);
  }

  #receive(row: InboxRow): void {
    const rows = this.#waiting.get(row.instanceId);
    if (rows === undefined) this.#waiting.set(row.instanceId, [row]);
    else rows.push(row);
    this.#notify(row.instanceId);
  }
}

export function isEnded(row: InstanceState): boolean {
  return row.status === "Completed" || row.status === "Failed" || row.status === "Terminated";
}
