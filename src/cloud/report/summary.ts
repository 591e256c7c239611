/** The last line of `reprise retry --json`, and the exit code. In: the report. Out: plain data; texts are as they came, JSON does the escaping. */
import type { ChangeReport, GapReport, ItemReport, RunCounts, RunReport } from "../../policy/report.ts";
import type { Decision, SkipCause } from "../../policy/run.ts";
import { between } from "./words.ts";

/** More than this many decisions stand in the report only. */
const DECISIONS_LIMIT = 1_000;

export interface DecisionSummary {
  readonly item: string;
  readonly itemId: string;
  readonly vault: string;
  readonly workload: string;
  readonly decision: Decision;
  readonly cause?: SkipCause;
  readonly reason: string;
  readonly advice?: string;
  /** Backups accepted for the item, adopted jobs excluded. */
  readonly attempts: number;
  readonly errorCode: string | null;
}

export type GapSummary = Pick<
  GapReport,
  "item" | "itemId" | "vault" | "workload" | "lastRecoveryPoint" | "objectiveHours" | "reason" | "decision"
>;

export type ChangeSummary = Omit<ChangeReport, "recoveredItems" | "goneItems">;

export interface RetrySummary extends RunCounts {
  readonly message_type: "summary";
  readonly runId: string;
  readonly status: RunReport["status"];
  readonly problem?: string;
  readonly dryRun: boolean;
  readonly graphCalls: number;
  readonly managementCalls: number;
  /** On the run's clock. */
  readonly durationMs: number;
  readonly coverageComplete: boolean;
  /** Path or URL. */
  readonly report: string;
  /** Protected items without a recovery point in time, apart from failed jobs; the named ones are the worst. */
  readonly gaps: number;
  readonly gapItems?: readonly GapSummary[];
  readonly changes?: ChangeSummary;
  readonly decisions?: readonly DecisionSummary[];
}

export interface SummaryExtra {
  readonly reportPath: string;
  /** Absent: from the report's start to its end. */
  readonly durationMs?: number;
}

export function summarize(report: RunReport, extra: SummaryExtra): RetrySummary {
  const { counts } = report;
  return {
    message_type: "summary",
    runId: report.runId,
    status: report.status,
    ...(report.problem !== undefined && { problem: report.problem }),
    dryRun: report.dryRun,
    found: counts.found,
    items: counts.items,
    recovered: counts.recovered,
    failing: counts.failing,
    needsPerson: counts.needsPerson,
    skipped: counts.skipped,
    cancelled: counts.cancelled,
    running: counts.running,
    planned: counts.planned,
    retried: counts.retried,
    attempts: counts.attempts,
    graphCalls: report.calls.graph,
    managementCalls: report.calls.management,
    durationMs: extra.durationMs ?? between(report.startedAt, report.endedAt) ?? 0,
    coverageComplete: report.coverage.complete,
    report: extra.reportPath,
    gaps: report.gaps?.total ?? 0,
    ...(report.gaps !== undefined && report.gaps.total <= DECISIONS_LIMIT && { gapItems: report.gaps.items.map(summarizeGap) }),
    ...(report.changes && { changes: summarizeChanges(report.changes) }),
    ...(report.items.length <= DECISIONS_LIMIT && { decisions: report.items.map(summarizeItem) }),
  };
}

function summarizeGap({ item, itemId, vault, workload, lastRecoveryPoint, objectiveHours, reason, decision }: GapReport): GapSummary {
  return {
    item,
    itemId,
    vault,
    workload,
    ...(lastRecoveryPoint !== undefined && { lastRecoveryPoint }),
    objectiveHours,
    reason,
    ...(decision !== undefined && { decision }),
  };
}

function summarizeChanges({ recoveredItems: _recovered, goneItems: _gone, ...counts }: ChangeReport): ChangeSummary {
  return counts;
}

function summarizeItem(item: ItemReport): DecisionSummary {
  return {
    item: item.item,
    itemId: item.itemId,
    vault: item.vault,
    workload: item.workload,
    decision: item.decision,
    ...(item.cause !== undefined && { cause: item.cause }),
    reason: item.reason,
    ...(item.advice !== undefined && { advice: item.advice }),
    attempts: item.attempts.filter(({ trigger }) => trigger === "accepted").length,
    errorCode: item.errorCode ?? null,
  };
}

/** 0: all well or nothing to do; 1: the run failed; 3: partly done (items fail, still run or were cancelled, or not everything was seen), in a dry run too. */
export function exitCodeOf(report: RunReport): 0 | 1 | 3 {
  return exitCodeOfSummary({ ...report.counts, status: report.status, coverageComplete: report.coverage.complete });
}

type Ending = Pick<RetrySummary, "status" | "failing" | "running" | "cancelled" | "coverageComplete">;

export function exitCodeOfSummary({ status, failing, running, cancelled, coverageComplete }: Ending): 0 | 1 | 3 {
  if (status === "failed") return 1;
  return failing + running + cancelled > 0 || !coverageComplete || status === "cancelled" ? 3 : 0;
}
