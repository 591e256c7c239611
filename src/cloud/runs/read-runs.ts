/** Runs as they are shown: from the run store, and the task hub only for whether one is still alive. */
import type { RunReport } from "../../policy/report.ts";
import type { RunRecord, RunStatus } from "../../policy/run.ts";
import type { CloudDependencies } from "../dependencies.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { instances } from "../orchestrate/names.ts";
import { summarize, type RetrySummary } from "../report/summary.ts";
import type { RunClient } from "./start-run.ts";

export interface RunProgress {
  readonly found: number;
  readonly items: number;
  readonly planned: number;
  readonly triggered: number;
  readonly recovered: number;
  readonly failing: number;
  readonly skipped: number;
}

export interface RunView {
  readonly runId: string;
  readonly status: RunStatus;
  readonly origin: string;
  readonly dryRun: boolean;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly progress: RunProgress;
  /** Only when the run has ended. */
  readonly summary?: RetrySummary;
  readonly report?: string;
}

export type RunListEntry = Omit<RunView, "summary" | "progress"> & { readonly problem?: string };

export async function readRun(
  { ledger }: Pick<CloudDependencies, "ledger">,
  client: RunClient,
  runId: string,
  reportUrl: string,
): Promise<RunView | undefined> {
  const run = await ledger.findRun(runId);
  if (run === undefined) return undefined;
  const entry = await describe(ledger, client, run, reportUrl);
  const progress = await readProgress(ledger, runId);
  const bytes = entry.report === undefined ? undefined : await ledger.readReport(runId, "json");
  const summary = bytes && summarize(JSON.parse(new TextDecoder().decode(bytes)) as RunReport, { reportPath: reportUrl });
  const { problem: _inSummary, ...view } = entry;
  return { ...view, progress, ...(summary && { summary }) };
}

export async function listRuns(
  { ledger }: Pick<CloudDependencies, "ledger">,
  client: RunClient,
  limit: number,
  after: string | undefined,
  reportUrl: (runId: string) => string,
): Promise<{ runs: RunListEntry[]; next?: string }> {
  const { runIds, next } = await ledger.runIds(limit, after);
  const runs = await Promise.all(
    runIds.map(async (runId) => {
      const run = await ledger.findRun(runId);
      return run && describe(ledger, client, run, reportUrl(runId));
    }),
  );
  return { runs: runs.filter((run) => run !== undefined), ...(next !== undefined && { next }) };
}

async function describe(ledger: Ledger, client: RunClient, run: RunRecord, reportUrl: string): Promise<RunListEntry> {
  const outcome = await ledger.outcome.read(run.runId);
  const base = { runId: run.runId, origin: run.origin, dryRun: run.rules.dryRun, startedAt: new Date(run.startedMs).toISOString() };
  if (outcome === undefined) return { ...base, status: statusOf((await client.getStatus(instances.run(run.runId)))?.runtimeStatus) };
  return {
    ...base,
    status: outcome.status,
    endedAt: new Date(outcome.endedMs).toISOString(),
    report: reportUrl,
    ...(outcome.problem !== undefined && { problem: outcome.problem }),
  };
}

/** A claim without an instance is about to be started; an instance that ended without an outcome did not get to its report. */
function statusOf(runtimeStatus: string | undefined): RunStatus {
  switch (runtimeStatus) {
    case undefined:
    case "Pending":
      return "pending";
    case "Running":
    case "ContinuedAsNew":
    case "Suspended":
      return "running";
    default:
      return "failed";
  }
}

/** Sums the small record of each vault. */
export async function readProgress(ledger: Ledger, runId: string): Promise<RunProgress> {
  const outcome = await ledger.outcome.read(runId);
  if (outcome !== undefined) {
    const { found, items, planned, attempts, recovered, failing, skipped } = outcome.counts;
    return { found, items, planned, triggered: attempts, recovered, failing, skipped };
  }
  const [discovery, plan] = await Promise.all([ledger.discovery.read(runId), ledger.plan.read(runId)]);
  const sum = {
    found: discovery?.found ?? 0,
    items: discovery?.items ?? 0,
    planned: 0,
    triggered: 0,
    recovered: 0,
    failing: plan?.failing ?? 0,
    skipped: plan?.skipped ?? 0,
  };
  for (const { hash, items } of plan?.vaults ?? []) {
    const [checked, progress] = await Promise.all([ledger.readChecked(runId, hash), ledger.progress.read(runId, hash)]);
    sum.planned += checked === undefined ? items : checked.pages.reduce((all, page) => all + page.items, 0);
    for (const { decision } of checked?.settled ?? []) sum[decision === "skipped" ? "skipped" : "failing"]++;
    sum.triggered += progress?.triggered ?? 0;
    sum.recovered += progress?.recovered ?? 0;
    sum.failing += progress?.failing ?? 0;
    sum.skipped += progress?.skipped ?? 0;
  }
  return sum;
}
