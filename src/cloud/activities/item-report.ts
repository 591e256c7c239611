/** One item's line of the report, from its records. */
import { GAP_VERDICT, gapReason, isGapOnly, missedAtMs } from "../../policy/gaps.ts";
import type { AttemptReport, ItemReport } from "../../policy/report.ts";
import type { Verdict } from "../../policy/errors.ts";
import type { AttemptRecord, PlannedItem } from "../ledger/records.ts";
import type { Settlement } from "../orchestrate/steps.ts";
import { gapFacts } from "./gap-report.ts";

const iso = (epochMs: number): string => new Date(epochMs).toISOString();

/** An item that the plan does not start. */
export function unstarted(planned: PlannedItem): ItemReport {
  const { decision } = planned;
  const base = { ...described(planned), reason: withGap(planned, decision.reason), attempts: [] };
  switch (decision.kind) {
    case "start":
      return { ...base, decision: "planned" };
    case "skip":
      return { ...base, decision: "skipped", cause: decision.cause };
    case "needs-person":
      return { ...base, decision: "needs-person", advice: planned.verdict.advice };
    case "failing":
      return { ...base, decision: "failing", advice: planned.verdict.advice };
  }
}

export function settled(planned: PlannedItem, settlement: Settlement, attempts: readonly AttemptRecord[]): ItemReport {
  const verdict = settlement.verdict ?? planned.verdict;
  const lastText = attempts.findLast((attempt) => attempt.errorText !== undefined)?.errorText;
  const open = settlement.decision === "failing" || settlement.decision === "needs-person";
  return {
    ...described(planned, verdict, lastText),
    decision: settlement.decision,
    ...(settlement.cause !== undefined && { cause: settlement.cause }),
    reason: withGap(planned, settlement.reason),
    ...(open && { advice: verdict.advice }),
    attempts: attempts.map((attempt) => attemptReport(attempt, settlement)),
  };
}

/** An item for which no result was recorded although it was planned: never dropped in silence, and told from what its attempts say. */
export function unrecorded(planned: PlannedItem, attempts: readonly AttemptRecord[]): ItemReport {
  const why = "No result was recorded for this item; the run was stopped by a problem.";
  const settle = (decision: Settlement["decision"], reason: string): ItemReport =>
    settled(planned, { decision, reason, attempts: attempts.length, waits: [] }, attempts);
  const last = attempts.at(-1);
  if (last?.status === "Succeeded") return settle("recovered", `${why} Its last backup succeeded.`);
  if (last?.status === "running") return settle("running", `${why} Its last backup was still running; the next run sees how it ends.`);
  return settle("failing", `${why} Look at the vault's jobs.`);
}

function described(
  { candidate, protection, verdict: initial }: PlannedItem,
  verdict: Verdict = initial,
  errorText = candidate.failed.error?.text,
): Omit<ItemReport, "decision" | "reason" | "attempts"> {
  return {
    item: candidate.friendlyName,
    itemId: candidate.itemId,
    vault: candidate.vault.name,
    vaultId: candidate.vault.id,
    subscriptionId: candidate.vault.subscriptionId,
    workload: candidate.workload,
    ...(verdict.code !== GAP_VERDICT.code && { errorCode: verdict.code, errorKnown: verdict.known }),
    ...(errorText !== undefined && { errorText }),
    failedJobs: candidate.failedJobs,
    failedAt: iso(isGapOnly(candidate) ? missedAtMs(candidate.gap) : (candidate.failed.endMs ?? candidate.failed.startMs)),
    ...(candidate.gap && { gap: gapFacts(candidate.gap) }),
    ...(protection?.lastRecoveryPointMs !== undefined && { lastRecoveryPoint: iso(protection.lastRecoveryPointMs) }),
  };
}

/** Why an item without a failed job is here at all stands in front. */
function withGap({ candidate }: PlannedItem, reason: string): string {
  if (!isGapOnly(candidate)) return reason;
  const why = gapReason(candidate.gap);
  return reason.startsWith(why) ? reason : `${why} ${reason}`;
}

function attemptReport(record: AttemptRecord, { waits }: Settlement): AttemptReport {
  const wait = waits.find(({ attempt }) => attempt === record.attempt);
  const trigger = record.state === "accepted" || record.state === "adopted" || record.state === "refused" ? record.state : "none";
  return {
    attempt: record.attempt,
    ...(record.triggeredMs !== undefined && { triggeredAt: iso(record.triggeredMs) }),
    ...(record.endedMs !== undefined && { endedAt: iso(record.endedMs) }),
    trigger,
    ...(record.jobName !== undefined && { jobId: record.jobName }),
    status: trigger === "refused" ? "refused" : (record.status ?? (trigger === "none" ? "unknown" : "running")),
    ...(trigger !== "adopted" && { expiryAsked: iso(record.expiryAskedMs) }),
    ...(trigger !== "adopted" && record.expirySentMs !== undefined && { expirySent: iso(record.expirySentMs) }),
    ...(record.verdict && { errorCode: record.verdict.code }),
    ...(record.errorText !== undefined && { errorText: record.errorText }),
    ...(wait && { nextAt: iso(wait.nextMs), reason: wait.reason }),
  };
}
