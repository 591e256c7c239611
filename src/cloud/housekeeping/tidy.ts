/**
 * Deletes what is older than the time to keep: runs with their reports and records, claims, days, histories of the task hub. In: the clock, the store, the
 * durable client. Out: what was deleted. A call does a bounded part and the next one goes on; killed anywhere, or carried out twice at once, nothing is lost
 * and nothing left over for good. What a run that goes on may still need is never touched, however old. It does not promise the minute, nor that a directory
 * store loses its empty folders.
 */
import { DAY_MS } from "../../policy/times.ts";
import type { CloudSettings } from "../../settings/settings.ts";
import type { CloudDependencies } from "../dependencies.ts";
import type { RunClient } from "../runs/start-run.ts";
import { purgeHistory, type HistoryClient } from "./history.ts";
import { purgeClaims, purgeDays, purgeStandings } from "./items.ts";
import { oldRuns, purgeRun } from "./runs.ts";

export interface Tidied {
  readonly runs: number;
  /** In the store, those of the runs counted. */
  readonly records: number;
  /** In the task hub. */
  readonly instances: number;
  /** The bounds were reached; the next call goes on. */
  readonly more: boolean;
}

/** How much one call may do. */
export interface TidyBounds {
  readonly deletions: number;
  readonly claimReads: number;
  readonly historySlices: number;
}

/** Some minutes at a store's slowest, far below a function's time limit; 240,000 records a day. */
const BOUNDS: TidyBounds = { deletions: 10_000, claimReads: 5_000, historySlices: 24 };

export interface Allowance {
  left: number;
}

export async function tidy(
  { clock, ledger }: Pick<CloudDependencies, "clock" | "ledger">,
  { keepDays }: Pick<CloudSettings, "keepDays">,
  client: RunClient & HistoryClient,
  bounds: TidyBounds = BOUNDS,
): Promise<Tidied> {
  const { store } = ledger;
  const cutoffMs = clock.now() - keepDays * DAY_MS;
  const allowance: Allowance = { left: bounds.deletions };
  const old = await oldRuns(store, cutoffMs);
  // First, so that no history outlives the records that say what it was.
  const instances = await purgeHistory(store, client, { cutoffMs, oldestMs: old[0]?.startedMs, slices: bounds.historySlices });
  let runs = 0;
  for (const entry of old) {
    if (allowance.left <= 0) break;
    if ((await purgeRun(ledger, client, entry, allowance)) === "gone") runs++;
  }
  await purgeDays(store, cutoffMs, allowance);
  const claims = await purgeClaims(store, cutoffMs, allowance, bounds.claimReads);
  await purgeStandings(store, cutoffMs, allowance);
  return {
    runs,
    records: bounds.deletions - allowance.left,
    instances: instances.deleted,
    more: allowance.left <= 0 || instances.more || claims.more,
  };
}
