/**
 * Plans: each found item is decided by policy; those to start are written per vault in pages, the others with their reasons. Of several executions the
 * first to get through counts.
 */
import { randomUUID } from "node:crypto";
import { classify } from "../../policy/catalogue/catalogue.ts";
import { GAP_VERDICT, isGapOnly } from "../../policy/gaps.ts";
import type { VaultRef } from "../../policy/job.ts";
import { planItem } from "../../policy/plan.ts";
import type { ItemReport } from "../../policy/report.ts";
import type { RunRecord } from "../../policy/run.ts";
import { waveStarts } from "../../policy/waves.ts";
import type { CloudDependencies } from "../dependencies.ts";
import { hashOf } from "../ledger/keys.ts";
import type { FoundItem, PlannedItem } from "../ledger/records.ts";
import { itemDecided } from "../telemetry/item-facts.ts";
import { findWorkload } from "../workloads/workloads.ts";
import { leftToOther } from "./claim.ts";
import { inTurn } from "./in-turn.ts";
import { unstarted } from "./item-report.ts";

/** Children of one page orchestration; see `orchestrate/fan-out.ts`. */
export const ITEMS_PER_PAGE = 50;
const SKIPPED_PER_PAGE = 200;

export async function plan(dependencies: CloudDependencies, { runId }: { runId: string }): Promise<{ vaults: number }> {
  const { ledger } = dependencies;
  const run = await ledger.run(runId);
  const existing = await ledger.plan.read(runId);
  if (existing !== undefined) return { vaults: existing.vaults.length };
  const discovery = await ledger.discovery.read(runId);
  if (discovery === undefined) throw new Error(`The run ${runId} is planned before anything was discovered.`);
  const draft = randomUUID().slice(0, 8);
  const perVault = new Map<string, { vault: VaultRef; items: PlannedItem[] }>();
  const skipped: ItemReport[] = [];
  for (let page = 0; page < discovery.candidatePages; page++)
    for (const found of await ledger.candidates.read(runId, discovery.draft, page)) {
      const planned = await leftToOther(dependencies, run, decide(run, found, run.startedMs));
      if (planned.decision.kind !== "start") {
        skipped.push(unstarted(planned));
        continue;
      }
      const hash = hashOf(found.candidate.vault.id);
      const group = perVault.get(hash) ?? { vault: found.candidate.vault, items: [] };
      group.items.push(planned);
      perVault.set(hash, group);
    }
  giveTurns(dependencies, run, [...perVault.values()]);
  for (const [hash, { items }] of perVault)
    for (let page = 0; page * ITEMS_PER_PAGE < items.length; page++)
      await ledger.planned.write(runId, hash, draft, page, items.slice(page * ITEMS_PER_PAGE, (page + 1) * ITEMS_PER_PAGE));
  for (let page = 0; page * SKIPPED_PER_PAGE < skipped.length; page++)
    await ledger.skipped.write(runId, draft, page, skipped.slice(page * SKIPPED_PER_PAGE, (page + 1) * SKIPPED_PER_PAGE));
  const standing = await ledger.plan.first(runId, {
    draft,
    vaults: [...perVault].map(([hash, { vault, items }]) => ({
      hash,
      vault,
      items: items.length,
      pages: Math.ceil(items.length / ITEMS_PER_PAGE),
    })),
    skippedPages: Math.ceil(skipped.length / SKIPPED_PER_PAGE),
    skipped: skipped.filter((item) => item.decision === "skipped").length,
    failing: skipped.filter((item) => item.decision !== "skipped").length,
  });
  if (standing.draft === draft) for (const item of skipped) itemDecided(dependencies.telemetry, item);
  return { vaults: standing.vaults.length };
}

/** Of all vaults together, because a subscription's cap is shared by them. */
function giveTurns({ limits }: CloudDependencies, run: RunRecord, groups: readonly { readonly items: PlannedItem[] }[]): void {
  const items = groups.flatMap((group) => group.items);
  const starts = waveStarts(
    items.map(({ candidate, protection, decision }) => ({
      key: candidate.itemKey,
      subscriptionId: candidate.vault.subscriptionId,
      vaultId: candidate.vault.id,
      lastRecoveryPointMs: protection?.lastRecoveryPointMs,
      notBeforeMs: decision.kind === "start" ? decision.notBeforeMs : run.startedMs,
    })),
    limits.rules,
    run.startedMs,
  );
  let next = 0;
  for (const group of groups)
    for (const [index, item] of group.items.entries()) {
      const start = starts[next++];
      if (start !== undefined && start.wave > 1) group.items[index] = inTurn(run, { ...item, start });
    }
}

/** A candidate looked up in the catalogue and decided by policy. */
export function decide(run: RunRecord, found: FoundItem, nowMs: number): PlannedItem {
  const { candidate, protection } = found;
  const { rules } = run;
  const options = rules.backoffFirstMs === undefined ? {} : { backoffFirstMs: rules.backoffFirstMs };
  const verdict = isGapOnly(candidate) ? GAP_VERDICT : classify(candidate.failed.error, candidate.workload, options);
  const decision = planItem({
    candidate,
    protection,
    verdict,
    supported: findWorkload(candidate.workload) !== undefined,
    rules,
    nowMs,
    deadlineMs: run.deadlineMs,
    jitterSeed: `${run.startedMs}/${candidate.itemKey}`,
  });
  return { ...found, verdict, decision };
}

/** Hashes of a range of the planned vaults: what a group of vaults is made of. */
export async function listVaults(
  { ledger }: CloudDependencies,
  { runId, from, count }: { runId: string; from: number; count: number },
): Promise<{ vaults: readonly string[] }> {
  const planned = await ledger.plan.read(runId);
  return { vaults: (planned?.vaults ?? []).slice(from, from + count).map(({ hash }) => hash) };
}
