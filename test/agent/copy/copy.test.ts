/** Copies between real directory stores. */
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { copyPoints, type CopyReport } from "../../../src/agent/copy/copy.ts";
import { prune } from "../../../src/agent/prune/prune.ts";
import type { Repository } from "../../../src/agent/repository/repository.ts";
import { readPoint } from "../../../src/agent/restore/read-point.ts";
import { readCatalog } from "../../../src/agent/repository/catalog.ts";
import { steadyClock, systemClock } from "../../../src/clock/clock.ts";
import type { BlockStore } from "../../../src/store/blocks/block-store.ts";
import { openDirectoryBlockStore } from "../../../src/store/blocks/directory.ts";
import { backUp, jobOf, openTestRepository, pointsOf, restored, testFolder } from "../../support/agent-store.ts";
import { jsonLines, runCommand, startCommand } from "../../support/command-line.ts";
import { verified } from "../../support/verified.ts";

const MIB = 1024 * 1024;
const copy = (from: Repository, to: BlockStore, more: Partial<Parameters<typeof copyPoints>[0]> = {}): Promise<CopyReport> =>
  copyPoints({
    from,
    to,
    steady: steadyClock,
    now: () => new Date().toISOString(),
    signal: new AbortController().signal,
    onPoint: () => {},
    onProgress: () => {},
    ...more,
  });

/** A disk of 24 MiB backed up twice, 4 MiB of it changed in between. */
async function source(password?: string): Promise<{ folder: string; from: Repository; images: readonly Buffer[] }> {
  const folder = testFolder();
  const from = await openTestRepository(
    openDirectoryBlockStore(join(folder, "a")),
    password === undefined ? {} : { password, encrypt: true },
  );
  const disk = join(folder, "disk.img");
  const first = randomBytes(24 * MIB);
  const second = Buffer.concat([randomBytes(4 * MIB), first.subarray(4 * MIB)]);
  for (const image of [first, second]) {
    writeFileSync(disk, image);
    expect((await backUp(from, jobOf({ data: disk }))).state.phase).toMatchObject({ result: "success" });
  }
  return { folder, from, images: [first, second] };
}

const bytesOf = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + readFileSync(join(entry.parentPath, entry.name)).byteLength, 0);

