/**
 * The one connection that all calls to a store share. In: what became of attempts. Out: when the next may begin. While it is down every call waits on the
 * same state, one prober looks whether it is back, and the first success wakes them all at once. Waits go through the clock that is handed in.
 *
 * Sleep (J9) shows as time that went by between two ticks a few seconds apart, on the wall or on the steady clock: which of them stands still while a
 * machine sleeps differs between systems. A stopped process (Ctrl+Z) looks the same, and is treated the same.
 */
import type { Clock } from "../../clock/clock.ts";
import {
  SLEEP_JUMP_MS,
  STUCK_AFTER_MS,
  firstLookAfterMs,
  giveUpAtMs,
  nextPatientLook,
  nextQuickLook,
} from "../../policy/transfer/reconnect.ts";
import type { Look, ReconnectRules } from "../../policy/transfer/reconnect.ts";

export interface ConnectionEvents {
  onDrop?(drop: { readonly what: string; readonly reason: string }): void;
  onBack?(back: { readonly seconds: number }): void;
  onRepeat?(repeat: { readonly what: string; readonly reason: string; readonly afterMs: number }): void;
}

export interface LinkOptions {
  /** Steady: nobody sets it. */
  readonly clock: Clock;
  readonly wallMs: () => number;
  readonly chance: () => number;
  readonly rules: ReconnectRules;
  readonly events: ConnectionEvents;
  readonly probe: (signal: AbortSignal) => Promise<void>;
}

/** The connection did not come back for as long as the job is willing to wait. */
export class ConnectionLostError extends Error {
  readonly code = "CONNECTION_LOST";
  /** Since the drop, or since the machine woke. */
  readonly seconds: number;
  constructor(seconds: number, reason: string, options?: ErrorOptions) {
    const time = seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
    super(`connection lost: ${reason}, and it did not come back within ${time}`, options);
    this.name = "ConnectionLostError";
    this.seconds = seconds;
  }
}

/** Why an attempt was cut off, when nobody asked for that. */
export class CutOffError extends Error {
  readonly why: "deadline" | "woke" | "stuck";
  constructor(why: CutOffError["why"]) {
    super({ deadline: "no answer in time", woke: "the machine slept", stuck: "begun anew after the connection was back" }[why]);
    this.name = "CutOffError";
    this.why = why;
  }
}

const TICK_MS = 5_000;

interface Down {
  readonly reason: string;
  readonly cause: unknown;
  readonly sinceMs: number;
  /** Aborted when it ends, however it ends. */
  readonly over: AbortController;
  prober: AbortController;
  waiters: number;
  lost?: ConnectionLostError;
}

export interface Link {
  /** Counts `run` as a call under way: while there is one, sleep is noticed. */
  during<T>(run: () => Promise<T>): Promise<T>;
  /** Ends once there is no reason to think that the connection is down; gives how often it has come back. @throws ConnectionLostError */
  untilUp(signal: AbortSignal | undefined): Promise<number>;
  /** One try, cut off after `deadlineMs`, when the machine slept, or when it seems stuck. Rejects then with `CutOffError`, else with what `run` or the signal says. */
  attempt<T>(run: (signal: AbortSignal) => Promise<T>, deadlineMs: number, signal: AbortSignal | undefined): Promise<T>;
  /** Something got through; `unit`: bytes of a segment did. */
  acknowledged(unit: boolean): void;
  /** An attempt that began then dropped. @throws ConnectionLostError when the patience was used up before */
  dropped(
    startedAtMs: number,
    drop: { readonly what: string; readonly reason: string; readonly unit: boolean; readonly cause: unknown },
  ): void;
}

