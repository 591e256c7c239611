/**
 * The durable task hub: what comes in are starts, events and outcomes of activities, what goes out are turns and activities to run. Everything is in
 * one SQLite file, a turn is one transaction, and a message is deleted only together with storing what it led to: after a kill, whatever was under
 * way is run again. It does not promise that an activity runs only once, nor that a raised event is taken before the instance ends.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import type { Clock } from "../../clock/clock.ts";
import { Execution } from "./execution.ts";
import type { HubFaults } from "./faults.ts";
import { unknownFunction, type HubFunctions } from "./functions.ts";
import { historyEvent, type HistoryEvent } from "./history.ts";
import type { HubStore, InstanceQuery, InstanceRow } from "./hub-store.ts";
import { isEnded, type Mailbox } from "./mailbox.ts";

export interface TaskHubOptions {
  readonly store: HubStore;
  readonly clock: Clock;
  readonly functions: HubFunctions;
  readonly maxActivities: number;
  readonly maxTurns: number;
  /** Something that must not happen did, such as a full disk: the hub has stopped. */
  readonly onFault: (error: unknown) => void;
  readonly faults?: HubFaults | undefined;
}

export type Started =
  | { readonly kind: "started"; readonly instanceId: string }
  | { readonly kind: "exists"; readonly status: string }
  | { readonly kind: "unknown"; readonly message: string };

/** What became of a message to an instance. */
export type Posted = "accepted" | "ended" | "unknown";

interface Waiter {
  readonly resolve: (row: InstanceRow) => void;
  readonly reject: (error: unknown) => void;
}

export class TaskHub {
  readonly #store: HubStore;
  readonly #orchestrators: ReadonlySet<string>;
  readonly #execution: Execution;
  readonly #mailbox: Mailbox;
  readonly #waiters = new Map<string, Waiter[]>();
  #stoppedBy: Error | undefined;

  constructor(options: TaskHubOptions) {
    this.#store = options.store;
    this.#orchestrators = options.functions.orchestrators;
    this.#execution = new Execution({
      ...options,
      detached: AsyncLocalStorage.snapshot(),
      onEnd: (instance) => this.#announceEnd(instance),
      onFault: (error) => {
        void this.#halt(error instanceof Error ? error : new Error(String(error)));
        options.onFault(error);
      },
    });
    this.#mailbox = this.#execution.mailbox;
  }

  /** Takes up what the file holds: timers, undelivered messages, queued activities. */
  begin(): void {
    this.#execution.begin();
  }

  /** `input` is a JSON text. An ended instance of that id is replaced. */
  start(name: string, instanceId: string | undefined, input: string): Started {
    if (!this.#orchestrators.has(name)) return { kind: "unknown", message: unknownFunction(name, "orchestrator", this.#orchestrators) };
    const id = instanceId ?? randomUUID().replaceAll("-", "");
    const existing = this.#store.instance(id);
    if (existing !== undefined && !isEnded(existing)) return { kind: "exists", status: existing.status };
    this.#mailbox.change((later) => this.#mailbox.create({ instanceId: id, name, input, parent: null, existing }, later));
    return { kind: "started", instanceId: id };
  }

  /** `input` is a JSON text. */
  raiseEvent(instanceId: string, name: string, input: string): Posted {
    return this.#post(instanceId, (at) => historyEvent.eventRaised(name, input, at));
  }

  terminate(instanceId: string, reason: string): Posted {
    return this.#post(instanceId, (at) => historyEvent.executionTerminated(reason, at));
  }

  suspend(instanceId: string, reason: string): Posted {
    return this.#post(instanceId, (at) => historyEvent.executionSuspended(reason, at));
  }

  resume(instanceId: string, reason: string): Posted {
    return this.#post(instanceId, (at) => historyEvent.executionResumed(reason, at));
  }

  /** Deletes an ended instance. */
  purge(instanceId: string): "deleted" | "running" | "unknown" {
    const row = this.#store.instance(instanceId);
    if (row === undefined) return "unknown";
    if (!isEnded(row)) return "running";
    this.#mailbox.change(() => this.#store.deleteInstance(instanceId));
    return "deleted";
  }

  instance(instanceId: string): InstanceRow | undefined {
    return this.#store.instance(instanceId);
  }

  instances(query: InstanceQuery): readonly InstanceRow[] {
    return this.#store.instances(query);
  }

  history(instanceId: string): readonly HistoryEvent[] {
    return JSON.parse(`[${this.#store.history(instanceId).join(",")}]`) as HistoryEvent[];
  }

  /** Rejects when the hub stops first. */
  waitForEnd(instanceId: string): Promise<InstanceRow> {
    if (this.#stoppedBy !== undefined) return Promise.reject(this.#stoppedBy);
    const row = this.#store.instance(instanceId);
    if (row !== undefined && isEnded(row)) return Promise.resolve(row);
    return new Promise((resolve, reject) => {
      const waiters = this.#waiters.get(instanceId);
      if (waiters === undefined) this.#waiters.set(instanceId, [{ resolve, reject }]);
      else waiters.push({ resolve, reject });
    });
  }

  /** Begins nothing more. Resolves when the activities under way have ended; their outcomes are stored until the store is closed. */
  async stop(): Promise<void> {
    await this.#halt(new Error("The task hub was stopped before the instance ended."));
  }

  async #halt(reason: Error): Promise<void> {
    this.#stoppedBy ??= reason;
    for (const waiters of this.#waiters.values()) for (const waiter of waiters) waiter.reject(this.#stoppedBy);
    this.#waiters.clear();
    await this.#execution.stop();
  }

  #announceEnd(instance: InstanceRow): void {
    const waiters = this.#waiters.get(instance.instanceId) ?? [];
    this.#waiters.delete(instance.instanceId);
    for (const waiter of waiters) waiter.resolve(instance);
  }

  #post(instanceId: string, event: (at: string) => HistoryEvent): Posted {
    const row = this.#store.instance(instanceId);
    if (row === undefined) return "unknown";
    if (isEnded(row)) return "ended";
    this.#mailbox.change((later) => this.#mailbox.deliver(instanceId, null, event(this.#mailbox.timestamp()), later));
    return "accepted";
  }
}
