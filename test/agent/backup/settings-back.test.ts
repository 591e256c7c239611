/** Settings that are changed and changed back between attempts (J8): a reason to send everything is given only when everything is sent. */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createMemoryBlockStore } from "../../../src/store/blocks/memory.ts";
import { backUp, jobOf, openTestRepository, testFolder } from "../../support/agent-store.ts";

it("J8: compression changed for an attempt and back again: all is sent, and nothing counts as reused", async () => {
  const store = createMemoryBlockStore();
  const path = join(testFolder(), "disk.img");
  writeFileSync(path, randomBytes(4 * 1024 * 1024));
  const job = jobOf({ d: path });
  await backUp(await openTestRepository(store), job);
  const cut = await openTestRepository({ ...store, putUnit: () => Promise.reject(new Error("the power went")) });
  await backUp(cut, jobOf({ d: path }, { compression: { codec: "none" } }));
  const { tasks } = await backUp(await openTestRepository(store), job);
  expect(tasks).toMatchObject([{ result: "success", kind: "full", fullTransferReason: "compression", blocksSent: 4, blocksReused: 0 }]);
}, 20_000);
