/** What a cut can cost: the units that are on their way. Their number does not depend on how many cores the machine has. */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect, it } from "vitest";
import { createMemoryBlockStore } from "../../../src/store/blocks/memory.ts";
import { backUp, jobOf, openTestRepository, pointsOf, restored, testFolder } from "../../support/agent-store.ts";

const MIB = 1024 * 1024;

it("R1, J7: eight units are on their way at most, and eight on a slow line", async () => {
  const path = join(testFolder(), "disk.img");
  const bytes = randomBytes(72 * MIB);
  writeFileSync(path, bytes);
  const store = createMemoryBlockStore();
  let [now, most] = [0, 0];
  const slow = await openTestRepository({
    ...store,
    putUnit: async (...args) => {
      most = Math.max(most, ++now);
      await wait(1_500);
      await store.putUnit(...args);
      now--;
    },
  });
  const { tasks } = await backUp(slow, jobOf({ d: path }));
  expect(tasks).toMatchObject([{ result: "success", blocksSent: 72 }]);
  expect(most).toBe(8);
  const [point] = await pointsOf(slow);
  if (point === undefined) throw new Error("there is no point");
  expect((await restored(slow, point)).equals(bytes)).toBe(true);
}, 60_000);