describe("copy", () => {
  it.each([undefined, "correct horse"])(
    "gives the same points, readable with the same password (%s); a second copy sends nothing",
    async (password) => {
      const { folder, from, images } = await source(password);
      const store = openDirectoryBlockStore(join(folder, "b"));
      expect(await copy(from, store)).toMatchObject({ points: 2, present: 0, skipped: [], unitsSent: 7, unitsReused: 0 });
      const to = await openTestRepository(store, password === undefined ? {} : { password });
      const points = await pointsOf(to);
      expect(points.map(({ row }) => row)).toEqual((await pointsOf(from)).map(({ row }) => row));
      for (const [index, point] of points.entries())
        expect((await restored(to, point)).equals(images[index] ?? Buffer.alloc(0))).toBe(true);
      const report = await verified(to);
      expect(report.damaged).toEqual([]);
      expect(await copy(from, store)).toMatchObject({ points: 0, present: 2, unitsSent: 0, bytesSent: 0 });
      if (password !== undefined)
        await expect(openTestRepository(store, { password: "wrong" })).rejects.toMatchObject({ code: "PASSWORD_WRONG" });
    },
  );

  it("sends only the new point when one was added, and backups go on from the copy", async () => {
    const { folder, from } = await source();
    const store = openDirectoryBlockStore(join(folder, "b"));
    await copy(from, store);
    const disk = join(folder, "disk.img");
    writeFileSync(disk, Buffer.concat([randomBytes(4 * MIB), readFileSync(disk).subarray(4 * MIB)]));
    await backUp(from, jobOf({ data: disk }));
    expect(await copy(from, store)).toMatchObject({ points: 1, present: 2, unitsSent: 1 });
    const next = await backUp(await openTestRepository(store), jobOf({ data: disk }));
    expect(next.tasks[0]).toMatchObject({ kind: "incremental", blocksSent: 0 });
  });

  it("R5, R2: goes on where it was cut off by SIGKILL: no unit that arrived is sent again", async () => {
    const { folder, from } = await source();
    const [a, b] = [join(folder, "a"), join(folder, "b")];
    const store = openDirectoryBlockStore(b);
    const running = startCommand(["copy", "--from", a, "--to", b, "--bandwidth", "4MiB"]);
    let arrived = 0;
    while (arrived < 3) {
      arrived = 0;
      await new Promise((resolve) => setTimeout(resolve, 50));
      for await (const { name } of store.listSegments("data/")) arrived += (await store.listUnits(name))?.units.length ?? 0;
    }
    running.child.kill("SIGKILL");
    await running.ended;
    expect((await readCatalog(await openTestRepository(store))).points).toEqual([]);
    const next = await runCommand(["copy", "--from", a, "--to", b, "--json"]);
    const summary = jsonLines(next).at(-1) as unknown as CopyReport;
    expect([next.code, summary.points]).toEqual([0, 2]);
    expect(summary.unitsReused).toBeGreaterThanOrEqual(3);
    expect(summary.unitsSent + summary.unitsReused).toBe(7);
    expect(await pointsOf(await openTestRepository(store))).toHaveLength((await pointsOf(from)).length);
  }, 90_000);

  it("a unit that is damaged in the source is not copied on: its points are left out, with the reason; the others are copied", async () => {
    const { folder, from } = await source();
    const disk = join(folder, "disk.img");
    writeFileSync(disk, Buffer.alloc(8 * MIB, 7));
    await backUp(from, jobOf({ other: disk }));
    const [first] = await pointsOf(from);
    if (first === undefined) throw new Error("no point");
    // Of the first point: the second shares all but one of its units.
    const [name = ""] = (await readPoint(from, first)).manifest.segments;
    const segment = join(folder, "a", "+data", `${name.slice("data/".length)}+`);
    const unit = readdirSync(segment, { recursive: true, withFileTypes: true }).find(
      (entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).byteLength > MIB,
    );
    if (unit === undefined) throw new Error("no unit");
    const path = join(unit.parentPath, unit.name);
    const bytes = readFileSync(path);
    bytes[bytes.byteLength - 100] = (bytes[bytes.byteLength - 100] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const store = openDirectoryBlockStore(join(folder, "b"));
    const report = await copy(from, store);
    expect(report.points).toBe(1);
    expect(report.skipped).toHaveLength(2);
    expect(report.skipped[0]).toMatchObject({
      disk: "data",
      why: expect.stringMatching(/is damaged: unit .*(its content is not what its id says|section)/) as string,
    });
    expect((await pointsOf(await openTestRepository(store))).map(({ row }) => row.disk)).toEqual(["other"]);
  });

  it("J13: what retention removed from the source is not claimed by the copy, nor by a copy that was pruned itself", async () => {
    const { folder, from } = await source();
    const store = openDirectoryBlockStore(join(folder, "b"));
    const removeOldest = async (repository: Repository): Promise<void> => {
      const signal = new AbortController().signal;
      await prune({ repository, rules: { keepLast: 1 }, dryRun: false, clock: systemClock, nowMs: Date.now(), signal });
    };
    await copy(from, store);
    const to = await openTestRepository(store);
    await removeOldest(to);
    const left = (await pointsOf(to)).map(({ row }) => row.id);
    await removeOldest(from);
    expect(await copy(from, store)).toMatchObject({ points: 0, skipped: [] });
    const catalog = await readCatalog(to);
    expect([catalog.points.map(({ row }) => row.id), catalog.lost]).toEqual([left, []]);
  });

  it("U5: a target that is another store is refused, and nothing in it is changed", async () => {
    const { folder, from } = await source();
    const other = join(folder, "other");
    mkdirSync(other);
    await openTestRepository(openDirectoryBlockStore(other));
    const before = bytesOf(other);
    await expect(copy(from, openDirectoryBlockStore(other))).rejects.toMatchObject({ code: "STORE_OTHER" });
    expect(bytesOf(other)).toBe(before);
    const refused = await runCommand(["copy", "--from", join(folder, "a"), "--to", other]);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("The target is another store")]);
  });
});
