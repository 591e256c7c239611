/** A file in a folder that is larger than what one page of the tree takes. */
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { decodeTreePage, TREE_PAGE_WEIGHT } from "../../../src/agent/format/tree-page.ts";
import { readManifest } from "../../../src/agent/session/run-task.ts";
import { createMemoryBlockStore } from "../../../src/store/blocks/memory.ts";
import { backUp, jobOf, openTestRepository, pointsOf, testFolder } from "../../support/agent-store.ts";
import { restoreTo } from "../../support/restore-to.ts";

it("an unchanged large file is spread over pages as when it was new: a page has to stay small enough to be read", async () => {
  const repository = await openTestRepository(createMemoryBlockStore());
  const base = testFolder();
  const folder = join(base, "data");
  mkdirSync(folder);
  const big = Buffer.alloc(20_000 * 4_096);
  for (const block of [0, 8_191, 8_192, 19_999]) randomBytes(50).copy(big, block * 4_096);
  writeFileSync(join(folder, "big"), big);
  writeFileSync(join(folder, "small"), "content");
  const job = jobOf({ f: `${folder}/` }, { blockSizeBytes: 4_096 });
  for (const kind of ["full", "incremental"]) {
    expect((await backUp(repository, job)).tasks).toMatchObject([{ result: "success", kind }]);
    const point = (await pointsOf(repository)).at(-1);
    if (point === undefined) throw new Error("no point");
    for (const id of (await readManifest(repository, point))?.pages ?? []) {
      const place = point.row.manifest.replace(/[^/]*$/, id ?? "");
      const page = decodeTreePage(place, (await repository.read(place)) ?? Buffer.alloc(0));
      expect(page.reduce((sum, { blocks }) => sum + 1 + blocks.length, 0)).toBeLessThanOrEqual(TREE_PAGE_WEIGHT + 1);
    }
  }
  await restoreTo(repository, join(base, "out"));
  expect(readFileSync(join(base, "out", "big")).equals(big)).toBe(true);
  expect(readFileSync(join(base, "out", "small"), "utf8")).toBe("content");
}, 20_000);
