/**
 * A clock that jumps to the next appointment as soon as no work is under way. In: appointments and work. Out: the time, which does not depend on
 * the machine's speed. It does not know of work that is not announced with `work`. A work counts as waiting while it sleeps and while work inside it
 * is under way; branches of one work that go on side by side need a `work` each, or the clock may jump while one of them is busy.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Clock } from "../../clock/clock.ts";
import { Heap, type HeapEntry } from "./heap.ts";

interface Work {
  /** How many sleeps and inner works it waits for. */
  waits: number;
  hasEnded: boolean;
}

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
  const current = new AsyncLocalStorage<Work>();
  /** Appointments run outside any work, whoever's end or beginning made the clock look. */
  const outside = AsyncLocalStorage.snapshot();
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
    outside(() =>
      setImmediate(() =>
        setImmediate(() => {
          checking = false;
          if (!stopped && busy <= 0) jump();
        }),
      ),
    );
  };

  const jump = (): void => {
    const next = foreground.peek();
    if (next !== undefined && next.at > now()) jumpedMs += next.at - now();
    const kept = keepDue(foreground) + keepDue(background);
    if (kept > 0) considerJump();
    else watchWall();
  };

  /** What is made meanwhile waits for the next look: it may depend on work that these appointments begin. */
  const keepDue = (heap: Heap<Appointment>): number => {
    const due = now();
    const nextOrder = order;
    let kept = 0;
    for (let first = heap.peek(); first !== undefined && first.at <= due && first.order < nextOrder; first = heap.peek()) {
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

  /** The work that the caller belongs to, if it is still under way. */
  const currentWork = (): Work | undefined => {
    const work = current.getStore();
    return work?.hasEnded === false ? work : undefined;
  };

  const beginWait = (work: Work | undefined): void => {
    if (work === undefined || (work.waits++ === 0 && !work.hasEnded)) busy--;
  };

  const endWait = (work: Work | undefined): void => {
    if (work === undefined || (--work.waits === 0 && !work.hasEnded)) busy++;
  };

  const clock: VirtualClock = {
    now,
    at(epochMs, run, { background: inBackground = false } = {}) {
      const appointment: Appointment = { at: epochMs, order: order++, run, dropped: false };
      const heap = inBackground ? background : foreground;
      heap.push(appointment);
      considerJump();
      return () => heap.drop(appointment);
    },
    sleep(ms, signal) {
      // Who was called by a work over a socket cannot be told to be inside it, so any work under way will do.
      const work = currentWork();
      if (work === undefined && busy <= 0) {
        return Promise.reject(new Error("sleep was called outside work(): a virtual clock cannot see who waits"));
      }
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason as Error);
        const onAbort = (): void => {
          cancel();
          endWait(work);
          reject(signal?.reason as Error);
        };
        const cancel = clock.at(now() + ms, () => {
          signal?.removeEventListener("abort", onAbort);
          endWait(work);
          resolve();
        });
        signal?.addEventListener("abort", onAbort, { once: true });
        beginWait(work);
        considerJump();
      });
    },
    async work(run) {
      const outer = currentWork();
      const work: Work = { waits: 0, hasEnded: false };
      busy++;
      if (outer !== undefined) beginWait(outer);
      try {
        return await current.run(work, run);
      } finally {
        if (work.waits === 0) busy--;
        work.hasEnded = true;
        if (outer !== undefined) endWait(outer);
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
