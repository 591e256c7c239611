/** A writer that was held up, lost its lock to a prune, and wakes up: what it publishes is whole, or it publishes nothing. */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { opaqueName } from "../../../src/agent/format/data-key.ts";
import { places } from "../../../src/agent/format/places.ts";
import { prune } from "../../../src/agent/prune/prune.ts";
import { systemClock } from "../../../src/clock/clock.ts";
import type { BlockStore } from "../../../src/store/blocks/block-store.ts";
import { createMemoryBlockStore } from "../../../src/store/blocks/memory.ts";
import { backUp, jobOf, openTestRepository, pointsOf, restored, testFolder } from "../../support/agent-store.ts";

function image(): { readonly path: string; readonly bytes: Buffer } {
  const bytes = randomBytes(3 * 1024 * 1024);
  const path = join(testFolder(), "disk.img");
  writeFileSync(path, bytes);
  return { path, bytes };
}

async function pruneAll(store: BlockStore, nowMs = Date.now()): Promise<void> {
  const repository = await openTestRepository(store);
  await prune({ repository, rules: { keepLast: 1 }, dryRun: false, clock: systemClock, nowMs, signal: new AbortController().signal });
}

/** Calls `held` once, before the first call of `create` for a key that starts with `prefix`. */
function holdingUp(store: BlockStore, prefix: string, held: () => Promise<void>): BlockStore {
  let once = false;
  return {
    ...store,
    create: async (key, bytes, options) => {
      if (!once && key.startsWith(prefix)) {
        once = true;
        await held();
      }
      return store.create(key, bytes, options);
    },
  };
}

describe("a prune that took the lock of a writer that was held up", () => {
  it("leaves the point alone that the writer publishes while the catalog is read", async () => {
    const store = createMemoryBlockStore();
    const { path, bytes } = image();
    let goOn = (): void => {};
    let reached = (): void => {};
    const isReached = new Promise<void>((resolve) => (reached = resolve));
    const writer = holdingUp(store, places.files, () => {
      reached();
      return new Promise((resolve) => (goOn = resolve));
    });
    const repository = await openTestRepository(writer);
    const writing = backUp(repository, jobOf({ d: path }));
    await isReached;
    await store.delete(places.lock(opaqueName(repository.key, "machine", "m")));
    let listed = 0;
    await pruneAll({
      ...store,
      async *list(prefix, options) {
        if (prefix === places.points && ++listed === 2) {
          goOn();
          await writing;
        }
        yield* store.list(prefix, options);
      },
    });
    expect((await writing).tasks).toMatchObject([{ result: "success" }]);
    for (const point of await pointsOf(repository)) expect((await restored(repository, point)).equals(bytes)).toBe(true);
    expect(await pointsOf(repository)).toHaveLength(1);
  }, 20_000);

  it("is noticed by the writer before it publishes", async () => {
    const store = createMemoryBlockStore();
    const { path } = image();
    const lock = places.lock(opaqueName((await openTestRepository(store)).key, "machine", "m"));
    // The manifest is the last that is written before.
    const repository = await openTestRepository(holdingUp(store, places.index, () => store.delete(lock)));
    const { runError, state } = await backUp(repository, jobOf({ d: path }));
    expect(runError).toMatchObject({ code: "STORE_LOCKED" });
    expect(state.phase).toMatchObject({ kind: "ended", result: "failed" });
    expect(await pointsOf(repository)).toEqual([]);
  });

  it("and gave its transfer up while it published: the point counts as removed", async () => {
    const store = createMemoryBlockStore();
    const { path } = image();
    const eightDays = 8 * 86_400_000;
    const lock = places.lock(opaqueName((await openTestRepository(store)).key, "machine", "m"));
    const repository = await openTestRepository(
      holdingUp(store, places.files, async () => {
        await store.delete(lock);
        await pruneAll(store, Date.now() + eightDays);
      }),
    );
    const { tasks } = await backUp(repository, jobOf({ d: path }));
    expect(tasks).toMatchObject([{ result: "failed", errorCode: "STORE_LOCKED" }]);
    expect(await pointsOf(repository)).toEqual([]);
  });
});
