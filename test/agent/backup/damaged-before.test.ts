/** A point before that is damaged: the next backup does not build on the damage, and does not stop at it for ever. */
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readManifest } from "../../../src/agent/session/run-task.ts";
import { createMemoryBlockStore } from "../../../src/store/blocks/memory.ts";
import { backUp, jobOf, openTestRepository, pointsOf, restored, testFolder } from "../../support/agent-store.ts";
import { restoreTo } from "../../support/restore-to.ts";

describe("a page of the point before that is missing", () => {
  it("of a disk: what it described is sent again, and the point is whole", async () => {
    const store = createMemoryBlockStore();
    const repository = await openTestRepository(store);
    const path = join(testFolder(), "disk.img");
    // Two pages of 4,096 blocks of 4 KiB.
    const bytes = Buffer.alloc(20 * 1024 * 1024);
    randomBytes(100_000).copy(bytes, 50);
    randomBytes(100_000).copy(bytes, 17 * 1024 * 1024);
    writeFileSync(path, bytes);
    const job = jobOf({ d: path }, { blockSizeBytes: 4_096 });
    await backUp(repository, job);
    const [first] = await pointsOf(repository);
    if (first === undefined) throw new Error("no point");
    const manifest = await readManifest(repository, first);
    const [page] = manifest?.pages ?? [];
    await store.delete(first.row.manifest.replace(/[^/]*$/, page ?? ""));
    const { tasks } = await backUp(repository, job);
    expect(tasks).toMatchObject([{ result: "warning", blocksSent: 25, blocksReused: 25 }]);
    expect(tasks[0]?.remarks.join()).toContain("is damaged");
    const last = (await pointsOf(repository)).at(-1);
    if (last === undefined) throw new Error("no point");
    expect((await restored(repository, last)).equals(bytes)).toBe(true);
  }, 20_000);

  it("of a folder: its files are read again, and the point is whole", async () => {
    const store = createMemoryBlockStore();
    const repository = await openTestRepository(store);
    const base = testFolder();
    const folder = join(base, "data");
    mkdirSync(folder);
    // One file goes over two pages of 8,192 entries and blocks.
    const big = Buffer.alloc(9_000 * 4_096);
    randomBytes(50).copy(big, 100);
    randomBytes(50).copy(big, 8_900 * 4_096);
    writeFileSync(join(folder, "big"), big);
    writeFileSync(join(folder, "small"), "content");
    const job = jobOf({ f: `${folder}/` }, { blockSizeBytes: 4_096 });
    for (const which of [0, 1]) {
      await backUp(repository, job);
      const point = (await pointsOf(repository)).at(-1);
      if (point === undefined) throw new Error("no point");
      const pages = (await readManifest(repository, point))?.pages ?? [];
      expect(pages.length).toBeGreaterThanOrEqual(2);
      await store.delete(point.row.manifest.replace(/[^/]*$/, pages[which] ?? ""));
      const { tasks } = await backUp(repository, job);
      expect(tasks).toMatchObject([{ result: "warning" }]);
      expect(tasks[0]?.remarks.join()).toContain("is damaged");
      const to = join(base, `out-${which}`);
      await restoreTo(repository, to);
      expect(readFileSync(join(to, "big")).equals(big)).toBe(true);
      expect(readFileSync(join(to, "small"), "utf8")).toBe("content");
    }
  }, 20_000);
});
