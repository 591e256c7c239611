/** A transfer that takes weeks is not abandoned while it is under way, however long ago its attempt began. */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { prune } from "../../../src/agent/prune/prune.ts";
import { systemClock } from "../../../src/clock/clock.ts";
import { createMemoryBlockStore } from "../../../src/store/blocks/memory.ts";
import { backUp, jobOf, openTestRepository, testFolder } from "../../support/agent-store.ts";

const DAY_MS = 86_400_000;

it("J7: what a transfer of eight days has sent is there for the next attempt, though a prune came between", async () => {
  const store = createMemoryBlockStore();
  const path = join(testFolder(), "disk.img");
  writeFileSync(path, randomBytes(12 * 1024 * 1024));
  const job = jobOf({ d: path });
  let laterMs = 0;
  const clock = { ...systemClock, now: () => systemClock.now() + laterMs };
  let units = 0;
  const slow = await openTestRepository({
    ...store,
    putUnit: async (segment, id, bytes, options) => {
      if (++units > 2) throw new Error("the power went");
      laterMs = 8 * DAY_MS;
      await store.putUnit(segment, id, bytes, options);
    },
  });
  expect((await backUp(slow, job, { clock })).state.phase).toMatchObject({ result: "failed" });
  const repository = await openTestRepository(store);
  const nowMs = clock.now() + 1_000;
  await prune({ repository, rules: { keepLast: 1 }, dryRun: false, clock: systemClock, nowMs, signal: new AbortController().signal });
  const { tasks } = await backUp(repository, job, { clock });
  expect(tasks).toMatchObject([{ result: "success", blocksSent: 4, blocksResumed: 8 }]);
}, 20_000);
