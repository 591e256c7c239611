/** Damage in the store heals: what verify finds bad, the next backup sends again, and its point is whole. On real directory stores, with damaged files. */
import { randomBytes } from "node:crypto";
import { closeSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { CatalogPoint } from "../../../src/agent/repository/catalog.ts";
import { backUp, pointsOf } from "../../support/agent-store.ts";
import { jsonLines, runCommand } from "../../support/command-line.ts";
import { keysBelow } from "../../support/damage-store.ts";
import { restoreTo } from "../../support/restore-to.ts";
import { verified } from "../../support/verified.ts";
import { BLOCK_BYTES, removeSegment, sameContent, segmentFolders, spoil, unitsIn, workplace, type SourceKind } from "./damaged-store.ts";

const TIME_LIMIT = { timeout: 60_000 };
const CASES = (["disk", "folder"] as const).flatMap((kind) => [undefined, "a word"].map((password) => ({ kind, password })));

const idsOf = (points: readonly CatalogPoint[]): readonly string[] => points.map(({ row }) => row.id);

describe("a unit whose bytes were damaged", () => {
  it.each(CASES)(
    "J13: of a $kind (password: $password): its blocks are sent again, no others, and the next point is whole",
    TIME_LIMIT,
    async ({ kind, password }) => {
      const { store, source, folder, job, open } = workplace(kind, password);
      await backUp(await open(), job);
      const [segment = ""] = segmentFolders(store);
      const [unit = ""] = unitsIn(segment);
      spoil(unit);
      const found = await verified(await open());
      expect(found).toMatchObject({ recorded: 1, damaged: [{ points: [{ disk: "d" }] }] });
      const perUnit = (4 * 1024 * 1024) / BLOCK_BYTES;
      const { tasks } = await backUp(await open(), job);
      expect(tasks).toMatchObject([{ result: "warning", kind: "incremental", blocksSent: perUnit, blocksHealed: perUnit }]);
      expect(tasks[0]).not.toHaveProperty("fullTransferReason");
      expect(tasks[0]?.blocksReused).toBeGreaterThan(perUnit);
      expect(tasks[0]?.remarks.join()).toContain(`${perUnit} blocks`);

      const repository = await open();
      const [old, healed] = await pointsOf(repository);
      if (old === undefined || healed === undefined) throw new Error("a point is missing");
      // Named as broken: the old one, and it alone.
      const after = await verified(repository);
      expect(after.damaged.flatMap(({ points }) => points.map(({ id }) => id))).toEqual([old.row.id]);
      expect((await verified(repository, true, { only: [healed] })).damaged).toEqual([]);
      await expect(restoreTo(repository, join(folder, "old"), { point: old.row.id })).rejects.toThrow(/cannot be used/);
      await restoreTo(repository, join(folder, "out"), { point: "latest" });
      expect(sameContent(source, join(folder, "out"))).toBe(true);

      // It is over: nothing is sent any more, and the damage is recorded once.
      expect((await backUp(await open(), job)).tasks).toMatchObject([{ result: "success", blocksSent: 0, blocksHealed: 0 }]);
      expect(await keysBelow(repository.store, "damage/")).toHaveLength(1);
    },
  );

  it("J13: where the source has changed meanwhile, the point holds what is there now", TIME_LIMIT, async () => {
    const { store, source, folder, job, open } = workplace("disk");
    await backUp(await open(), job);
    for (const unit of unitsIn(segmentFolders(store)[0] ?? "")) spoil(unit);
    await verified(await open());
    const file = openSync(source, "r+");
    writeSync(file, randomBytes(50), 0, 50, 5_000_000);
    writeSync(file, Buffer.alloc(BLOCK_BYTES), 0, BLOCK_BYTES, 7 * BLOCK_BYTES);
    closeSync(file);
    const { tasks } = await backUp(await open(), job);
    expect(tasks).toMatchObject([{ blocksSent: 191, blocksZero: 1, blocksReused: 0, blocksHealed: 190 }]);
    await restoreTo(await open(), join(folder, "out"), { point: "latest" });
    expect(sameContent(source, join(folder, "out"))).toBe(true);
  });

  it("J13: files of a folder that changed or went meanwhile", TIME_LIMIT, async () => {
    const { store, source, folder, job, open } = workplace("folder");
    await backUp(await open(), job);
    for (const segment of segmentFolders(store)) for (const unit of unitsIn(segment)) spoil(unit);
    await verified(await open());
    rmSync(join(source, "many", "f7"));
    writeFileSync(join(source, "many", "f8"), "another content");
    const { tasks } = await backUp(await open(), job);
    expect(tasks).toMatchObject([{ blocksReused: 0 }]);
    await restoreTo(await open(), join(folder, "out"), { point: "latest" });
    expect(sameContent(source, join(folder, "out"))).toBe(true);
  });
});

describe("a segment that is gone", () => {
  it.each(CASES.flatMap((each) => [false, true].map((full) => ({ ...each, full }))))(
    "J13: of a $kind (password: $password), found by verify (full: $full): all of it is sent again, and the next point is whole",
    TIME_LIMIT,
    async ({ kind, password, full }) => {
      const { store, source, folder, job, open } = workplace(kind, password);
      await backUp(await open(), job);
      await backUp(await open(), job);
      removeSegment(segmentFolders(store)[0] ?? "");
      expect(await verified(await open(), full)).toMatchObject({
        recorded: 1,
        damaged: [{ why: expect.stringContaining("is missing") as string }],
      });
      const { tasks } = await backUp(await open(), job);
      expect(tasks).toMatchObject([{ result: "warning", kind: "incremental", blocksReused: 0 }]);
      expect(tasks[0]?.blocksHealed).toBe(tasks[0]?.blocksSent);
      const repository = await open();
      const points = await pointsOf(repository);
      const after = await verified(repository);
      expect(after.damaged.flatMap(({ points }) => points.map(({ id }) => id)).toSorted()).toEqual(idsOf(points).slice(0, 2).toSorted());
      await restoreTo(repository, join(folder, "out"), { point: "latest" });
      expect(sameContent(source, join(folder, "out"))).toBe(true);
    },
  );
});

describe("a synthetic full point", () => {
  it("J13: does not take damaged blocks over either", TIME_LIMIT, async () => {
    const { store, source, folder, job, open } = workplace("disk");
    const fulls = { ...job, chain: { ...job.chain, full: { afterIncrements: 0 } } };
    await backUp(await open(), fulls);
    spoil(unitsIn(segmentFolders(store)[0] ?? "")[0] ?? "");
    await verified(await open());
    expect((await backUp(await open(), fulls)).tasks).toMatchObject([{ kind: "full", blocksSent: 64, blocksReused: 128 }]);
    await restoreTo(await open(), join(folder, "out"), { point: "latest" });
    expect(sameContent(source, join(folder, "out"))).toBe(true);
  });
});

describe("over the command line", () => {
  it.each(["disk", "folder"] as const satisfies readonly SourceKind[])(
    "J13: a damaged %s: verify says what comes next, backup heals it, restore gives it back",
    TIME_LIMIT,
    async (kind) => {
      const { store, source, folder } = workplace(kind);
      const backup = ["backup", "--name", "n", "--source", source, "--to", store, "--json"];
      expect((await runCommand(backup)).code).toBe(0);
      spoil(unitsIn(segmentFolders(store)[0] ?? "")[0] ?? "");
      const told = await runCommand(["verify", "--from", store, "--full"]);
      expect([told.code, told.stdout]).toEqual([1, expect.stringMatching(/the next backup sends .* again/)]);
      const next = await runCommand(backup);
      const summary = jsonLines(next).at(-1);
      expect([next.code, summary]).toMatchObject([0, { result: "warning", tasks: [{ kind: "incremental" }] }]);
      const [task] = (summary?.["tasks"] ?? []) as readonly { readonly blocksHealed: number }[];
      expect(task?.blocksHealed).toBeGreaterThan(0);
      const point = String(summary?.["point"]);
      expect((await runCommand(["verify", "--from", store, "--full", "--point", point])).code).toBe(0);
      const out = join(folder, "out");
      expect((await runCommand(["restore", "--from", store, "--to", out])).code).toBe(0);
      expect(sameContent(source, out)).toBe(true);
    },
  );
});
