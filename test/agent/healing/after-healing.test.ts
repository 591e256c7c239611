/** What comes after damage was healed: retention, copies, transfers that are cut off. */
import { unlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { copyPoints, type CopyReport } from "../../../src/agent/copy/copy.ts";
import type { Repository } from "../../../src/agent/repository/repository.ts";
import { steadyClock } from "../../../src/clock/clock.ts";
import type { BlockStore } from "../../../src/store/blocks/block-store.ts";
import { DiskResumeIndex, FolderResumeIndex } from "../../../src/agent/backup/resume-index.ts";
import { packUnitId } from "../../../src/agent/format/ids.ts";
import { BadUnits } from "../../../src/agent/repository/bad-units.ts";
import { createMemoryBlockStore } from "../../../src/store/blocks/memory.ts";
import { openDirectoryBlockStore } from "../../../src/store/blocks/directory.ts";
import { backUp, openTestRepository, pointsOf } from "../../support/agent-store.ts";
import { keysBelow, segmentsOf } from "../../support/damage-store.ts";
import { restoreTo } from "../../support/restore-to.ts";
import { pruned } from "../prune/prune-store.ts";
import { verified } from "../../support/verified.ts";
import { removeSegment, sameContent, segmentFolders, spoil, unitsIn, workplace } from "./damaged-store.ts";

const TIME_LIMIT = { timeout: 120_000 };

async function copied(from: Repository, to: BlockStore): Promise<CopyReport> {
  const now = (): string => new Date().toISOString();
  const signal = new AbortController().signal;
  return copyPoints({ from, to, steady: steadyClock, now, signal, onPoint: () => {}, onProgress: () => {} });
}

describe("units of a transfer that was cut off", () => {
  it("J7, J13: are not gone on with where they are on record as bad", async () => {
    const store = createMemoryBlockStore();
    const segment = `data/m/d/${"a".repeat(32)}-0001-000001`;
    const [one, two] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    const ids = [one, two].map((hash) => packUnitId({ attempt: 1, unitNumber: 7, hash }));
    for (const id of ids) await store.putUnit(segment, id, new Uint8Array(100));
    await store.seal(segment, ids);
    const bad = new BadUnits();
    const disk = async (): Promise<Uint8Array> => (await DiskResumeIndex.open(store, "data/m/d/", bad)).candidates(7);
    const folder = async (): Promise<Uint8Array> => new Uint8Array((await FolderResumeIndex.open(store, "data/m/d/", bad)).hashes);
    for (const hashes of [await disk(), await folder()]) expect([...hashes]).toEqual([...one, ...two]);
    bad.add(segment, 0);
    for (const hashes of [await disk(), await folder()]) expect([...hashes]).toEqual([...two]);
  });
});

describe("after a heal", () => {
  it.each(["a unit", "the segment"])("J13: prune removes the record of %s with its segment, not before", TIME_LIMIT, async (what) => {
    const { store, open, job } = workplace("disk");
    await backUp(await open(), job);
    const [segment = ""] = segmentFolders(store);
    if (what === "a unit") for (const unit of unitsIn(segment)) spoil(unit);
    else removeSegment(segment);
    await verified(await open());
    await backUp(await open(), job);
    await backUp(await open(), job);
    const repository = await open();
    // The first point, which needs the segment, stays.
    await pruned(repository, { rules: { keepLast: 3 } });
    expect(await keysBelow(repository.store, "damage/")).toHaveLength(1);
    expect(await pruned(repository, { rules: { keepLast: 1 } })).toMatchObject({ removed: 2, skipped: [] });
    expect(await keysBelow(repository.store, "damage/")).toEqual([]);
    expect(await segmentsOf(repository.store)).toHaveLength(1);
    expect((await verified(await open())).damaged).toEqual([]);
  });

  it.each(["spoiled", "gone"])(
    "J13: a point that was healed is copied, and those that need the %s unit are not",
    TIME_LIMIT,
    async (how) => {
      const { store, source, folder, open, job } = workplace("disk", "a word");
      await backUp(await open(), job);
      const [unit = ""] = unitsIn(segmentFolders(store)[0] ?? "");
      if (how === "spoiled") spoil(unit);
      else unlinkSync(unit);
      const to = openDirectoryBlockStore(join(folder, "copy"));
      expect(await copied(await open(), to)).toMatchObject({
        points: 0,
        skipped: [{ why: expect.stringContaining("is damaged") as string }],
      });
      await verified(await open());
      await backUp(await open(), job);
      const ids = (await pointsOf(await open())).map(({ row }) => row.id);
      for (const expected of [
        { points: 1, present: 0 },
        { points: 0, present: 1 },
      ])
        expect(await copied(await open(), to)).toMatchObject({ ...expected, skipped: [{ id: ids[0] }] });
      const copy = await openTestRepository(to, { password: "a word" });
      expect((await pointsOf(copy)).map(({ row }) => row.id)).toEqual([ids[1]]);
      expect((await verified(copy)).damaged).toEqual([]);
      await restoreTo(copy, join(folder, "out"), { point: "latest" });
      expect(sameContent(source, join(folder, "out"))).toBe(true);
      // What the copy lacks is on record in it: a backup to it does not rely on it either, should the source have it again.
      expect((await backUp(copy, job)).tasks).toMatchObject([{ result: "success", blocksSent: 0 }]);
      expect(await keysBelow(to, "damage/")).toHaveLength(1);
    },
  );

  it("J7, J13: a heal that is cut off goes on where it was", TIME_LIMIT, async () => {
    const { store, source, folder, open, job } = workplace("disk");
    await backUp(await open(), job);
    for (const unit of unitsIn(segmentFolders(store)[0] ?? "")) spoil(unit);
    await verified(await open());
    let units = 2;
    const whole = openDirectoryBlockStore(store);
    const failing: BlockStore = {
      ...whole,
      putUnit: async (...args) => {
        if (units-- <= 0) throw new Error("the power went");
        await whole.putUnit(...args);
      },
    };
    expect((await backUp(await openTestRepository(failing), job)).tasks).toMatchObject([{ result: "failed" }]);
    expect((await backUp(await open(), job)).tasks).toMatchObject([{ blocksResumed: 128, blocksSent: 64, blocksHealed: 192 }]);
    await restoreTo(await open(), join(folder, "out"), { point: "latest" });
    expect(sameContent(source, join(folder, "out"))).toBe(true);
  });
});
