/**
 * A restore: points of one machine to a place. In: points that were chosen, and where to. Out: disks and folders as they were, and what could not be made. One
 * disk becomes the file or device that is named; several become images in the folder that is named. Killed anywhere, the same restore again goes on with what
 * is there; a target or a store that is away for a while is waited for.
 *
 * Nothing is written before the manifests of all points were read. What is damaged later on is found by its hash, and ends the restore.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../clock/clock.ts";
import { DEFAULT_PATIENCE, reconnect, type Patience } from "../files/patience.ts";
import { WorkerPool } from "../pipeline/worker-pool.ts";
import type { CatalogPoint } from "../repository/catalog.ts";
import type { Repository } from "../repository/repository.ts";
import type { PathBytes } from "../source/source.ts";
import { PointChoiceError } from "./choose-points.ts";
import { pathBelow, pathFilter } from "./path-filter.ts";
import { readPoint, readingContext, type OpenPoint } from "./read-point.ts";
import { restoreDisk, type RestoreCounts } from "./restore-disk.ts";
import { restoreFolder, type FolderProblem } from "./restore-folder.ts";
import { isThereAlready } from "./standing-image.ts";
import { openDiskTarget } from "./target/disk-target.ts";
import { openFolderTarget } from "./target/folder-target.ts";
import { TargetError } from "./target/target.ts";
import { partsAt } from "./tree-search.ts";

export interface RestoreWish {
  readonly repository: Repository;
  /** Of one machine, one for each disk (`choosePoints`). */
  readonly points: readonly CatalogPoint[];
  readonly to: string;
  /** Of folders: only these. Empty: everything. */
  readonly paths: readonly string[];
  readonly overwrite: boolean;
  readonly clock: Clock;
  readonly patience?: Patience;
  readonly signal: AbortSignal;
  readonly counts: RestoreCounts;
  readonly onPart: (part: RestoredPart) => void;
  readonly onProgress: (bytes: number) => void;
  readonly onProblem: (part: RestoredPart, problem: FolderProblem) => void;
  /** The target is away, and waited for. */
  readonly onLost: (error: Error) => void;
}

export interface RestoredPart {
  readonly machine: string;
  readonly disk: string;
  readonly point: string;
  readonly kind: "disk" | "folder";
  readonly to: string;
  readonly sizeBytes: number;
}

interface Part {
  readonly shown: RestoredPart;
  readonly opened: OpenPoint;
  readonly paths: readonly PathBytes[];
}

/** @throws PointChoiceError for paths that no point has; DamageError; TargetError; StoreError */
export async function restorePoints(wish: RestoreWish): Promise<readonly RestoredPart[]> {
  const parts = await plan(wish);
  if (parts.length > 1) await mkdir(wish.to, { recursive: true, mode: 0o700 });
  for (const part of parts) {
    wish.onPart(part.shown);
    const workers = new WorkerPool(readingContext(part.opened.key));
    try {
      await persisting(wish, () => (part.shown.kind === "disk" ? writeDisk(wish, part, workers) : writeFolder(wish, part, workers)));
    } finally {
      await workers.close();
    }
  }
  return parts.map(({ shown }) => shown);
}

