/**
 * What is in a store: backup files, and the restore points that their parts list. In: a repository. Out: points with the file each is in, removed ones left out,
 * and those named that cannot be restored because a record is missing or damaged. The manifests themselves are not looked at; `verify` does that.
 */
import { opaqueName } from "../format/data-key.ts";
import { DamageError } from "../format/damage.ts";
import { places } from "../format/places.ts";
import { filePart, pointWitness, type FilePart, type PointRow } from "../format/records.ts";
import type { Repository, StoreKey } from "./repository.ts";

export interface CatalogPoint {
  readonly row: PointRow;
  readonly file: string;
  readonly part: number;
  readonly session: string;
  readonly key: StoreKey;
  /** Opaque names. */
  readonly machineName: string;
  readonly diskName: string;
  /** Why it cannot be restored. */
  readonly broken?: string;
}

export interface BackupFile {
  readonly id: string;
  readonly session: string;
  readonly layout: FilePart["layout"];
  readonly parts: number;
  readonly points: readonly CatalogPoint[];
}

/** A point that was published and whose record is not there, or cannot be read. */
export interface LostPoint {
  readonly id: string;
  readonly machine: string;
  readonly disk: string;
  readonly file: string;
  readonly why: string;
}

export interface Catalog {
  /** Oldest first. */
  readonly points: readonly CatalogPoint[];
  readonly files: readonly BackupFile[];
  readonly lost: readonly LostPoint[];
  /** Records that cannot be read, and why. */
  readonly damaged: readonly { readonly place: string; readonly why: string }[];
}

const READS_AT_ONCE = 8;

export async function readCatalog(repository: Repository): Promise<Catalog> {
  const { store } = repository;
  const damaged: { place: string; why: string }[] = [];
  const removed = new Set<string>();
  for await (const place of store.list(places.removed)) removed.add(place.slice(places.removed.length));
  const parts: { readonly id: string; readonly part: number; readonly value: FilePart; readonly points: CatalogPoint[] }[] = [];
  await forEachKey(store.list(places.files), async (place) => {
    const [, id = "", number = ""] = place.split("/");
    const found = await repository.readWithKey(place, filePart).catch((error: unknown) => {
      if (!(error instanceof DamageError)) throw error;
      damaged.push({ place, why: error.message });
      return undefined;
    });
    if (found === undefined) return;
    const { value, key } = found;
    const points = value.points
      .map((row) => {
        const machineName = opaqueName(key, "machine", row.machine);
        const diskName = opaqueName(key, "disk", row.disk);
        return { row, file: id, part: Number(number), session: value.session, key, machineName, diskName };
      })
      .filter(({ machineName, row, diskName }) => !removed.has(`${machineName}/${row.id}~${diskName}`));
    parts.push({ id, part: Number(number), value, points });
  });
  parts.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : a.part - b.part));
  const listed = parts.flatMap(({ points }) => points);
  const lost = await lostPoints(repository, listed, removed);
  const points = withBroken(listed, lost).toSorted((a, b) => a.row.createdAt.localeCompare(b.row.createdAt));
  return { points, files: filesOf(parts, points), lost, damaged };
}

function filesOf(
  parts: readonly { readonly id: string; readonly value: FilePart; readonly points: readonly CatalogPoint[] }[],
  points: readonly CatalogPoint[],
): readonly BackupFile[] {
  const files = new Map<string, BackupFile>();
  for (const { id, value } of parts) {
    const before = files.get(id);
    files.set(id, { id, session: value.session, layout: value.layout, parts: (before?.parts ?? 0) + 1, points: [] });
  }
  return [...files.values()]
    .map((file) => ({ ...file, points: points.filter((point) => point.file === file.id) }))
    .filter((file) => file.points.length > 0);
}

/** Points that say that they were published, in a file that does not list them. */
async function lostPoints(
  repository: Repository,
  listed: readonly CatalogPoint[],
  removed: ReadonlySet<string>,
): Promise<readonly LostPoint[]> {
  const known = new Set(listed.map(({ machineName, row, diskName }) => `${machineName}/${row.id}~${diskName}`));
  const lost: LostPoint[] = [];
  await forEachKey(repository.store.list(places.points), async (place) => {
    const name = place.slice(places.points.length);
    if (known.has(name) || removed.has(name)) return;
    const witness = await repository.readRecord(place, pointWitness).catch((error: unknown) => {
      if (error instanceof DamageError) return undefined;
      throw error;
    });
    if (witness === undefined) return;
    const why = `the record of backup file ${witness.file} that holds it is missing or damaged`;
    lost.push({ id: witness.point, machine: witness.machine, disk: witness.disk, file: witness.file, why });
  });
  return lost.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** A chain is read through its records: who depends on a lost point is broken too. */
function withBroken(listed: readonly CatalogPoint[], lost: readonly LostPoint[]): readonly CatalogPoint[] {
  const nameOf = (machine: string, disk: string, id: string): string => JSON.stringify([machine, disk, id]);
  const broken = new Map(lost.map(({ machine, disk, id, why }) => [nameOf(machine, disk, id), why]));
  const byAge = listed.toSorted((a, b) => a.row.createdAt.localeCompare(b.row.createdAt));
  return byAge.map((point) => {
    const { row } = point;
    if (row.parent === undefined || !broken.has(nameOf(row.machine, row.disk, row.parent))) return point;
    const why = `it depends on point ${row.parent}, which is broken`;
    broken.set(nameOf(row.machine, row.disk, row.id), why);
    return { ...point, broken: why };
  });
}

/** Calls `visit` for every key, some at once. */
export async function forEachKey(keys: AsyncIterable<string>, visit: (key: string) => Promise<void>): Promise<void> {
  const underWay = new Set<Promise<void>>();
  for await (const key of keys) {
    const run = visit(key).finally(() => underWay.delete(run));
    underWay.add(run);
    if (underWay.size >= READS_AT_ONCE) await Promise.race(underWay);
  }
  await Promise.all(underWay);
}
