/** Clocks that are set: what a transfer may use does not hang on them. */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { systemClock } from "../../../src/clock/clock.ts";
import { createMemoryBlockStore } from "../../../src/store/blocks/memory.ts";
import { backUp, jobOf, openTestRepository, testFolder } from "../../support/agent-store.ts";

it("J7: after a point whose clock was years ahead, a transfer that was cut off is gone on with all the same", async () => {
  const store = createMemoryBlockStore();
  const path = join(testFolder(), "disk.img");
  const job = jobOf({ d: path });
  writeFileSync(path, randomBytes(12 * 1024 * 1024));
  const ahead = { ...systemClock, now: () => systemClock.now() + 4 * 365 * 86_400_000 };
  await backUp(await openTestRepository(store), job, { clock: ahead });
  writeFileSync(path, randomBytes(12 * 1024 * 1024));
  let units = 0;
  const cut = await openTestRepository({
    ...store,
    putUnit: async (segment, id, bytes, options) => {
      if (++units > 2) throw new Error("the power went");
      await store.putUnit(segment, id, bytes, options);
    },
  });
  expect((await backUp(cut, job)).state.phase).toMatchObject({ result: "failed" });
  const { tasks } = await backUp(await openTestRepository(store), job);
  expect(tasks).toMatchObject([{ result: "success", blocksSent: 4, blocksResumed: 8 }]);
}, 20_000);
