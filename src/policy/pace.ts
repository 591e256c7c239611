/**
 * A token bucket as one number: when it would be full again if nothing more was taken. Turns are given out ahead: whoever finds the bucket empty gets the
 * time at which a token will be there for him, and that token is his. In: a bucket, its limit, the time. Out: a turn and the bucket after it.
 */
export interface PaceLimit {
  /** Turns that may be taken at once. */
  readonly burst: number;
  readonly perMinute: number;
}

export interface Pace {
  readonly fullAtMs: number;
  /** The service asked for silence until then. */
  readonly heldUntilMs?: number;
}

/** A turn that was not used so long after its time has passed: those of a host that slept must not all be used at once. */
const TURN_LASTS_MS = 60_000;
/** Timers fire a little early, and clocks of instances differ a little. */
const EARLY_MS = 1_000;

/** The limit of so many a minute: a third of them at once, as the published buckets of Resource Manager (200, then 10 a second). */
export function paceOf(perMinute: number): PaceLimit {
  return { perMinute, burst: Math.max(1, Math.floor(perMinute / 3)) };
}

const everyMs = ({ perMinute }: PaceLimit): number => 60_000 / perMinute;

export function takeTurn(pace: Pace | undefined, limit: PaceLimit, nowMs: number): { readonly pace: Pace; readonly atMs: number } {
  const fullAtMs = Math.max(pace?.fullAtMs ?? 0, nowMs) + everyMs(limit);
  // A hundredth of a millisecond less: sums of fractions are not exact.
  const atMs = Math.max(nowMs, pace?.heldUntilMs ?? 0, Math.ceil(fullAtMs - limit.burst * everyMs(limit) - 0.01));
  return { pace: { ...pace, fullAtMs }, atMs };
}

/** Whether the turn `atMs` can be used now; `later` when its time has not come. */
export function useTurn(pace: Pace | undefined, atMs: number, nowMs: number): "now" | "later" | "passed" {
  if (atMs < (pace?.heldUntilMs ?? 0) || nowMs > atMs + TURN_LASTS_MS) return "passed";
  return atMs > nowMs + EARLY_MS ? "later" : "now";
}

/** The service answered 429: nothing until then, and no burst afterwards, because its own bucket is empty. */
export function holdBack(pace: Pace | undefined, limit: PaceLimit, untilMs: number): Pace {
  return {
    fullAtMs: Math.max(pace?.fullAtMs ?? 0, untilMs + (limit.burst - 1) * everyMs(limit)),
    heldUntilMs: Math.max(pace?.heldUntilMs ?? 0, untilMs),
  };
}

/** A bucket like one that nobody ever took from. */
export function isIdle(pace: Pace | undefined, nowMs: number): boolean {
  // Turns that were given out before the service asked for silence come back a little after their time.
  return pace === undefined || (pace.fullAtMs <= nowMs && (pace.heldUntilMs ?? 0) + TURN_LASTS_MS <= nowMs);
}
