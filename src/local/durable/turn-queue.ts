/**
 * Decides when an instance gets its next turn. In: notices that a message arrived. Out: calls of `runTurn`, one at a time per instance.
 * Every turn replays the whole history, so an instance that still waits for more results is patient: it gets one turn for all that arrives until
 * nothing else is under way (a virtual clock), or for as long as its last turn took (real time). Everybody else gets a turn at once.
 */
import type { Clock } from "../../clock/clock.ts";

const LONGEST_PATIENCE_MS = 250;

export interface TurnQueueOptions {
  readonly clock: Clock;
  readonly maxTurns: number;
  /** Runs `start` outside any work of the clock that happens to be the caller's. */
  readonly detached: (start: () => void) => void;
  readonly runTurn: (instanceId: string) => Promise<void>;
  /** Undefined: at once. Else how long its last turn took. */
  readonly patienceMs: (instanceId: string) => number | undefined;
}

export class TurnQueue {
  readonly #options: TurnQueueOptions;
  readonly #ready = new Set<string>();
  readonly #patient = new Map<string, () => void>();
  readonly #running = new Set<string>();
  readonly #again = new Set<string>();
  #isDraining = false;
  #isStopped = false;

  constructor(options: TurnQueueOptions) {
    this.#options = options;
  }

  /** A message for the instance has arrived. */
  notify(instanceId: string): void {
    if (this.#isStopped || this.#ready.has(instanceId)) return;
    if (this.#running.has(instanceId)) {
      this.#again.add(instanceId);
      return;
    }
    const patienceMs = this.#options.patienceMs(instanceId);
    const cancel = this.#patient.get(instanceId);
    if (patienceMs === undefined) {
      cancel?.();
      this.#patient.delete(instanceId);
      this.#enqueue(instanceId);
    } else if (cancel === undefined) {
      const { clock, detached } = this.#options;
      const due = (): void => {
        this.#patient.delete(instanceId);
        this.#enqueue(instanceId);
      };
      detached(() => this.#patient.set(instanceId, clock.at(clock.now() + Math.min(patienceMs, LONGEST_PATIENCE_MS), due)));
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#ready.clear();
    for (const cancel of this.#patient.values()) cancel();
    this.#patient.clear();
  }

  #enqueue(instanceId: string): void {
    if (this.#isStopped) return;
    this.#ready.add(instanceId);
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#options.detached(() => void this.#options.clock.work(() => this.#drain()));
  }

  async #drain(): Promise<void> {
    // What is being delivered right now comes into the same turn.
    await new Promise((resolve) => setImmediate(resolve));
    const lanes = Array.from({ length: this.#options.maxTurns }, () => this.#lane());
    await Promise.all(lanes);
    this.#isDraining = false;
    const [left] = this.#ready;
    if (left !== undefined) this.#enqueue(left);
  }

  async #lane(): Promise<void> {
    for (let [instanceId] = this.#ready; instanceId !== undefined; [instanceId] = this.#ready) {
      this.#ready.delete(instanceId);
      this.#running.add(instanceId);
      await this.#options.runTurn(instanceId);
      this.#running.delete(instanceId);
      if (this.#again.delete(instanceId)) this.notify(instanceId);
    }
  }
}
