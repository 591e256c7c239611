/**
 * Which points cannot be restored, and what of them is missing (J13). In: what is in the store, and what sessions say they published. Out: exactly the points
 * whose record, manifest or data is gone, and those that need one of these. It reads no bytes: data that is there but damaged is found when it is read.
 */
import { taskWords, type TaskId } from "../job/job.ts";
import { pointKey, pointsOf, type ChainPoint, type FileRecord } from "./chain.ts";

/** Says that a point was published: a session's record, where retention has not removed the point since. */
export interface PointClaim extends TaskId {
  readonly id: string;
  readonly file: string;
}

export interface PointManifest extends TaskId {
  readonly id: string;
  readonly key: string;
  /** Keys of everything that restoring the point reads: segments, index pages, other manifests. */
  readonly needs: readonly string[];
}

export interface ChainView {
  readonly files: readonly FileRecord[];
  readonly claims: readonly PointClaim[];
  readonly manifests: readonly PointManifest[];
  /** Keys of the segments and index pages that are there. */
  readonly data: ReadonlySet<string>;
}

export interface BrokenPoint extends TaskId {
  readonly id: string;
  readonly file: string;
  readonly cause: "record" | "part" | "manifest" | "data" | "needed-point";
  /** The id or key of what is gone; for `needed-point` the key of that point's manifest. */
  readonly missing: string;
  readonly reason: string;
}

/** By `pointKey`. */
export function findBroken({ files, claims, manifests, data }: ChainView): Map<string, BrokenPoint> {
  const listed = new Map(pointsOf(files).map((point) => [pointKey(point), point]));
  const records = new Set(files.map(({ id }) => id));
  const manifestOf = new Map(manifests.map((manifest) => [pointKey(manifest), manifest]));
  const manifestKeys = new Set(manifests.map(({ key }) => key));
  const broken = new Map<string, BrokenPoint>();
  const breaks = (point: PointClaim, cause: BrokenPoint["cause"], missing: string, what: string): void => {
    const { id, machine, disk, file } = point;
    const reason = `Point ${id} (${taskWords(point)}) is broken: ${what}.`;
    broken.set(pointKey(point), { id, machine, disk, file, cause, missing, reason });
  };

  for (const claim of claims) {
    if (listed.has(pointKey(claim))) continue;
    if (records.has(claim.file)) breaks(claim, "part", claim.file, `the part of backup file ${claim.file} that lists it is missing`);
    else breaks(claim, "record", claim.file, `the record of backup file ${claim.file} is missing`);
  }
  for (const [key, point] of listed) {
    const manifest = manifestOf.get(key);
    const gone = manifest?.needs.find((need) => !data.has(need) && !manifestKeys.has(need));
    if (manifest === undefined) breaks(point, "manifest", point.id, `its manifest is missing`);
    else if (gone !== undefined) breaks(point, "data", gone, `${gone} is missing`);
  }
  spread(broken, [...listed.values()], manifestOf, breaks);
  return broken;
}

type Listed = ChainPoint & { readonly file: string };

/** A point that needs a broken one is broken too, and so on until nothing changes. */
function spread(
  broken: ReadonlyMap<string, BrokenPoint>,
  listed: readonly Listed[],
  manifestOf: ReadonlyMap<string, PointManifest>,
  breaks: (point: Listed, cause: "needed-point", missing: string, what: string) => void,
): void {
  const ownerOf = new Map([...manifestOf].map(([point, { key }]) => [key, point]));
  for (let known = 0; known < broken.size;) {
    known = broken.size;
    for (const point of listed) {
      if (broken.has(pointKey(point))) continue;
      const bad = manifestOf.get(pointKey(point))?.needs.find((need) => broken.has(ownerOf.get(need) ?? ""));
      const cause = bad === undefined ? undefined : broken.get(ownerOf.get(bad) ?? "");
      if (bad !== undefined && cause !== undefined)
        breaks(point, "needed-point", bad, `it needs point ${cause.id} (${taskWords(cause)}), which is broken`);
    }
  }
}
