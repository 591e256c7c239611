/**
 * The one clock port. Everything that reads the time or waits does so through it, so that a run can be carried out on real time or on a virtual
 * clock that jumps. In: waits. Out: the time. It does not promise that a wait ends at the exact millisecond, only that it does not end early.
 */
export interface Clock {
  /** Milliseconds since the epoch, UTC. */
  now(): number;
  /**
   * Ends after `ms`. On a virtual clock it must be called from inside `work`, otherwise the clock does not know that somebody waits.
   * Rejects with the signal's reason when aborted.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Counts `run` as work under way: a virtual clock does not jump until all work has ended or sleeps. */
  work<T>(run: () => Promise<T>): Promise<T>;
  /**
   * Calls `run` once when `epochMs` is reached; the answer takes the appointment back. A `background` appointment never makes a virtual clock
   * jump: it is kept when the time has passed for other reasons.
   */
  at(epochMs: number, run: () => void, options?: { readonly background?: boolean }): () => void;
}

/** Node's timers take at most this delay; longer ones fire at once. */
const LONGEST_TIMEOUT_MS = 2_147_483_647;

/** `now` in milliseconds since the epoch. */
function realClock(now: () => number): Clock {
  const clock: Clock = {
    now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason as Error);
        const onAbort = (): void => {
          cancel();
          reject(signal?.reason as Error);
        };
        const cancel = clock.at(now() + ms, () => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        });
        signal?.addEventListener("abort", onAbort, { once: true });
      }),
    work: (run) => run(),
    at: (epochMs, run) => {
      let timer: NodeJS.Timeout;
      const arm = (): void => {
        const left = epochMs - now();
        timer = left > LONGEST_TIMEOUT_MS ? setTimeout(arm, LONGEST_TIMEOUT_MS) : setTimeout(left > 0 ? check : run, Math.max(0, left));
      };
      // Node may fire a timer up to a millisecond before the clock gets there.
      const check = (): void => (now() >= epochMs ? run() : arm());
      arm();
      return () => clearTimeout(timer);
    },
  };
  return clock;
}

/** Real time. */
export const systemClock: Clock = realClock(() => Date.now());

/** Real time that nobody sets: for waits that must not become longer because the machine's clock was put back. */
export const steadyClock: Clock = realClock(() => performance.timeOrigin + performance.now());
