/** Ends a run: gathers every item's line, writes the report and the outcome. Run again, it writes the same. */
import { compareRuns, type Compared } from "../../policy/changes.ts";
import type { CoverageReport, GapsReport, ItemReport, RunCounts, RunReport } from "../../policy/report.ts";
import type { Decision, RunRecord } from "../../policy/run.ts";
import type { CallCounts } from "../control-plane.ts";
import type { CloudDependencies } from "../dependencies.ts";
import { renderReportHtml } from "../report/html.ts";
import { hashOf } from "../ledger/keys.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { PlanRecord } from "../ledger/records.ts";
import { inParallel } from "../ledger/in-parallel.ts";
import { sumCalls } from "./attempt.ts";
import { gatherGaps } from "./gap-report.ts";
import { unrecorded, unstarted } from "./item-report.ts";
import { keepStanding, standingBefore } from "./standing.ts";
import { itemDecided } from "../telemetry/item-facts.ts";
import { runEnded } from "../telemetry/run-facts.ts";

const ORDER: readonly Decision[] = ["needs-person", "failing", "running", "cancelled", "recovered", "planned", "skipped"];

export async function report(
  { clock, ledger, telemetry }: CloudDependencies,
  { runId, problem }: { runId: string; problem?: string },
): Promise<{ status: RunReport["status"]; counts: RunCounts }> {
  const [run, existing] = await Promise.all([ledger.run(runId), ledger.outcome.read(runId)]);
  if (existing !== undefined) {
    runEnded(telemetry, run, { ...existing, complete: existing.complete ?? true }, true);
    return { status: existing.status, counts: existing.counts };
  }
  const gathered = await gather(ledger, run);
  const discovery = await ledger.discovery.read(runId);
  const status = problem !== undefined ? "failed" : (await ledger.isCancelled(runId)) ? "cancelled" : "completed";
  const gaps = await gatherGaps(ledger, runId, discovery, gathered.items);
  const compared = await compare(ledger, run, gathered.items, gaps);
  const counts = { ...countItems(gathered.items, discovery?.found ?? 0), ...(gaps && { gaps: gaps.total }) };
  const endedMs = clock.now();
  const calls = sumCalls(discovery?.calls, gathered.calls);
  const runReport: RunReport = {
    version: 1,
    runId,
    status,
    ...(problem !== undefined && { problem }),
    origin: run.origin,
    request: run.request,
    dryRun: run.rules.dryRun,
    startedAt: new Date(run.startedMs).toISOString(),
    endedAt: new Date(endedMs).toISOString(),
    window: { from: new Date(run.window.fromMs).toISOString(), to: new Date(run.window.toMs).toISOString() },
    counts,
    calls,
    coverage: {
      complete:
        problem === undefined &&
        !(discovery?.incomplete ?? true) &&
        gathered.vaults.every(({ state }) => state === "read" || state === "not-needed"),
      subscriptions: discovery?.coverage.subscriptions ?? [],
      vaults: gathered.vaults,
      badRows: discovery?.coverage.badRows ?? [],
      badRowCount: discovery?.coverage.badRowCount ?? 0,
      notes: discovery?.coverage.notes ?? [],
    },
    items: compared.items,
    ...(gaps && { gaps }),
    ...(compared.changes && { changes: compared.changes }),
  };
  await ledger.writeReport(runReport, renderReportHtml(runReport));
  // What a run saw that broke off or sent nothing is no ground to compare with.
  if (status !== "failed" && !run.rules.dryRun) await keepStanding(ledger, run, compared.open);
  const left = runReport.items
    .filter(({ decision, gap }) => decision === "failing" && gap === undefined)
    .map(({ failedAt }) => Date.parse(failedAt));
  const outcome = await ledger.outcome.first(runId, {
    status,
    endedMs,
    counts,
    ...(problem !== undefined && { problem }),
    ...(!runReport.coverage.complete && { complete: false }),
    ...(left.length > 0 && { leftSinceMs: left.reduce((earliest, ms) => Math.min(earliest, ms)) }),
  });
  for (const item of gathered.untold) itemDecided(telemetry, item);
  runEnded(telemetry, run, { ...outcome, complete: runReport.coverage.complete }, false);
  return { status: outcome.status, counts: outcome.counts };
}

