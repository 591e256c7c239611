/** Runs queued activities, a bounded number at a time, in the order in which they were scheduled. */
import type { Clock } from "../../clock/clock.ts";
import type { WorkRow } from "./hub-store.ts";

export interface ActivityPoolOptions {
  readonly clock: Clock;
  readonly maxActivities: number;
  readonly detached: (start: () => void) => void;
  /** Runs one and stores its outcome; never rejects. */
  readonly run: (work: WorkRow) => Promise<void>;
}

export class ActivityPool {
  readonly #options: ActivityPoolOptions;
  #queue: WorkRow[] = [];
  #head = 0;
  #running = 0;
  #isStopped = false;
  readonly #idle: (() => void)[] = [];

  constructor(options: ActivityPoolOptions) {
    this.#options = options;
  }

  add(work: readonly WorkRow[]): void {
    for (const row of work) this.#queue.push(row);
    this.#pump();
  }

  /** Starts nothing more; resolves when those under way have ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#running > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #pump(): void {
    while (!this.#isStopped && this.#running < this.#options.maxActivities && this.#head < this.#queue.length) {
      const work = this.#queue[this.#head++] as WorkRow;
      this.#running++;
      this.#options.detached(() => void this.#runOne(work));
    }
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    }
  }

  async #runOne(work: WorkRow): Promise<void> {
    try {
      await this.#options.clock.work(() => this.#options.run(work));
    } finally {
      this.#running--;
      this.#pump();
      if (this.#running === 0) for (const resolve of this.#idle.splice(0)) resolve();
    }
  }
}
