/**
 * Notices that the machine slept (J9): much more time went by between two looks than lies between them. Which clock stands still while a machine sleeps
 * differs between systems, so both are read. A stopped process looks the same, and so does a wall clock that was set forward; neither does harm.
 */
import type { Clock } from "../../clock/clock.ts";
import { SLEEP_JUMP_MS } from "../../policy/transfer/reconnect.ts";

export interface SleepWatch {
  /** Looks now: so that a sleep is known before what it caused is told. */
  look(): void;
  stop(): void;
}

const TICK_MS = 5_000;

export function watchSleep(options: {
  readonly steady: Clock;
  readonly wall: Clock;
  readonly onWake: (sleptMs: number) => void;
}): SleepWatch {
  const { steady, wall, onWake } = options;
  const read = (): { steadyMs: number; wallMs: number } => ({ steadyMs: steady.now(), wallMs: wall.now() });
  let seen = read();
  let cancel = (): void => {};
  const look = (): void => {
    const now = read();
    const passedMs = Math.max(now.wallMs - seen.wallMs, now.steadyMs - seen.steadyMs);
    seen = now;
    if (passedMs > TICK_MS + SLEEP_JUMP_MS) onWake(passedMs - TICK_MS);
  };
  const tick = (): void => {
    cancel = steady.at(
      steady.now() + TICK_MS,
      () => {
        look();
        tick();
      },
      { background: true },
    );
  };
  tick();
  return { look, stop: () => cancel() };
}
