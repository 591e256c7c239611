/**
 * What was open after earlier runs that looked at the same. Each run keeps its own record; one short list per scope says which run came last. Read and
 * written again by the same run, both give the same: a run is never compared with itself.
 */
import type { Before, Standing } from "../../policy/changes.ts";
import type { RunRecord, Scope } from "../../policy/run.ts";
import { readJson, updateJson, writeJson } from "../../store/json-records.ts";
import { hashOf, keys } from "../ledger/keys.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { recordOf, type StandingsRecord } from "../ledger/records.ts";

/** Some of them may be purged, or have ended out of order. */
const KEPT_RUNS = 5;

export async function standingBefore({ store }: Ledger, run: RunRecord): Promise<Before | undefined> {
  const list = (await readJson(store, keys.standings(scopeKey(run.scope)), recordOf<StandingsRecord>))?.value;
  for (const { runId, startedMs } of list?.runs ?? []) {
    if (runId === run.runId || startedMs > run.startedMs) continue;
    const open = (await readJson(store, keys.standing(runId), recordOf<Standing>))?.value;
    if (open !== undefined) return { runId, startedAt: new Date(startedMs).toISOString(), open };
  }
  return undefined;
}

export async function keepStanding({ store }: Ledger, { runId, startedMs, scope }: RunRecord, open: Standing): Promise<void> {
  await writeJson(store, keys.standing(runId), open);
  await updateJson(store, keys.standings(scopeKey(scope)), recordOf<StandingsRecord>, (current) => ({
    runs: [...(current?.runs ?? []).filter((each) => each.runId !== runId), { runId, startedMs }]
      .sort((a, b) => b.startedMs - a.startedMs)
      .slice(0, KEPT_RUNS),
  }));
}

/** The same for runs that looked at the same, whatever the order and case of their filters. */
function scopeKey({ subscriptions, managementGroup, resourceGroups, vaults, items, tags, workloads }: Scope): string {
  const lists = [subscriptions, resourceGroups, vaults, items, workloads].map((list) => [...list].sort());
  const pairs = Object.entries(tags).map((pair) => pair.join("="));
  return hashOf(JSON.stringify([lists, managementGroup ?? null, pairs.sort()]));
}
