/** When a synthetic full is due. It is made of blocks that are in the store already, with what changed since; it begins a chain of its own. */
import type { ChainSettings } from "../job/job.ts";
import { DAY_MS } from "../times.ts";
import type { FileRecord } from "./chain.ts";

/** Runs of one schedule lie whole days apart, but not to the millisecond, and an hour less when clocks change. */
const TOLERANCE_MS = DAY_MS / 2;

/** Why a full is due for a session that starts at `startedMs`, without a full stop; undefined when none is. `chain`: the earlier files of the chain. */
export function fullDue(chain: readonly FileRecord[], rules: ChainSettings["full"], startedMs: number): string | undefined {
  const fulls = chain.filter(({ kind }) => kind === "full").map((file) => file.startedMs);
  if (rules === undefined || fulls.length === 0) return undefined;
  const lastFullMs = Math.max(...fulls);
  const { afterIncrements, everyDays } = rules;
  const increments = chain.filter(({ kind, startedMs }) => kind === "incremental" && startedMs > lastFullMs).length;
  if (afterIncrements !== undefined && increments >= afterIncrements)
    return `one is due after ${afterIncrements} increments, and there are ${increments}`;
  if (everyDays !== undefined && startedMs - lastFullMs >= everyDays * DAY_MS - TOLERANCE_MS)
    return `one is due every ${everyDays} days, and the last is ${Math.round((startedMs - lastFullMs) / DAY_MS)} days old`;
  return undefined;
}
