/**
 * Points from store to store. In: the source, opened; the target. Out: the same points there, readable with the same passwords. Only what is missing is sent,
 * byte for byte; of each point first the segments, then pages and manifest, at last the part of the backup file, which publishes it. Killed anywhere, it has
 * published nothing half, and the next copy goes on. A point that is broken or damaged in the source is left out and said; the others go on, also those that name
 * a damaged segment and need nothing of what is bad in it. It keeps no memory of what retention removed from the copy: while the source has such a point it is
 * copied again.
 */
import type { Clock } from "../../clock/clock.ts";
import type { BlockStore } from "../../store/blocks/block-store.ts";
import { DamageError } from "../format/damage.ts";
import { opaqueName } from "../format/data-key.ts";
import { places } from "../format/places.ts";
import { filePart } from "../format/records.ts";
import { nameOf, readCatalog, type Catalog, type CatalogPoint } from "../repository/catalog.ts";
import { lockMachine } from "../repository/machine-lock.ts";
import type { Repository } from "../repository/repository.ts";
import { readPoint } from "../restore/read-point.ts";
import { BadInCopy } from "./bad-in-copy.ts";
import { copySegment, type CopyCounts, type SegmentCopy } from "./copy-segment.ts";
import { openCopyTarget } from "./target.ts";

export interface CopyWish {
  readonly from: Repository;
  readonly to: BlockStore;
  readonly steady: Clock;
  /** ISO 8601, UTC. */
  readonly now: () => string;
  readonly signal: AbortSignal;
  readonly onPoint: (point: CatalogPoint) => void;
  readonly onProgress: (bytes: number) => void;
}

export interface CopyReport extends CopyCounts {
  /** In the target already. */
  readonly present: number;
  readonly skipped: readonly { readonly id: string; readonly machine: string; readonly disk: string; readonly why: string }[];
}

/** @throws OtherStoreError, StoreLockedError */
export async function copyPoints(wish: CopyWish): Promise<CopyReport> {
  const { from, steady, signal } = wish;
  const to = await openCopyTarget(from, wish.to);
  const lock = await lockMachine(to, opaqueName(from.key, "job", "\0copy"), "a copy to this store", steady);
  try {
    return await new Copy({ ...wish, signal: AbortSignal.any([signal, lock.lost]) }, to).carryOut();
  } finally {
    await lock.release();
  }
}

class Copy {
  readonly #wish: CopyWish;
  readonly #to: Repository;
  readonly #counts: CopyCounts = { points: 0, unitsSent: 0, unitsReused: 0, bytesSent: 0 };
  readonly #skipped: { id: string; machine: string; disk: string; why: string }[] = [];
  /** Keys below `index/` that the target has. */
  readonly #objects = new Set<string>();
  readonly #segments = new Set<string>();
  readonly #bad: BadInCopy;
  #present = 0;

  constructor(wish: CopyWish, to: Repository) {
    this.#wish = wish;
    this.#to = to;
    this.#bad = new BadInCopy(wish.from, to, wish.now);
  }

  async carryOut(): Promise<CopyReport> {
    const { from } = this.#wish;
    const [catalog, there] = [await readCatalog(from), await readCatalog(this.#to)];
    for (const lost of catalog.lost) this.#skip(lost, lost.reason);
    for await (const place of this.#to.store.list(places.index)) this.#objects.add(place);
    const published = new Set(there.parts.map(({ place }) => place));
    const byPart = Map.groupBy(catalog.points, ({ file, part }) => places.filePart(file, part));
    for (const [place, points] of byPart) {
      this.#wish.signal.throwIfAborted();
      if (published.has(place) && points.every((point) => isThere(there, point))) this.#present += points.length;
      else await this.#copyPart(place, points, there);
    }
    return { ...this.#counts, present: this.#present, skipped: this.#skipped };
  }

  async #copyPart(place: string, points: readonly CatalogPoint[], there: Catalog): Promise<void> {
    const wanted = points.filter((point) => !there.removed.has(nameOf(point)));
    try {
      for (const point of wanted) await this.#copyData(point);
      await this.#publish(place, wanted);
    } catch (error) {
      if (!(error instanceof DamageError)) throw error;
      for (const { row } of wanted) this.#skip(row, error.message);
      return;
    }
    this.#counts.points += wanted.length;
  }

  async #copyData(point: CatalogPoint): Promise<void> {
    const { from, onPoint, onProgress, signal } = this.#wish;
    if (point.broken !== undefined) throw new DamageError(point.row.manifest, point.broken);
    const opened = await readPoint(from, point);
    const { manifest, pagePlace } = opened;
    const spare = await this.#bad.sparedBy(opened);
    onPoint(point);
    const copy: SegmentCopy = { from, to: this.#to, counts: this.#counts, signal, onProgress };
    for (const segment of manifest.segments) {
      if (this.#segments.has(segment)) continue;
      await copySegment(copy, segment, spare);
      this.#segments.add(segment);
    }
    for (const id of manifest.pages) if (id !== null) await this.#copyObject(pagePlace(id));
    await this.#copyObject(point.row.manifest);
  }

  /** Byte for byte, once it was seen to be whole. */
  async #copyObject(place: string): Promise<void> {
    if (this.#objects.has(place)) return;
    const { from } = this.#wish;
    const [plain, stored] = [await from.read(place), await from.store.get(place)];
    if (plain === undefined || stored === undefined) throw new DamageError(place, "it is missing");
    await this.#to.store.create(place, stored.bytes);
    this.#objects.add(place);
    this.#counts.bytesSent += stored.bytes.byteLength;
  }

  /** What the source has removed of the part is removed in the target before the part is there. */
  async #publish(place: string, points: readonly CatalogPoint[]): Promise<void> {
    const { from } = this.#wish;
    const found = await from.readWithKey(place, filePart);
    if (found === undefined) throw new DamageError(place, "it is missing");
    const { value, key } = found;
    const copied = new Set(points.map(nameOf));
    for (const row of value.points) {
      const [machine, disk] = [opaqueName(key, "machine", row.machine), opaqueName(key, "disk", row.disk)];
      if (copied.has(`${machine}/${row.id}~${disk}`)) continue;
      const record = {
        point: row.id,
        machine: row.machine,
        disk: row.disk,
        removedAt: value.createdAt,
        reason: "not in the store it was copied from",
      };
      await this.#to.createRecord(places.removedPoint(machine, row.id, disk), record);
    }
    await this.#copyObject(place);
    for (const { machineName, row, diskName } of points) await this.#copyObject(places.point(machineName, row.id, diskName));
  }

  #skip({ id, machine, disk }: { readonly id: string; readonly machine: string; readonly disk: string }, why: string): void {
    this.#skipped.push({ id, machine, disk, why });
  }
}

/** Published there, or published and removed. */
function isThere({ points, removed }: Catalog, point: CatalogPoint): boolean {
  const name = nameOf(point);
  return removed.has(name) || points.some((each) => nameOf(each) === name && each.broken === undefined);
}
