/**
 * Just before a vault's first triggers its jobs are read from the vault itself, because Resource Graph is late (C18): one call per page of the list,
 * whatever the number of items. Writes the pages of items that are started after all, and the others with their reasons. Of several executions the first
 * to get through counts: the items of a page are known by their place in it.
 */
import { randomUUID } from "node:crypto";
import { withVaultJobs } from "../../policy/candidate.ts";
import type { ItemReport } from "../../policy/report.ts";
import type { RunRecord } from "../../policy/run.ts";
import { startOfUtcDayMs } from "../../policy/times.ts";
import type { CallCounts, Refusal, VaultJob } from "../control-plane.ts";
import type { CloudDependencies } from "../dependencies.ts";
import type { CheckedItem, CheckedRecord, PlannedItem } from "../ledger/records.ts";
import { itemDecided } from "../telemetry/item-facts.ts";
import { leftToOther } from "./claim.ts";
import { inTurn } from "./in-turn.ts";
import { unstarted } from "./item-report.ts";
import { decide, ITEMS_PER_PAGE } from "./plan.ts";
import { factsOf, jobsOfItem } from "./vault-jobs.ts";

export interface CheckResult {
  /** How many items each page has. */
  readonly pages: readonly number[];
  readonly draft: string;
}

export async function checkVault(
  dependencies: CloudDependencies,
  { runId, vault }: { runId: string; vault: string },
): Promise<CheckResult> {
  const { ledger, controlPlane, clock } = dependencies;
  const [run, plan, existing] = await Promise.all([ledger.run(runId), ledger.plan.read(runId), ledger.readChecked(runId, vault)]);
  if (existing !== undefined) return resultOf(existing);
  const entry = plan?.vaults.find(({ hash }) => hash === vault);
  if (plan === undefined || entry === undefined) throw new Error(`The plan of run ${runId} has no vault ${vault}.`);
  const planned: PlannedItem[] = [];
  for (let page = 0; page < entry.pages; page++) planned.push(...(await ledger.planned.read(runId, vault, plan.draft, page)));
  const draft = randomUUID().slice(0, 8);
  const calls: CallCounts = { graph: 0, management: 0, retried: 0 };
  const nowMs = clock.now();
  // From whatever is earliest: the window, the UTC day (for the day's limit) or an item's failure.
  const fromMs = Math.min(run.window.fromMs, startOfUtcDayMs(nowMs), ...planned.map(({ candidate }) => candidate.failed.startMs));
  const answer = await controlPlane.vaultJobs(entry.vault, fromMs, calls);
  if (!answer.ok) {
    const settled = planned.map((item) => refused(item, answer));
    return first({ draft, state: answer.kind, problem: answer.message, pages: [], settled, calls });
  }
  const start: CheckedItem[] = [];
  const settled: ItemReport[] = [];
  for (const item of planned) {
    const checked = inTurn(run, await leftToOther(dependencies, run, await recheck(run, item, answer.value, nowMs)));
    if (checked.decision.kind === "start") start.push({ ...checked, checkedMs: nowMs });
    else settled.push(unstarted(checked));
  }
  const pages = Array.from({ length: Math.ceil(start.length / ITEMS_PER_PAGE) }, (_, page) =>
    start.slice(page * ITEMS_PER_PAGE, (page + 1) * ITEMS_PER_PAGE),
  );
  for (const [page, items] of pages.entries()) await ledger.writeCheckedPage({ runId, vault, draft, page }, items);
  return first({ draft, state: "read", pages: pages.map(({ length }) => ({ items: length })), settled, calls });

  async function first(record: CheckedRecord): Promise<CheckResult> {
    const standing = await ledger.firstChecked(runId, vault, record);
    if (standing.draft === draft) for (const item of record.settled) itemDecided(dependencies.telemetry, item);
    return resultOf(standing);
  }

  /** A newer failure that Resource Graph has not shown yet brings its own error code. */
  async function recheck(run: RunRecord, item: PlannedItem, jobs: readonly VaultJob[], nowMs: number): Promise<PlannedItem> {
    const merged = withVaultJobs(item.candidate, jobsOfItem(item.candidate, jobs).map(factsOf), nowMs);
    let { failed } = merged;
    if (failed.name !== item.candidate.failed.name) {
      const detail = await controlPlane.job(merged.vault, failed.name, calls);
      if (detail.ok && detail.value.error) failed = { ...failed, error: detail.value.error };
    } else failed = item.candidate.failed;
    return decide(run, { ...item, candidate: { ...merged, failed } }, nowMs);
  }
}

function resultOf({ pages, draft }: CheckedRecord): CheckResult {
  return { pages: pages.map(({ items }) => items), draft };
}

function refused(item: PlannedItem, refusal: Refusal): ItemReport {
  const { vault } = item.candidate;
  const { decision: _planned, ...report } = unstarted(item);
  switch (refusal.kind) {
    case "forbidden":
      return {
        ...report,
        decision: "needs-person",
        errorCode: refusal.code ?? "AuthorizationFailed",
        reason: `The identity may not read the jobs of the vault ${vault.name}; nothing was triggered there.`,
        advice: `Assign the backup retry role to the identity at the vault ${vault.name} (or its subscription); the next run takes the item.`,
      };
    case "gone":
      return {
        ...report,
        decision: "needs-person",
        errorCode: refusal.code ?? "ResourceNotFound",
        reason: `The vault ${vault.name} does not exist any more.`,
        advice: "Protect the item in another vault, or delete what is left of it if it is not needed.",
      };
    case "unreachable":
      return {
        ...report,
        decision: "failing",
        reason: `The jobs of the vault ${vault.name} could not be read (${refusal.message}); nothing was triggered there, the next run takes the item.`,
      };
  }
}
