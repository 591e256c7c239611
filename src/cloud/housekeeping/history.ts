/**
 * The task hub's history of ended instances, purged by the time at which they were created, a slice of time per call to the hub: a call for everything may
 * take longer than it is waited for. Instances that go on are left, and looked at again for some days.
 */
import { DAY_MS, HOUR_MS } from "../../policy/times.ts";
import { readJson, updateJson } from "../../store/json-records.ts";
import type { Store } from "../../store/store.ts";
import { keys } from "../ledger/keys.ts";
import { recordOf, type HousekeepingRecord } from "../ledger/records.ts";

/** What of the durable client is needed. */
export interface HistoryClient {
  /** Of ended instances only. */
  purgeEnded(createdFrom: Date, createdTo: Date): Promise<number>;
}

const SLICE_MS = 6 * HOUR_MS;
/** Longer than any run lasts: what was alive at a first look is gone at a later one. */
const OVERLAP_MS = 3 * DAY_MS;

export async function purgeHistory(
  store: Store,
  client: HistoryClient,
  { cutoffMs, oldestMs, slices }: { readonly cutoffMs: number; readonly oldestMs: number | undefined; readonly slices: number },
): Promise<{ readonly deleted: number; readonly more: boolean }> {
  const mark = (await readJson(store, keys.housekeeping, recordOf<HousekeepingRecord>))?.value.historyToMs;
  // Nothing is older than the oldest run that is known, and without one there is nothing yet.
  const beginMs = mark ?? oldestMs;
  if (beginMs === undefined) return { deleted: 0, more: false };
  let deleted = 0;
  let fromMs = Math.min(beginMs, cutoffMs) - OVERLAP_MS;
  const untilMs = Math.min(cutoffMs, Math.max(beginMs, fromMs) + slices * SLICE_MS);
  while (fromMs < untilMs) {
    const toMs = Math.min(untilMs, fromMs < beginMs ? beginMs : fromMs + SLICE_MS);
    deleted += await client.purgeEnded(new Date(fromMs), new Date(toMs));
    fromMs = toMs;
  }
  await updateJson(store, keys.housekeeping, recordOf<HousekeepingRecord>, (current) => ({
    ...current,
    historyToMs: Math.max(current?.historyToMs ?? 0, untilMs),
  }));
  return { deleted, more: untilMs < cutoffMs };
}