export function createLink({ clock, wallMs, chance, rules, events, probe }: LinkOptions): Link {
  const attempts = new Set<AbortController>();
  let down: Down | undefined;
  let returns = 0;
  /** Where the patience counts from; undefined while all is well. */
  let countedFromMs: number | undefined;
  let inVain = 0;
  let unitsAffected = false;
  let calls = 0;
  let stopTicking: (() => void) | undefined;
  let seen = { wallMs: 0, steadyMs: 0 };

  const look = (): void => void (seen = { wallMs: wallMs(), steadyMs: clock.now() });

  const noticeSleep = (): void => {
    const passedMs = Math.max(wallMs() - seen.wallMs, clock.now() - seen.steadyMs);
    look();
    if (passedMs <= TICK_MS + SLEEP_JUMP_MS) return;
    if (countedFromMs !== undefined) countedFromMs = clock.now();
    for (const controller of attempts) controller.abort(new CutOffError("woke"));
    if (down !== undefined) startProber(down);
  };

  const tick = (): void => {
    stopTicking = clock.at(clock.now() + TICK_MS, () => {
      noticeSleep();
      tick();
    });
  };

  const end = (ending: Down): void => {
    if (down === ending) down = undefined;
    ending.prober.abort();
    ending.over.abort();
  };

  const attempt: Link["attempt"] = async (run, deadlineMs, signal) => {
    const controller = new AbortController();
    const onAbort = (): void => controller.abort(signal?.reason);
    signal?.throwIfAborted();
    signal?.addEventListener("abort", onAbort, { once: true });
    const cancel = clock.at(clock.now() + deadlineMs, () => controller.abort(new CutOffError("deadline")));
    attempts.add(controller);
    try {
      // Not every file system lets go of a call: the caller goes on without it.
      const cutOff = new Promise<never>((_, reject) => {
        controller.signal.addEventListener("abort", () => reject(controller.signal.reason as Error), { once: true });
      });
      return await Promise.race([run(controller.signal), cutOff]);
    } catch (error) {
      if (controller.signal.aborted) throw controller.signal.reason;
      throw error;
    } finally {
      cancel();
      attempts.delete(controller);
      signal?.removeEventListener("abort", onAbort);
    }
  };

  const back = (ending: Down): void => {
    if (down !== ending) return;
    const outageMs = clock.now() - ending.sinceMs;
    returns++;
    inVain++;
    end(ending);
    // They all began before the drop, and would wait for TCP to try again.
    if (outageMs > STUCK_AFTER_MS) for (const controller of attempts) controller.abort(new CutOffError("stuck"));
    events.onBack?.({ seconds: outageMs / 1_000 });
  };

  /** Looks, one after the other, until the connection is back or `next` has no more. */
  const probing = (of: Down, next: (sinceLastMs: number) => Look | undefined, firstAfterMs: number): Promise<void> =>
    clock.work(async () => {
      const { signal } = of.prober;
      let lastMs = Number.NEGATIVE_INFINITY;
      let afterMs = firstAfterMs;
      try {
        for (let upcoming = next(Number.POSITIVE_INFINITY); upcoming !== undefined; upcoming = next(clock.now() - lastMs)) {
          await clock.sleep(lastMs === Number.NEGATIVE_INFINITY ? afterMs : upcoming.afterMs, signal);
          lastMs = clock.now();
          const got = await attempt(probe, upcoming.deadlineMs, signal).then(
            () => true,
            () => false,
          );
          if (signal.aborted) return;
          if (got) return back(of);
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    });

  const startProber = (of: Down): void => {
    of.prober.abort();
    of.prober = new AbortController();
    const beganMs = clock.now();
    const firstAfterMs = firstLookAfterMs(rules, inVain, chance());
    void probing(of, (sinceLastMs) => nextQuickLook(rules, clock.now() - beganMs, sinceLastMs), firstAfterMs);
    void probing(of, (sinceLastMs) => nextPatientLook(rules, sinceLastMs), firstAfterMs);
  };

  const lostError = (reason: string, cause: unknown): ConnectionLostError =>
    new ConnectionLostError((clock.now() - (countedFromMs ?? clock.now())) / 1_000, reason, { cause });

  const link: Link = {
    async during(run) {
      if (calls++ === 0) {
        look();
        tick();
      }
      try {
        return await run();
      } finally {
        if (--calls === 0) stopTicking?.();
      }
    },
    async untilUp(signal) {
      const waited = down;
      if (waited === undefined) return returns;
      waited.waiters++;
      try {
        while (!waited.over.signal.aborted) {
          const leftMs = giveUpAtMs(rules, countedFromMs ?? waited.sinceMs) - clock.now();
          if (leftMs <= 0) {
            noticeSleep();
            if (giveUpAtMs(rules, countedFromMs ?? waited.sinceMs) > clock.now()) continue;
            waited.lost = lostError(waited.reason, waited.cause);
            end(waited);
            break;
          }
          const either = signal === undefined ? waited.over.signal : AbortSignal.any([waited.over.signal, signal]);
          await clock.sleep(leftMs, either).catch(() => undefined);
          signal?.throwIfAborted();
        }
      } finally {
        // Nobody waits for it any more: then nobody looks either. The next call will find out.
        if (--waited.waiters === 0 && down === waited) end(waited);
      }
      if (waited.lost !== undefined) throw waited.lost;
      // It may have dropped again meanwhile.
      return link.untilUp(signal);
    },
    attempt,
    acknowledged(unit) {
      if (!unit && unitsAffected) return;
      countedFromMs = undefined;
      unitsAffected = false;
      inVain = 0;
    },
    dropped(returnsThen, { what, reason, unit, cause }) {
      noticeSleep();
      unitsAffected ||= unit;
      // Of an outage that is over: it need only be tried again.
      if (down !== undefined || returnsThen < returns) return;
      const now = clock.now();
      countedFromMs ??= now;
      if (now >= giveUpAtMs(rules, countedFromMs)) throw lostError(reason, cause);
      down = { reason, cause, sinceMs: now, over: new AbortController(), prober: new AbortController(), waiters: 0 };
      events.onDrop?.({ what, reason });
      startProber(down);
    },
  };
  return link;
}
