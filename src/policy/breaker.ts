/**
 * A circuit breaker per vault. When most of its last triggers failed alike, the next items would only fail the same way: they wait, a few probe, and what
 * becomes of the probes decides for all. In: what became of triggers. Out: whether one may be sent. Who knows of no trouble has no breaker (undefined).
 */
import type { Verdict } from "./errors.ts";
import { MINUTE_MS, utcMinute } from "./times.ts";

/** Fewer failures are the items' own. */
const FEWEST_FAILURES = 10;
const FAILING_SHARE = 0.8;
/** What happened before says nothing about now. */
const WINDOW_MS = 15 * MINUTE_MS;
const FIRST_PAUSE_MS = 5 * MINUTE_MS;
const LONGEST_PAUSE_MS = 60 * MINUTE_MS;
const PROBES = 3;
/** Until a probe's operation is known; a probe of a killed host is never heard of. */
const PROBE_ANSWER_MS = 2 * MINUTE_MS;
/** After so many rounds of probes in vain an error that needs a person is taken for every item's. */
const ROUNDS_FOR_PERSON = 2;

export interface Breaker {
  readonly sinceMs: number;
  readonly seen: number;
  /** By code. */
  readonly failed: Readonly<Record<string, number>>;
  readonly open?: OpenBreaker;
}

interface OpenBreaker {
  readonly verdict: Verdict;
  /** Nothing is sent until then; from then on probes are. */
  readonly untilMs: number;
  /** Rounds of probes that failed. */
  readonly rounds: number;
  readonly probesSent: number;
  readonly lastProbeMs: number;
  readonly passed: number;
  readonly failedProbes: number;
}

/** `passed`: a job came of it. Refusals that say nothing about the vault (another backup runs, throttled) are not told. */
export type TriggerOutcome = { readonly passed: true } | { readonly passed: false; readonly verdict: Verdict };

export type Permission =
  | { readonly kind: "go"; readonly breaker: Breaker | undefined }
  | { readonly kind: "wait"; readonly untilMs: number; readonly reason: string }
  | { readonly kind: "stop"; readonly verdict: Verdict; readonly reason: string };

export function mayTrigger(breaker: Breaker | undefined, nowMs: number): Permission {
  const open = breaker?.open;
  if (breaker === undefined || open === undefined) return { kind: "go", breaker };
  const { verdict, untilMs, rounds, probesSent, lastProbeMs } = open;
  const alike = `Most triggers of the vault fail with ${verdict.code}`;
  if (verdict.kind === "needs-person" && rounds >= ROUNDS_FOR_PERSON)
    return { kind: "stop", verdict, reason: `${alike}, probes after a pause too; this item was not triggered. ${verdict.meaning}` };
  if (nowMs < untilMs) return { kind: "wait", untilMs, reason: `${alike}; a few try again ${utcMinute(untilMs)}` };
  const isLost = nowMs > lastProbeMs + PROBE_ANSWER_MS;
  if (probesSent >= PROBES && !isLost)
    return {
      kind: "wait",
      untilMs: lastProbeMs + PROBE_ANSWER_MS + 1,
      reason: `${alike}; ${PROBES} items are trying whether it has passed`,
    };
  return {
    kind: "go",
    breaker: { ...breaker, open: { ...open, probesSent: probesSent >= PROBES ? 1 : probesSent + 1, lastProbeMs: nowMs } },
  };
}

export function noteTrigger(breaker: Breaker | undefined, outcome: TriggerOutcome, nowMs: number): Breaker | undefined {
  if (breaker?.open !== undefined) return noteProbe(breaker, breaker.open, outcome, nowMs);
  if (breaker === undefined && outcome.passed) return undefined;
  const before = breaker === undefined || nowMs - breaker.sinceMs > WINDOW_MS ? { sinceMs: nowMs, seen: 0, failed: {} } : breaker;
  const seen = before.seen + 1;
  if (outcome.passed) return { ...before, seen };
  const { verdict } = outcome;
  const alike = (Object.hasOwn(before.failed, verdict.code) ? (before.failed[verdict.code] ?? 0) : 0) + 1;
  const next: Breaker = { ...before, seen, failed: { ...before.failed, [verdict.code]: alike } };
  return alike >= FEWEST_FAILURES && alike >= seen * FAILING_SHARE ? { ...next, open: opened(verdict, 0, nowMs) } : next;
}

/** What was under way when the breaker opened says nothing new. */
function noteProbe(breaker: Breaker, open: OpenBreaker, outcome: TriggerOutcome, nowMs: number): Breaker | undefined {
  if (nowMs < open.untilMs || open.probesSent === 0) return breaker;
  const passed = open.passed + (outcome.passed ? 1 : 0);
  const failedProbes = open.failedProbes + (outcome.passed ? 0 : 1);
  if (passed + failedProbes < PROBES) return { ...breaker, open: { ...open, passed, failedProbes } };
  if (passed > failedProbes) return undefined;
  return { ...breaker, open: opened(outcome.passed ? open.verdict : outcome.verdict, open.rounds + 1, nowMs) };
}

function opened(verdict: Verdict, rounds: number, nowMs: number): OpenBreaker {
  const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** rounds);
  return { verdict, untilMs: nowMs + pauseMs, rounds, probesSent: 0, lastProbeMs: 0, passed: 0, failedProbes: 0 };
}

/** Trouble that is long past. */
export function isForgotten(breaker: Breaker | undefined, nowMs: number): boolean {
  if (breaker === undefined) return true;
  if (breaker.open !== undefined) return nowMs > Math.max(breaker.open.untilMs, breaker.open.lastProbeMs) + 24 * LONGEST_PAUSE_MS;
  return nowMs - breaker.sinceMs > WINDOW_MS;
}
