/** A restore in a test, with everything that it tells. */
import { choosePoints, type PointChoice } from "../../src/agent/restore/choose-points.ts";
import { restorePoints, type RestoreWish, type RestoredPart } from "../../src/agent/restore/restore.ts";
import type { RestoreCounts } from "../../src/agent/restore/restore-disk.ts";
import { readCatalog } from "../../src/agent/repository/catalog.ts";
import type { Repository } from "../../src/agent/repository/repository.ts";
import { steadyClock } from "../../src/clock/clock.ts";

export interface Told {
  readonly parts: readonly RestoredPart[];
  readonly counts: RestoreCounts;
  /** `PATH: WHY`, with `!` before entries that are not there. */
  readonly problems: readonly string[];
}

export type RestoreChoice = Partial<PointChoice> &
  Partial<Pick<RestoreWish, "paths" | "overwrite" | "signal" | "onProgress" | "patience" | "onLost">>;

export async function restoreTo(repository: Repository, to: string, choice: RestoreChoice = {}): Promise<Told> {
  const { point = "latest", machine, disk, ...wish } = choice;
  const counts: RestoreCounts = { bytesWritten: 0, blocksVerified: 0, bytesKept: 0 };
  const problems: string[] = [];
  const parts = await restorePoints({
    repository,
    points: choosePoints(await readCatalog(repository), { point, machine, disk }),
    to,
    paths: [],
    overwrite: false,
    clock: steadyClock,
    signal: new AbortController().signal,
    counts,
    onPart: () => {},
    onProgress: () => {},
    onProblem: (_, { path, why, isMissing }) => problems.push(`${isMissing ? "!" : ""}${Buffer.from(path).toString("latin1")}: ${why}`),
    onLost: () => {},
    ...wish,
  });
  return { parts, counts, problems };
}
