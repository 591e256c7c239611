/** Retention removes points and what only they need, and nothing that any other point or transfer needs. */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { opaqueName } from "../../../src/agent/format/data-key.ts";
import { places } from "../../../src/agent/format/places.ts";
import { lockMachine } from "../../../src/agent/repository/machine-lock.ts";
import { systemClock } from "../../../src/clock/clock.ts";
import type { BlockStore } from "../../../src/store/blocks/block-store.ts";
import { backUp, openTestRepository, pointsOf, restored } from "../../support/agent-store.ts";
import { copyStore, damageRecord, keysBelow, segmentsOf } from "../../support/damage-store.ts";
import { createMemoryBlockStore } from "../../../src/store/blocks/memory.ts";
import { contentOf, filled, listed, pruned } from "./prune-store.ts";

const TIME_LIMIT = { timeout: 60_000 };
const DAY_MS = 86_400_000;

async function copyOf(store: BlockStore): Promise<BlockStore> {
  const copy = createMemoryBlockStore();
  await copyStore(store, copy);
  return copy;
}

describe("prune", () => {
  it("J13: keeps what the rules keep, frees what nobody needs, and every point that is left is whole", TIME_LIMIT, async () => {
    const { store, repository } = await filled(5);
    const before = await listed(repository);
    const segments = await segmentsOf(store);
    const content = await contentOf(store);
    const dry = await pruned(repository, { dryRun: true });
    expect([dry.kept, dry.removed]).toEqual([2, 3]);
    expect(await contentOf(store)).toEqual(content);

    const report = await pruned(repository);
    expect([report.kept, report.removed, report.later, report.skipped]).toEqual([2, 3, 0, []]);
    expect(await listed(repository, true)).toEqual({ ids: before.ids.slice(3), damaged: [] });
    // Of five segments one was overwritten by a later session in the same place.
    expect(segments.length - (await segmentsOf(store)).length).toBeGreaterThanOrEqual(1);
    expect(report.bytesFreed).toBeGreaterThan(5_000);
    // Neither tombstones nor parts nor witnesses of them are left.
    expect(await keysBelow(store, "removed/")).toEqual([]);
    expect(await keysBelow(store, "files/")).toHaveLength(2);
    expect(await keysBelow(store, "points/")).toHaveLength(2);
    expect(await keysBelow(store, "index/")).toHaveLength(4);
    const again = await pruned(repository);
    expect([again.kept, again.removed, again.bytesFreed]).toEqual([2, 0, 0]);
  });

  it("J13: the chain goes on after its first points are gone", TIME_LIMIT, async () => {
    const { repository, job, change } = await filled(3);
    await pruned(repository, { rules: { keepLast: 1 } });
    change(150_000);
    expect((await backUp(repository, job)).tasks).toMatchObject([{ result: "success", kind: "incremental", blocksSent: 2 }]);
    expect((await listed(repository, true)).damaged).toEqual([]);
  });

  it("J7: leaves alone what was sent by a transfer that was cut off, for seven days", TIME_LIMIT, async () => {
    const { store, repository, job, disk } = await filled(3);
    writeFileSync(disk, randomBytes(9_000_000));
    let units = 2;
    const failing: BlockStore = {
      ...store,
      putUnit: async (...args) => {
        if (units-- <= 0) throw new Error("the power went");
        await store.putUnit(...args);
      },
    };
    await backUp(await openTestRepository(failing), job);
    const segments = await segmentsOf(store);
    expect((await pruned(repository, { nowMs: Date.now() + 6 * DAY_MS })).removed).toBe(1);
    expect((await segmentsOf(store)).at(-1)).toBe(segments.at(-1));
    const copy = await copyOf(store);

    const { tasks } = await backUp(repository, job);
    expect(tasks[0]?.blocksResumed).toBeGreaterThan(1_000);
    expect((await listed(repository, true)).damaged).toEqual([]);

    const later = await openTestRepository(copy);
    await pruned(later, { nowMs: Date.now() + 8 * DAY_MS });
    expect(await keysBelow(copy, "state/drafts/")).toEqual([]);
    expect((await backUp(later, job)).tasks[0]?.blocksResumed).toBe(0);
  });

  it("J7: keeps the point that a transfer under way was compared with", TIME_LIMIT, async () => {
    const { store, repository, job, change } = await filled(2);
    const stopped: BlockStore = {
      ...store,
      seal: async () => {
        throw new Error("the power went");
      },
    };
    change(100_000);
    await backUp(await openTestRepository(stopped), job);
    const [machine, file] = (await keysBelow(store, "state/drafts/"))[0]?.slice("state/drafts/".length).split("/") ?? [];
    const draft = await repository.readState(
      places.draft(machine ?? "", file?.replace(".json", "") ?? ""),
      (await import("../../../src/agent/format/records.ts")).draftRecord,
    );
    const [oldest] = await pointsOf(repository);
    // As if the transfer had begun before the newest point was made.
    await repository.replaceState(`state/drafts/${machine}/${file}`, { ...draft?.value, parent: oldest?.row.id }, draft?.version);
    const report = await pruned(repository, { rules: { keepLast: 1 } });
    expect(report.decisions.find(({ point }) => point.row.id === oldest?.row.id)).toMatchObject({
      keep: true,
      reasons: ["a transfer that was cut off goes on from it"],
    });
  });

  it("J13: leaves a machine alone that another process works on", TIME_LIMIT, async () => {
    const { store, repository } = await filled(3);
    const lock = await lockMachine(repository, opaqueName(repository.key, "machine", "m"), "a backup", systemClock);
    const content = await contentOf(store);
    const report = await pruned(repository);
    expect(report).toMatchObject({ removed: 0, skipped: [{ kind: "locked", why: expect.stringContaining("a backup") as string }] });
    expect(await contentOf(store)).toEqual(content);
    await lock.release();
    expect((await pruned(repository)).removed).toBe(1);
  });

  it("J13: deletes nothing once another process has taken the lock over", TIME_LIMIT, async () => {
    const { store } = await filled(4);
    const segments = await segmentsOf(store);
    // Held up right after its first tombstone, for so long that its lock counts as nobody's.
    const heldUp: BlockStore = {
      ...store,
      create: async (key, ...args) => {
        const made = await store.create(key, ...args);
        if (key.startsWith("removed/")) for (const lock of await keysBelow(store, "state/locks/")) await store.delete(lock);
        return made;
      },
    };
    const report = await pruned(await openTestRepository(heldUp));
    expect(report.skipped).toMatchObject([{ kind: "locked" }]);
    expect(await segmentsOf(store)).toEqual(segments);
  });

  it("J13: where it cannot be told what is needed nothing is deleted, and a person is told why", TIME_LIMIT, async () => {
    const { store, repository } = await filled(4);
    const [first] = await pointsOf(repository);
    const part = `files/${first?.file}/0001`;
    const witness = (await keysBelow(store, "points/"))[0] ?? "";
    const cases: readonly (readonly [string, (copy: BlockStore) => Promise<void>, RegExp])[] = [
      ["a manifest is damaged", (copy) => damageRecord(copy, first?.row.manifest ?? ""), /checksum/],
      ["a manifest is gone", (copy) => copy.delete(first?.row.manifest ?? ""), /is missing/],
      ["a record is damaged", (copy) => damageRecord(copy, part), /is broken/],
      ["a record is gone", (copy) => copy.delete(part), /is missing/],
      [
        "a record and what tells of it",
        async (copy) => {
          await damageRecord(copy, part);
          await copy.delete(witness);
        },
        /checksum/,
      ],
    ];
    for (const [what, damage, why] of cases) {
      const copy = await copyOf(store);
      await damage(copy);
      const content = await contentOf(copy);
      const report = await pruned(await openTestRepository(copy));
      expect(report.skipped, what).toMatchObject([{ kind: "damaged", why: expect.stringMatching(why) as string }]);
      expect(await contentOf(copy), what).toEqual(content);
    }
  });

  it("J13: what an immutable container keeps is counted, and goes later", TIME_LIMIT, async () => {
    const { store, repository } = await filled(4);
    const immutable: BlockStore = { ...store, deleteRecord: async () => "later", deleteSegment: async () => "later" };
    const report = await pruned(await openTestRepository(immutable));
    expect(report).toMatchObject({ kept: 2, removed: 2, bytesFreed: 0 });
    expect(report.later).toBeGreaterThan(4);
    expect((await listed(repository)).ids).toHaveLength(2);
    const later = await pruned(repository);
    expect(later).toMatchObject({ kept: 2, removed: 0, later: 0 });
    expect(await keysBelow(store, "removed/")).toEqual([]);
    for (const point of await pointsOf(repository)) await restored(repository, point);
  });
});
