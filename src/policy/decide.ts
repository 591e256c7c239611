/** What follows a failed attempt. Pure: the orchestrator asks, then yields one step. */
import { backoffMs, jitterOf } from "./backoff.ts";
import type { Verdict } from "./errors.ts";
import { utcMinute } from "./times.ts";

export interface RetryBounds {
  readonly maxAttempts: number;
  readonly backoffMaxMs: number;
  readonly deadlineMs: number;
}

export interface AttemptFailure {
  readonly verdict: Verdict;
  /** Triggers sent in this run, this one counted; the failed scheduled job is not one. */
  readonly attemptsMade: number;
  /** How many of them answered this same code: they are what the code's number of tries is counted against. */
  readonly triesOfCode: number;
  readonly failedAtMs: number;
  readonly nowMs: number;
  readonly jitterSeed: string;
}

export type NextStep =
  | { readonly kind: "settle"; readonly decision: "failing" | "needs-person"; readonly reason: string }
  | { readonly kind: "retry"; readonly atMs: number; readonly reason: string };

export function decideNext(failure: AttemptFailure, bounds: RetryBounds): NextStep {
  const { verdict, attemptsMade, triesOfCode } = failure;
  if (verdict.kind === "needs-person") return settle("needs-person", `${verdict.code}: ${verdict.meaning}`);
  if (verdict.kind === "self-healing")
    return settle("failing", `${verdict.code}: the service repairs this by itself; nothing more is triggered.`);
  if (attemptsMade >= bounds.maxAttempts)
    return settle(
      triesOfCode >= verdict.tries ? verdict.then : "failing",
      `${attemptsMade} of ${bounds.maxAttempts} attempts used; the last one failed with ${verdict.code}.`,
    );
  if (triesOfCode >= verdict.tries)
    return settle(
      verdict.then,
      `${verdict.code} came again after ${triesOfCode} ${triesOfCode === 1 ? "retry" : "retries"}, which is all that this error is worth.`,
    );
  const waitMs = backoffMs(triesOfCode + 1, { firstMs: verdict.firstDelayMs, maxMs: bounds.backoffMaxMs }, jitterOf(failure.jitterSeed));
  const atMs = Math.max(failure.nowMs, failure.failedAtMs + waitMs);
  if (atMs > bounds.deadlineMs)
    return settle("failing", `The wait for ${verdict.code} would end ${utcMinute(atMs)}, after the run's deadline; the next run takes it.`);
  return { kind: "retry", atMs, reason: `${verdict.code}: attempt ${attemptsMade + 1} of ${bounds.maxAttempts} at ${utcMinute(atMs)}.` };
}

function settle(decision: "failing" | "needs-person", reason: string): NextStep {
  return { kind: "settle", decision, reason };
}