async function plan({ repository, points, to, paths }: RestoreWish): Promise<readonly Part[]> {
  const opened: OpenPoint[] = [];
  for (const point of points) opened.push(await readPoint(repository, point));
  const parts = opened.map((each): Part => {
    const { machine, disk, point, source, sizeBytes } = each.manifest;
    const place = opened.length === 1 ? to : join(to, nameInFolder(disk));
    return {
      shown: { machine, disk, point, kind: source.kind, to: place, sizeBytes },
      opened: each,
      paths: paths.map((path) => pathBelow(path, source.path)),
    };
  });
  if (paths.length === 0) return parts;
  const disk = parts.find(({ shown }) => shown.kind === "disk");
  if (disk !== undefined)
    throw new PointChoiceError(
      `--path: found for ${JSON.stringify(disk.shown.disk)}, which is a disk; allowed: for folders, chosen with --disk.`,
    );
  const found = new Map<Part, PathBytes[]>(parts.map((part) => [part, []]));
  for (const [index, path] of paths.entries()) {
    let isThere = false;
    for (const part of parts) {
      const below = part.paths[index];
      if (below === undefined || !(await has(repository, part, below))) continue;
      found.get(part)?.push(below);
      isThere = true;
    }
    if (!isThere)
      throw new PointChoiceError(
        `--path: found ${JSON.stringify(path)}; allowed: a path that is in point ${parts[0]?.shown.point ?? ""}, from the folder that was backed up.`,
      );
  }
  return parts.map((part) => ({ ...part, paths: found.get(part) ?? [] })).filter((part) => part.paths.length > 0);
}

async function has(repository: Repository, { opened }: Part, path: PathBytes): Promise<boolean> {
  if (path.length === 0) return true;
  const { manifest, pagePlace } = opened;
  const { done } = await partsAt({ repository, pagePlace, pages: manifest.pages }, path).next();
  return done !== true;
}

/** Names come from records: none leads out of the folder. */
function nameInFolder(disk: string): string {
  const name = disk.replaceAll(/[/\\\p{Cc}]/gu, "_");
  return name === "" || name === "." || name === ".." ? `_${name}` : name;
}

/** Carries the restore of a part out, again while its target is away. */
async function persisting(
  { clock, patience = DEFAULT_PATIENCE, signal, counts, onLost }: RestoreWish,
  run: () => Promise<void>,
): Promise<void> {
  const isLost = (error: unknown): boolean => error instanceof TargetError && error.code === "TARGET_UNREACHABLE";
  let hasWorked = false;
  const attempt = async (): Promise<"done" | Error> => {
    const before = counts.bytesWritten;
    try {
      await run();
      return "done";
    } catch (error) {
      // Something was written: the patience counts anew from here.
      if (!isLost(error) || counts.bytesWritten === before) throw error;
      hasWorked = true;
      return error as Error;
    }
  };
  let outcome = await attempt();
  while (outcome !== "done") {
    onLost(outcome);
    outcome = await reconnect(attempt, outcome, { clock, patience, isLost: (error) => isLost(error) && hasWorked, signal });
  }
}

async function writeDisk(wish: RestoreWish, { opened, shown }: Part, workers: WorkerPool): Promise<void> {
  const { repository, overwrite, counts, signal, onProgress } = wish;
  const { manifest, pagePlace } = opened;
  const { to, sizeBytes } = shown;
  if (await isThereAlready({ repository, workers, manifest, pagePlace, path: to, signal })) {
    counts.bytesKept += sizeBytes;
    onProgress(sizeBytes);
    return;
  }
  const target = await openDiskTarget({ path: to, sizeBytes, overwrite });
  try {
    await restoreDisk({ repository, workers, manifest, pagePlace, target, counts, signal, onProgress });
    await target.finish();
  } finally {
    await target.close();
  }
}

async function writeFolder(wish: RestoreWish, part: Part, workers: WorkerPool): Promise<void> {
  const { repository, overwrite, counts, signal, onProgress, onProblem } = wish;
  const { manifest, pagePlace } = part.opened;
  const problem = (each: FolderProblem): void => onProblem(part.shown, each);
  const target = await openFolderTarget({
    path: part.shown.to,
    overwrite,
    onRemark: ({ path, why }) => problem({ path, why, isMissing: false }),
  });
  try {
    await restoreFolder({
      tree: { repository, pagePlace, pages: manifest.pages },
      workers,
      target,
      filter: pathFilter(part.paths),
      counts,
      signal,
      onProgress,
      onProblem: problem,
    });
    await target.finish();
  } finally {
    await target.close();
  }
}
