/** The last steps for points that were removed: what said that they were published, parts that list nothing else, and then their tombstones. */
import { places } from "../format/places.ts";
import type { Catalog } from "../repository/catalog.ts";
import type { HeldLock } from "../repository/machine-lock.ts";
import type { Repository } from "../repository/repository.ts";
import type { Collected } from "./collect.ts";

export interface RemoveInput {
  readonly repository: Repository;
  readonly machineName: string;
  readonly catalog: Catalog;
  /** All points that have a tombstone, of any machine, as `MACHINE/POINT~DISK`. */
  readonly removed: ReadonlySet<string>;
  readonly lock: HeldLock;
  readonly signal: AbortSignal;
}

export async function removeRecords(
  { repository, machineName, catalog, removed, lock, signal }: RemoveInput,
  counts: Collected,
): Promise<void> {
  const { store } = repository;
  const own = [...removed].filter((name) => name.startsWith(`${machineName}/`));
  /** What still speaks of a point: its tombstone has to stay. */
  const spokenOf = new Set<string>();
  const remove = async (place: string, speaksOf: readonly string[]): Promise<void> => {
    signal.throwIfAborted();
    lock.lost.throwIfAborted();
    if ((await store.deleteRecord(place)) === "deleted") return;
    counts.later++;
    for (const name of speaksOf) spokenOf.add(name);
  };
  for (const name of own) await remove(`${places.points}${name}`, [name]);
  for (const { place, lists } of catalog.parts) {
    if (!lists.some((name) => name.startsWith(`${machineName}/`))) continue;
    if (lists.every((name) => removed.has(name))) await remove(place, lists);
    else for (const name of lists) spokenOf.add(name);
  }
  for (const name of own) if (!spokenOf.has(name)) await remove(`${places.removed}${name}`, []);
}
