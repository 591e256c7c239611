/** What the tests of prune share: a store with some points of two disks of a machine, and a prune of it. */
import { randomBytes } from "node:crypto";
import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { prune, type PruneReport, type PruneWish } from "../../../src/agent/prune/prune.ts";
import { readCatalog } from "../../../src/agent/repository/catalog.ts";
import type { Repository } from "../../../src/agent/repository/repository.ts";
import { systemClock } from "../../../src/clock/clock.ts";
import type { AgentJob } from "../../../src/policy/job/job.ts";
import type { BlockStore } from "../../../src/store/blocks/block-store.ts";
import { createMemoryBlockStore } from "../../../src/store/blocks/memory.ts";
import { backUp, jobOf, openTestRepository, testFolder } from "../../support/agent-store.ts";
import { keysBelow, segmentsOf } from "../../support/damage-store.ts";
import { verified } from "../../support/verified.ts";

export interface Filled {
  readonly store: BlockStore;
  readonly repository: Repository;
  readonly job: AgentJob;
  readonly disk: string;
  /** Writes some bytes into the disk. */
  readonly change: (at: number) => void;
}

/** `sessions` points of a disk of 200 KB, of which each session changes a part, and of a folder. */
export async function filled(sessions: number, store: BlockStore = createMemoryBlockStore()): Promise<Filled> {
  const folder = testFolder();
  const disk = join(folder, "disk.img");
  writeFileSync(disk, randomBytes(200_000));
  const job = jobOf({ d: disk }, { blockSizeBytes: 4096, compression: { codec: "none" } });
  const repository = await openTestRepository(store);
  const change = (at: number): void => {
    const file = openSync(disk, "r+");
    writeSync(file, randomBytes(5_000), 0, 5_000, at);
    closeSync(file);
  };
  for (let session = 0; session < sessions; session++) {
    // The same place twice: what one session wrote no later point needs.
    if (session > 0) change(Math.floor(session / 2) * 20_000);
    await backUp(repository, job);
  }
  return { store, repository, job, disk, change };
}

export async function pruned(repository: Repository, wish: Partial<PruneWish> = {}): Promise<PruneReport> {
  return prune({
    repository,
    rules: { keepLast: 2 },
    dryRun: false,
    clock: systemClock,
    nowMs: Date.now(),
    signal: new AbortController().signal,
    ...wish,
  });
}

/** Everything but sessions and locks. */
export async function contentOf(store: BlockStore): Promise<readonly string[]> {
  const keys = (await keysBelow(store, "")).filter((key) => !key.startsWith("sessions/") && !key.startsWith("state/locks/"));
  return [...keys, ...(await segmentsOf(store))];
}

/** What `verify` finds, and which points there are. */
export async function listed(
  repository: Repository,
  full = false,
): Promise<{ readonly ids: readonly string[]; readonly damaged: readonly string[] }> {
  const catalog = await readCatalog(repository);
  const { damaged } = await verified(repository, full);
  return { ids: catalog.points.map(({ row }) => row.id), damaged: damaged.map(({ why }) => why) };
}
