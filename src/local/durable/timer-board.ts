/** The durable timers that are armed on the clock. They survive in the file; this is only what wakes them. */
import type { Clock } from "../../clock/clock.ts";
import type { TimerRow } from "./hub-store.ts";

export class TimerBoard {
  readonly #clock: Clock;
  readonly #detached: (start: () => void) => void;
  readonly #fire: (timer: TimerRow) => void;
  readonly #armed = new Map<string, Map<number, () => void>>();

  constructor(options: {
    readonly clock: Clock;
    readonly detached: (start: () => void) => void;
    readonly fire: (timer: TimerRow) => void;
  }) {
    this.#clock = options.clock;
    this.#detached = options.detached;
    this.#fire = options.fire;
  }

  arm(timer: TimerRow): void {
    const ring = (): void => {
      this.#forget(timer.instanceId, timer.timerId);
      this.#fire(timer);
    };
    this.#detached(() => {
      const cancel = this.#clock.at(timer.fireMs, ring);
      const ofInstance = this.#armed.get(timer.instanceId);
      if (ofInstance === undefined) this.#armed.set(timer.instanceId, new Map([[timer.timerId, cancel]]));
      else ofInstance.set(timer.timerId, cancel);
    });
  }

  cancel(instanceId: string, timerId: number): void {
    this.#armed.get(instanceId)?.get(timerId)?.();
    this.#forget(instanceId, timerId);
  }

  cancelAll(instanceId: string): void {
    for (const cancel of this.#armed.get(instanceId)?.values() ?? []) cancel();
    this.#armed.delete(instanceId);
  }

  stop(): void {
    for (const instanceId of this.#armed.keys()) this.cancelAll(instanceId);
  }

  #forget(instanceId: string, timerId: number): void {
    const ofInstance = this.#armed.get(instanceId);
    ofInstance?.delete(timerId);
    if (ofInstance?.size === 0) this.#armed.delete(instanceId);
  }
}
