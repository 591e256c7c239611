/** Killed at any call to the store, prune leaves every listed point whole, and the next one finishes. */
import { describe, expect, it } from "vitest";
import type { BlockStore } from "../../../src/store/blocks/block-store.ts";
import { createMemoryBlockStore } from "../../../src/store/blocks/memory.ts";
import { openTestRepository } from "../../support/agent-store.ts";
import { KilledError, copyStore, keysBelow, killedAt } from "../../support/damage-store.ts";
import { contentOf, filled, listed, pruned } from "./prune-store.ts";

async function copyOf(store: BlockStore): Promise<BlockStore> {
  const copy = createMemoryBlockStore();
  await copyStore(store, copy);
  return copy;
}

describe("prune, killed", () => {
  it(
    "J13: at every call, before or after it took effect: what is listed is whole, and a second run finishes",
    { timeout: 300_000 },
    async () => {
      const { store } = await filled(5);
      const untouched = await copyOf(store);
      await pruned(await openTestRepository(untouched));
      const expected = await contentOf(untouched);
      const counted = killedAt(await copyOf(store), Number.POSITIVE_INFINITY, "before");
      const repository = await openTestRepository(counted.store);
      const opening = counted.calls();
      await pruned(repository);
      const calls = counted.calls();
      expect(calls - opening).toBeGreaterThan(30);

      for (const when of ["before", "after"] as const)
        for (let nth = opening; nth < calls; nth++) {
          const copy = await copyOf(store);
          const dying = await openTestRepository(killedAt(copy, nth, when).store);
          await pruned(dying).catch((error: unknown) => {
            if (!(error instanceof KilledError)) throw error;
          });
          // A process that is dead holds no lock.
          for (const lock of await keysBelow(copy, "state/locks/")) await copy.delete(lock);
          const next = await openTestRepository(copy);
          expect((await listed(next)).damaged, `${when} call ${nth}`).toEqual([]);
          await pruned(next);
          expect(await contentOf(copy), `${when} call ${nth}`).toEqual(expected);
        }
    },
  );
});
