/** Runs as they are shown: from the run store, and the task hub only for whether one is still alive. */
import type { RunCounts, RunReport } from "../../policy/report.ts";
import type { RunRecord, RunRequest, RunStatus } from "../../policy/run.ts";
import type { CloudDependencies } from "../dependencies.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { instances } from "../orchestrate/names.ts";
import { summarize, type RetrySummary } from "../report/summary.ts";
import { outcomeView, type OutcomeView } from "./outcome-view.ts";
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

interface RunFacts {
  readonly runId: string;
  readonly status: RunStatus;
  readonly origin: string;
  readonly dryRun: boolean;
  readonly startedAt: string;
  readonly endedAt?: string;
  /** While it goes on: somebody asked for its end. */
  readonly cancelRequested?: true;
  readonly problem?: string;
  /** Only when the run has ended. */
  readonly counts?: RunCounts;
  readonly report?: string;
}

/** `progress` only while it goes on; `counts` has the end of it. */
export type RunListEntry = RunFacts & { readonly progress?: RunProgress };

export interface RunView extends RunFacts {
  readonly progress: RunProgress;
  /** The body that would start the same run anew, without its id. */
  readonly request: RunBody;
  /** Only when the run has ended. */
  readonly summary?: RetrySummary;
  readonly outcome?: OutcomeView;
}

type RunBody = Omit<RunRequest, "runId" | "sinceMs"> & { readonly since?: string };

export async function readRun(
  { ledger }: Pick<CloudDependencies, "ledger">,
  client: RunClient,
  runId: string,
  reportUrl: string,
): Promise<RunView | undefined> {
  const run = await ledger.findRun(runId);
  if (run === undefined) return undefined;
  const facts = await describe(ledger, client, run, reportUrl);
  const progress = await readProgress(ledger, runId);
  const bytes = facts.report === undefined ? undefined : await ledger.readReport(runId, "json");
  const report = bytes && (JSON.parse(new TextDecoder().decode(bytes)) as RunReport);
  return {
    ...facts,
    request: bodyOf(run.request),
    progress,
    ...(report && { summary: summarize(report, { reportPath: reportUrl }), outcome: outcomeView(report) }),
  };
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
      if (run === undefined) return;
      const facts = await describe(ledger, client, run, reportUrl(runId));
      return facts.counts === undefined ? { ...facts, progress: await readProgress(ledger, runId) } : facts;
    }),
  );
  return { runs: runs.filter((run) => run !== undefined), ...(next !== undefined && { next }) };
}

/** Whether a text may be the `next` of a list: the ledger's time and id of a run. */
export function isListPosition(text: string): boolean {
  return /^\d{13}~[a-z0-9-]{1,40}$/.test(text);
}

async function describe(ledger: Ledger, client: RunClient, run: RunRecord, reportUrl: string): Promise<RunFacts> {
  const { runId } = run;
  const base = { runId, origin: run.origin, dryRun: run.rules.dryRun, startedAt: new Date(run.startedMs).toISOString() };
  let outcome = await ledger.outcome.read(runId);
  if (outcome === undefined) {
    const status = statusOf((await client.getStatus(instances.run(runId)))?.runtimeStatus);
    if (status !== "failed") return { ...base, status, ...((await ledger.isCancelled(runId)) && { cancelRequested: true }) };
    // It may have ended between the two questions: then its outcome is there by now.
    outcome = await ledger.outcome.read(runId);
    if (outcome === undefined) return { ...base, status };
  }
  return {
    ...base,
    status: outcome.status,
    endedAt: new Date(outcome.endedMs).toISOString(),
    counts: outcome.counts,
    report: reportUrl,
    ...(outcome.problem !== undefined && { problem: outcome.problem }),
  };
}

function bodyOf({ runId: _id, sinceMs, ...rest }: RunRequest): RunBody {
  return { ...rest, ...(sinceMs !== undefined && { since: sinceText(sinceMs) }) };
}

/** `90m`: the largest unit that gives a whole number; the text it was read from had one. */
function sinceText(ms: number): string {
  const [unit, unitMs] = UNITS.find(([, unitMs]) => ms % unitMs === 0) ?? ["s", 1_000];
  return `${ms / unitMs}${unit}`;
}

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
] as const;

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

/** Sums the small record of each vault. `planned` is how many items the run set out to retry, also after its end. */
export async function readProgress(ledger: Ledger, runId: string): Promise<RunProgress> {
  const [outcome, discovery, plan] = await Promise.all([ledger.outcome.read(runId), ledger.discovery.read(runId), ledger.plan.read(runId)]);
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
  if (outcome === undefined) return sum;
  const { found, items, attempts, recovered, failing, skipped } = outcome.counts;
  return { found, items, planned: sum.planned, triggered: attempts, recovered, failing, skipped };
}
