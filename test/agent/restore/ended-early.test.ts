/** A restore that fails has stopped writing when it says so. */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readManifest } from "../../../src/agent/session/run-task.ts";
import { createMemoryBlockStore } from "../../../src/store/blocks/memory.ts";
import { backUp, jobOf, openTestRepository, pointsOf, testFolder } from "../../support/agent-store.ts";
import { restoreTo } from "../../support/restore-to.ts";

it("of a disk: no range is under way any more", async () => {
  const store = createMemoryBlockStore();
  let underWay = 0;
  const repository = await openTestRepository({
    ...store,
    readRange: async (...args) => {
      underWay++;
      await sleep(200);
      return store.readRange(...args).finally(() => underWay--);
    },
  });
  const base = testFolder();
  const bytes = Buffer.alloc(20 * 1024 * 1024);
  for (const at of [50, 17 * 1024 * 1024]) randomBytes(10_000).copy(bytes, at);
  writeFileSync(join(base, "disk.img"), bytes);
  await backUp(repository, jobOf({ d: join(base, "disk.img") }, { blockSizeBytes: 4_096 }));
  for (const point of await pointsOf(repository))
    await store.delete(point.row.manifest.replace(/[^/]*$/, (await readManifest(repository, point))?.pages[1] ?? ""));
  await expect(restoreTo(repository, join(base, "out"))).rejects.toMatchObject({ code: "STORE_DAMAGED" });
  expect(underWay).toBe(0);
}, 20_000);
