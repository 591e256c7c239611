/**
 * A clock that jumps to the next appointment as soon as no work is under way. In: appointments and work. Out: the time, which does not depend on
 * the machine's speed. It does not know of work that is not announced with `work`.
 */
import type { Clock } from "../../clock/clock.ts";
import { Heap, type HeapEntry } from "./heap.ts";

interface Appointment extends HeapEntry {
  readonly run: () => void;
}

export interface VirtualClockOptions {
  readonly startMs: number;
  /**
   * `frozen`: time passes only by jumps. `flowing`: between jumps it also passes as on the wall (for a server that people watch), which is when
   * background appointments are kept although nothing else happens.
   */
  readonly between: "frozen" | "flowing";
}

export interface VirtualClock extends Clock {
  /** Never moves again; appointments are dropped. */
  stop(): void;
}

export function createVirtualClock(options: VirtualClockOptions): VirtualClock {
  const foreground = new Heap<Appointment>();
  const background = new Heap<Appointment>();
  const wallStart = performance.now();
  let jumpedMs = 0;
  let busy = 0;
  let order = 0;
  let checking = false;
  let stopped = false;
  let wallTimer: NodeJS.Timeout | undefined;

  const flowed = (): number => (options.between === "flowing" ? Math.floor(performance.now() - wallStart) : 0);
  const now = (): number => options.startMs + jumpedMs + flowed();

  /** After two turns of the event loop: what was resolved in the first has then had its chance to announce more work. */
  const considerJump = (): void => {
    if (checking || stopped || busy > 0) return;
    checking = true;
    setImmediate(() =>
      setImmediate(() => {
        checking = false;
        if (!stopped && busy === 0) jump();
      }),
    );
  };

  const jump = (): void => {
    const next = foreground.peek();
    if (next !== undefined && next.at > now()) jumpedMs += next.at - now();
    const kept = keepDue(foreground) + keepDue(background);
    if (kept > 0) considerJump();
    else watchWall();
  };

  const keepDue = (heap: Heap<Appointment>): number => {
    const due = now();
    let kept = 0;
    for (let first = heap.peek(); first !== undefined && first.at <= due; first = heap.peek()) {
      heap.pop();
      kept++;
      first.run();
    }
    return kept;
  };

  const watchWall = (): void => {
    clearTimeout(wallTimer);
    const next = background.peek();
    if (options.between === "flowing" && next !== undefined) wallTimer = setTimeout(considerJump, Math.min(next.at - now(), 60_000));
  };

  const clock: VirtualClock = {
    now,
    at(epochMs, run, { background: inBackground = false } = {}) {
      const appointment: Appointment = { at: epochMs, order: order++, run, dropped: false };
      (inBackground ? background : foreground).push(appointment);
      considerJump();
      return () => {
        appointment.dropped = true;
      };
    },
    sleep(ms, signal) {
      if (busy === 0) return Promise.reject(new Error("sleep was called outside work(): a virtual clock cannot see who waits"));
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason as Error);
        const onAbort = (): void => {
          cancel();
          busy++;
          reject(signal?.reason as Error);
        };
        const cancel = clock.at(now() + ms, () => {
          signal?.removeEventListener("abort", onAbort);
          busy++;
          resolve();
        });
        signal?.addEventListener("abort", onAbort, { once: true });
        busy--;
        considerJump();
      });
    },
    async work(run) {
      busy++;
      try {
        return await run();
      } finally {
        busy--;
        considerJump();
      }
    },
    stop() {
      stopped = true;
      foreground.clear();
      background.clear();
      clearTimeout(wallTimer);
    },
  };
  return clock;
}
