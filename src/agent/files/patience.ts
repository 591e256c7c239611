/**
 * How a lost connection is waited for (R1). In: an attempt, and whether its error is a connection that is still lost. Out: what the first attempt that works
 * gives; the last error when the patience is over. Time that the machine slept does not count (J9), nor does a clock that is set back.
 */
import type { Clock } from "../../clock/clock.ts";

export interface Patience {
  /** Attempts are at most this far apart; the first come sooner. */
  readonly attemptEveryMs: number;
  /** So long a connection may be lost, counted anew for each loss. */
  readonly patienceMs: number;
}

export const DEFAULT_PATIENCE: Patience = { attemptEveryMs: 15_000, patienceMs: 30 * 60_000 };

const FIRST_WAIT_MS = 500;
/** A wait that takes this much longer than asked was a machine asleep. */
const ASLEEP_MS = 60_000;

export interface WaitOptions {
  readonly clock: Clock;
  readonly patience: Patience;
  readonly isLost: (error: unknown) => boolean;
  readonly signal?: AbortSignal;
}

/**
 * @param lost the error that showed the loss
 * @throws the newest error when the patience is over; any error of an attempt that is not `isLost`, at once; the signal's reason
 */
export async function reconnect<T>(attempt: () => Promise<T>, lost: unknown, options: WaitOptions): Promise<T> {
  const { clock, patience, isLost, signal } = options;
  let error = lost;
  let waitedMs = 0;
  for (let waitMs = FIRST_WAIT_MS; waitedMs < patience.patienceMs; waitMs *= 2) {
    const askedMs = Math.min(waitMs, patience.attemptEveryMs, patience.patienceMs - waitedMs);
    const sinceMs = clock.now();
    await clock.sleep(askedMs, signal);
    const asleep = clock.now() - sinceMs > askedMs + ASLEEP_MS;
    try {
      return await attempt();
    } catch (failure) {
      if (!isLost(failure)) throw failure;
      error = failure;
    }
    // An attempt that hangs counts with the time it hung.
    waitedMs = asleep ? 0 : waitedMs + Math.max(askedMs, clock.now() - sinceMs);
  }
  throw error;
}
