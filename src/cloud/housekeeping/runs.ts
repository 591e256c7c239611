/** Old runs: which they are, and how one is deleted. A run is found by its index key, which therefore goes last. */
import type { Store } from "../../store/store.ts";
import { inParallel } from "../ledger/in-parallel.ts";
import { indexEntry, keys } from "../ledger/keys.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { instances } from "../orchestrate/names.ts";
import { isAlive, type RunClient } from "../runs/start-run.ts";
import type { Allowance } from "./tidy.ts";

export interface OldRun {
  readonly key: string;
  readonly runId: string;
  readonly startedMs: number;
}

/** Oldest first. */
export async function oldRuns(store: Store, cutoffMs: number): Promise<readonly OldRun[]> {
  const found: OldRun[] = [];
  for await (const key of store.list(keys.indexes)) {
    const entry = { key, ...indexEntry(key) };
    if (entry.startedMs < cutoffMs) found.unshift(entry);
  }
  return found;
}

/** `part`: the rest is for the next call; `kept`: it goes on. */
export async function purgeRun(
  ledger: Ledger,
  client: RunClient,
  { key, runId, startedMs }: OldRun,
  allowance: Allowance,
): Promise<"gone" | "part" | "kept"> {
  const { store } = ledger;
  const run = await ledger.findRun(runId);
  // The id was given to another run since: only the old entry is ours to delete.
  const isAnother = run !== undefined && run.startedMs !== startedMs;
  if (!isAnother) {
    // Without an outcome it may go on still: its host was away, or somebody suspended it.
    if ((await ledger.outcome.read(runId)) === undefined && isAlive(await client.getStatus(instances.run(runId)))) return "kept";
    // While others go, these two say that the run has ended: it cannot be started again over what is left of it.
    const last = [keys.outcome(runId), keys.run(runId)];
    const rest: string[] = [];
    for await (const each of store.list(keys.all(runId))) {
      if (last.includes(each)) continue;
      if (rest.length === allowance.left) return takeAway(store, rest, allowance).then(() => "part");
      rest.push(each);
    }
    await takeAway(store, [...rest], allowance);
    for (const each of last) await takeAway(store, [each], allowance);
  }
  await takeAway(store, [key], allowance);
  return isAnother ? "part" : "gone";
}

export async function takeAway(store: Store, gone: readonly string[], allowance: Allowance): Promise<void> {
  await inParallel(gone, (key) => store.delete(key));
  allowance.left -= gone.length;
}
