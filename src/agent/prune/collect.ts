/**
 * Deletes what no point of a machine needs. In: the points that stay and the transfers under way. Out: how much was freed, and how much an immutable container
 * keeps for now. Killed anywhere, the next run deletes the rest: what is needed is told from the records alone.
 *
 * What is listed for deletion was there before the lock was confirmed for the last time: what another process makes afterwards is not on the list.
 */
import { places } from "../format/places.ts";
import type { Draft } from "../format/records.ts";
import type { CatalogPoint } from "../repository/catalog.ts";
import type { HeldLock } from "../repository/machine-lock.ts";
import type { Repository } from "../repository/repository.ts";
import { readPoint } from "../restore/read-point.ts";

export interface CollectInput {
  readonly repository: Repository;
  readonly machineName: string;
  readonly diskName: string;
  /** Of this disk. */
  readonly kept: readonly CatalogPoint[];
  readonly draft: Draft | undefined;
  readonly lock: HeldLock;
  readonly signal: AbortSignal;
}

export interface Collected {
  bytesFreed: number;
  /** Records and segments that an immutability policy keeps. */
  later: number;
}

/** @throws DamageError when a point that stays cannot be read after all: nothing was deleted then */
export async function collectDisk(input: CollectInput, counts: Collected): Promise<void> {
  const { repository, machineName, diskName, kept, draft, lock, signal } = input;
  const { store } = repository;
  const needed = await neededOf(repository, kept);
  const objects: string[] = [];
  // An attempt that was held up may yet name what it wrote: its objects go once its draft has.
  if (draft === undefined)
    for await (const place of store.list(places.object(machineName, diskName, ""))) if (!needed.has(place)) objects.push(place);
  const draftPrefix = draft === undefined ? undefined : places.segmentsOf(machineName, diskName, draft.draft);
  const segments: string[] = [];
  const isFree = (segment: string): boolean => !needed.has(segment) && (draftPrefix === undefined || !segment.startsWith(draftPrefix));
  for await (const { name } of store.listSegments(places.segmentsOf(machineName, diskName))) if (isFree(name)) segments.push(name);
  const damage: string[] = [];
  for await (const place of store.list(places.damageOf(machineName, diskName)))
    if (isFree(places.damagedSegment(place))) damage.push(place);
  if (objects.length + segments.length + damage.length === 0) return;
  await lock.confirm();
  const check = (): void => {
    signal.throwIfAborted();
    lock.lost.throwIfAborted();
  };
  const staying = new Set<string>();
  for (const segment of segments) {
    check();
    const units = (await store.listUnits(segment).catch(() => undefined))?.units ?? [];
    if ((await store.deleteSegment(segment)) === "later") {
      counts.later++;
      staying.add(segment);
    } else for (const { sizeBytes } of units) counts.bytesFreed += sizeBytes;
  }
  // What is on record of a segment goes after it: a segment that is there is never without its record.
  for (const object of [...objects, ...damage.filter((place) => !staying.has(places.damagedSegment(place)))]) {
    check();
    if ((await store.deleteRecord(object)) === "later") counts.later++;
  }
}

/** Keys of the manifests, pages and segments of these points. */
async function neededOf(repository: Repository, kept: readonly CatalogPoint[]): Promise<ReadonlySet<string>> {
  const needed = new Set<string>();
  for (const point of kept) {
    const { manifest, pagePlace } = await readPoint(repository, point);
    needed.add(point.row.manifest);
    for (const id of manifest.pages) if (id !== null) needed.add(pagePlace(id));
    for (const segment of manifest.segments) needed.add(segment);
  }
  return needed;
}
