/**
 * What is in a store: backup files, and the restore points that their parts list. In: a repository. Out: points with the file each is in, removed ones left out,
 * and those named that cannot be restored because a record is missing or damaged. The manifests themselves are not looked at; `verify` does that.
 */
import { findBroken, type PointClaim } from "../../policy/chain/broken.ts";
import { pointKey, type ChainPoint, type FileRecord } from "../../policy/chain/chain.ts";
import { opaqueName } from "../format/data-key.ts";
import { DamageError } from "../format/damage.ts";
import { places } from "../format/places.ts";
import { filePart, pointWitness, type FilePart, type PointRow, type PointWitness } from "../format/records.ts";
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

/** A point that was published and whose record is not there, or cannot be read. */
export interface LostPoint extends PointClaim {
  readonly reason: string;
  /** The part of the file that listed it. */
  readonly part: number;
  /** Opaque. */
  readonly machineName: string;
  readonly witness: PointWitness;
}

export interface Catalog {
  /** Oldest first. */
  readonly points: readonly CatalogPoint[];
  readonly files: readonly FileRecord[];
  readonly lost: readonly LostPoint[];
  /** All parts that can be read, with what they list, removed points too: as `MACHINE/POINT~DISK`. */
  readonly parts: readonly { readonly place: string; readonly lists: readonly string[] }[];
  /** Points that retention has removed and whose records may still be there, in the same form. */
  readonly removed: ReadonlySet<string>;
  /** Records that cannot be read, and why. */
  readonly damaged: readonly { readonly place: string; readonly why: string }[];
}

const READS_AT_ONCE = 8;

export async function readCatalog(repository: Repository): Promise<Catalog> {
  const { store } = repository;
  const damaged: { place: string; why: string }[] = [];
  const removed = new Set<string>();
  for await (const place of store.list(places.removed)) removed.add(place.slice(places.removed.length));
  const parts: ReadPart[] = [];
  const lists: { place: string; lists: readonly string[] }[] = [];
  await forEachKey(store.list(places.files), async (place) => {
    const [, id = "", number = ""] = place.split("/");
    const found = await repository.readWithKey(place, filePart).catch((error: unknown) => {
      if (!(error instanceof DamageError)) throw error;
      damaged.push({ place, why: error.message });
      return undefined;
    });
    if (found === undefined) return;
    const { value, key } = found;
    const all = value.points.map((row) => {
      const machineName = opaqueName(key, "machine", row.machine);
      const diskName = opaqueName(key, "disk", row.disk);
      return { row, file: id, part: Number(number), session: value.session, key, machineName, diskName };
    });
    const points = all.filter((point) => !removed.has(nameOf(point)));
    lists.push({ place, lists: all.map(nameOf) });
    parts.push({ id, part: Number(number), value, points });
  });
  parts.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : a.part - b.part));
  const listed = parts.flatMap(({ points }) => points);
  const files = filesOf(parts);
  const claims = await lostPoints(repository, listed, removed, damaged);
  const broken = brokenAmong(files, listed, claims);
  const points = listed
    .map((point) => {
      const why = broken.get(pointKey(point.row));
      return why === undefined ? point : { ...point, broken: why };
    })
    .toSorted((a, b) => a.row.createdAt.localeCompare(b.row.createdAt));
  const lost = claims.map((claim) => ({ ...claim, reason: broken.get(pointKey(claim)) ?? "" }));
  return { points, files, lost, parts: lists, removed, damaged };
}

/** As in keys: `MACHINE/POINT~DISK`. */
export function nameOf({ machineName, row, diskName }: Pick<CatalogPoint, "machineName" | "row" | "diskName">): string {
  return `${machineName}/${row.id}~${diskName}`;
}

interface ReadPart {
  readonly id: string;
  readonly part: number;
  readonly value: FilePart;
  readonly points: readonly CatalogPoint[];
}

function filesOf(parts: readonly ReadPart[]): readonly FileRecord[] {
  const files = new Map<string, FileRecord>();
  for (const { id, value, points } of parts) {
    const part = { points: points.map(({ row }) => chainPoint(row)) };
    const { session, layout, kind } = value;
    const before = files.get(id) ?? { id, session, layout, kind, startedMs: Date.parse(value.startedAt), parts: [] };
    files.set(id, { ...before, parts: [...before.parts, part] });
  }
  return [...files.values()].filter((file) => file.parts.some(({ points }) => points.length > 0));
}

function chainPoint({ id, machine, disk, kind, parent }: PointRow): ChainPoint {
  return { id, machine, disk, kind, ...(parent !== undefined && { parent }) };
}

/** Points that say that they were published, in a file that does not list them. */
async function lostPoints(
  repository: Repository,
  listed: readonly CatalogPoint[],
  removed: ReadonlySet<string>,
  damaged: { place: string; why: string }[],
): Promise<readonly Omit<LostPoint, "reason">[]> {
  const known = new Set(listed.map(nameOf));
  const lost: Omit<LostPoint, "reason">[] = [];
  await forEachKey(repository.store.list(places.points), async (place) => {
    const name = place.slice(places.points.length);
    if (known.has(name) || removed.has(name)) return;
    const witness = await repository.readRecord(place, pointWitness).catch((error: unknown) => {
      if (!(error instanceof DamageError)) throw error;
      damaged.push({ place, why: error.message });
      return undefined;
    });
    if (witness === undefined || (await isListedMeanwhile(repository, witness))) return;
    const { point: id, machine, disk, file, part } = witness;
    lost.push({ id, machine, disk, file, part, machineName: name.split("/")[0] ?? "", witness });
  });
  return lost.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** It was published after the files were read. */
async function isListedMeanwhile(repository: Repository, { file, part, point, machine, disk }: PointWitness): Promise<boolean> {
  const found = await repository.readRecord(places.filePart(file, part), filePart).catch(() => undefined);
  return found?.points.some((row) => row.id === point && row.machine === machine && row.disk === disk) === true;
}

/** A chain is read through its records: who follows a lost point is broken too. What a point needs of segments and pages is looked at by `verify`. */
function brokenAmong(
  files: readonly FileRecord[],
  listed: readonly CatalogPoint[],
  lost: readonly Omit<LostPoint, "reason">[],
): ReadonlyMap<string, string> {
  const keyOf = new Map<string, string>([
    ...listed.map(({ row }) => [pointKey(row), row.manifest] as const),
    ...lost.map((claim) => [pointKey(claim), `lost ${pointKey(claim)}`] as const),
  ]);
  const manifests = [
    ...listed.map(({ row }) => {
      const parent = row.parent === undefined ? undefined : keyOf.get(pointKey({ ...row, id: row.parent }));
      return { ...row, key: row.manifest, needs: parent === undefined ? [] : [parent] };
    }),
    ...lost.map((claim) => ({ ...claim, key: `lost ${pointKey(claim)}`, needs: [] })),
  ];
  const broken = findBroken({ files, claims: lost, manifests, data: new Set() });
  return new Map([...broken].map(([key, { reason }]) => [key, reason]));
}

/** Calls `visit` for every key, some at once. Rejects with the first failure, when none is under way any more. */
export async function forEachKey(keys: AsyncIterable<string>, visit: (key: string) => Promise<void>): Promise<void> {
  const underWay = new Set<Promise<void>>();
  const failures: unknown[] = [];
  for await (const key of keys) {
    const run = visit(key)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => underWay.delete(run));
    underWay.add(run);
    if (underWay.size >= READS_AT_ONCE) await Promise.race(underWay);
    if (failures.length > 0) break;
  }
  await Promise.all(underWay);
  if (failures.length > 0) throw failures[0];
}
