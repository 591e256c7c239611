/** Records that belong to items over all runs: claims, days, what was open after the newest runs of a scope. */
import { utcDay } from "../../policy/times.ts";
import { readJson, updateJson } from "../../store/json-records.ts";
import type { Store } from "../../store/store.ts";
import { inParallel } from "../ledger/in-parallel.ts";
import { keys } from "../ledger/keys.ts";
import { recordOf, type ClaimRecord, type HousekeepingRecord, type StandingsRecord } from "../ledger/records.ts";
import { takeAway } from "./runs.ts";
import type { Allowance } from "./tidy.ts";

/** Nobody counts the backups of a day that is past. */
export async function purgeDays(store: Store, cutoffMs: number, allowance: Allowance): Promise<void> {
  const firstKept = keys.day(utcDay(cutoffMs), "");
  const gone: string[] = [];
  for await (const key of store.list(keys.days)) {
    if (key >= firstKept || gone.length >= allowance.left) break;
    gone.push(key);
  }
  await takeAway(store, gone, allowance);
}

/**
 * A claim may be taken by a new run at any moment: it is removed only as it was read. So many are read per call, each call going on where the last one
 * stopped.
 */
export async function purgeClaims(
  store: Store,
  cutoffMs: number,
  allowance: Allowance,
  mostReads: number,
): Promise<{ readonly more: boolean }> {
  const after = (await readJson(store, keys.housekeeping, recordOf<HousekeepingRecord>))?.value.claimsAfter ?? "";
  const page: string[] = [];
  let more = false;
  for await (const key of store.list(keys.claims)) {
    if (key <= after) continue;
    more = page.length >= mostReads;
    if (more) break;
    page.push(key);
  }
  const isOld = ({ settledMs, expiresMs }: ClaimRecord): boolean => (settledMs ?? expiresMs) < cutoffMs;
  const removed = await inParallel(page, async (key) => {
    const found = await readJson(store, key, recordOf<ClaimRecord>);
    return found !== undefined && isOld(found.value) && (await store.remove(key, found.version));
  });
  allowance.left -= removed.filter(Boolean).length;
  await updateJson(store, keys.housekeeping, recordOf<HousekeepingRecord>, (current) => {
    const { claimsAfter: _before, ...rest } = current ?? {};
    const last = page.at(-1);
    return { ...rest, ...(more && last !== undefined && { claimsAfter: last }) };
  });
  return { more };
}

/** There is one per scope that anybody ever asked for. */
export async function purgeStandings(store: Store, cutoffMs: number, allowance: Allowance): Promise<void> {
  for await (const key of store.list(keys.allStandings)) {
    if (allowance.left <= 0) return;
    const found = await readJson(store, key, recordOf<StandingsRecord>);
    if (found === undefined || found.value.runs.some(({ startedMs }) => startedMs >= cutoffMs)) continue;
    if (await store.remove(key, found.version)) allowance.left--;
  }
}