async function compare(ledger: Ledger, run: RunRecord, items: readonly ItemReport[], gaps: GapsReport | undefined): Promise<Compared> {
  const withGap = new Set(gaps?.items.map(({ itemId }) => hashOf(itemId)));
  return compareRuns(await standingBefore(ledger, run), items, hashOf, (key) => withGap.has(key));
}

interface Gathered {
  readonly items: ItemReport[];
  /** Those of them that nobody has told of yet: planned in a dry run, or without a result. */
  readonly untold: ItemReport[];
  readonly vaults: CoverageReport["vaults"];
  readonly calls: CallCounts;
}

async function gather(ledger: Ledger, run: RunRecord): Promise<Gathered> {
  const plan = await ledger.plan.read(run.runId);
  const items: ItemReport[] = [];
  const vaults: CoverageReport["vaults"][number][] = [];
  const untold: ItemReport[] = [];
  const calls: CallCounts[] = [];
  const { draft, skippedPages, vaults: planned }: PlanRecord = plan ?? { draft: "", vaults: [], skippedPages: 0, skipped: 0, failing: 0 };
  for (let page = 0; page < skippedPages; page++) items.push(...(await ledger.skipped.read(run.runId, draft, page)));
  for (const entry of planned) {
    const found = await gatherVault(ledger, run, draft, entry);
    items.push(...found.items);
    untold.push(...found.untold);
    vaults.push(...found.vaults);
    calls.push(found.calls);
  }
  const rank = new Map(ORDER.map((decision, index) => [decision, index]));
  items.sort(
    (a, b) =>
      (rank.get(a.decision) ?? 0) - (rank.get(b.decision) ?? 0) ||
      byText(a.vault, b.vault) ||
      byText(a.item, b.item) ||
      byText(a.itemId, b.itemId),
  );
  return { items, untold, vaults, calls: sumCalls(...calls) };
}

async function gatherVault(ledger: Ledger, run: RunRecord, draft: string, entry: PlanRecord["vaults"][number]): Promise<Gathered> {
  const { hash, vault } = entry;
  const checked = await ledger.readChecked(run.runId, hash);
  const items = new Map((checked?.settled ?? []).map((item) => [item.itemId.toLowerCase(), item]));
  for (const item of await ledger.results(run.runId, hash)) items.set(item.itemId.toLowerCase(), item);
  const untold: ItemReport[] = [];
  const calls: (CallCounts | undefined)[] = [
    checked?.calls,
    (await ledger.progress.read(run.runId, hash))?.calls,
    (await ledger.listing.read(run.runId, hash, Number.POSITIVE_INFINITY))?.calls,
  ];
  for (let page = 0; page < entry.pages; page++) {
    const plannedItems = await ledger.planned.read(run.runId, hash, draft, page);
    const made = await inParallel(plannedItems, ({ candidate }) => ledger.attempts(run.runId, hash, hashOf(candidate.itemKey)));
    for (const [index, planned] of plannedItems.entries()) {
      const { candidate } = planned;
      const attempts = made[index] ?? [];
      const key = candidate.itemId.toLowerCase();
      if (!items.has(key)) {
        const item = run.rules.dryRun && checked !== undefined ? unstarted(planned) : unrecorded(planned, attempts);
        items.set(key, item);
        untold.push(item);
      }
      calls.push(...attempts.map((attempt) => attempt.calls));
    }
  }
  const { id, name, subscriptionId } = vault;
  const state = checked?.state ?? "unreachable";
  return {
    items: [...items.values()],
    untold,
    vaults: [{ id, name, subscriptionId, state, ...(checked?.problem !== undefined && { problem: checked.problem }) }],
    calls: sumCalls(...calls),
  };
}

export function countItems(items: readonly ItemReport[], found: number): RunCounts {
  const of = (decision: Decision): number => items.filter((item) => item.decision === decision).length;
  const accepted = items.map((item) => item.attempts.filter(({ trigger }) => trigger === "accepted").length);
  return {
    found,
    items: items.length,
    recovered: of("recovered"),
    failing: of("failing") + of("needs-person"),
    needsPerson: of("needs-person"),
    skipped: of("skipped"),
    cancelled: of("cancelled"),
    running: of("running"),
    planned: of("planned"),
    retried: accepted.filter((count) => count > 0).length,
    attempts: accepted.reduce((sum, count) => sum + count, 0),
  };
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
