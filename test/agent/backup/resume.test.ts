/** What a transfer that was cut off leaves in the store is used by the next: found by the store's list alone. */
import { randomBytes } from "node:crypto";
import { openSync, closeSync, writeFileSync, writeSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { BlockStore } from "../../../src/store/blocks/block-store.ts";
import { createMemoryBlockStore } from "../../../src/store/blocks/memory.ts";
import { backUp, jobOf, openTestRepository, pointsOf, restored, testFolder } from "../../support/agent-store.ts";

const MIB = 1024 * 1024;

/** The store stops taking units after so many. */
function stoppingAfter(store: BlockStore, units: number): BlockStore {
  let left = units;
  return {
    ...store,
    putUnit: async (segment, id, bytes, options) => {
      if (left-- <= 0) throw new Error("the power went");
      await store.putUnit(segment, id, bytes, options);
    },
    // Nothing else gets through any more either.
    seal: async (segment, ids, options) => {
      if (left < 0) throw new Error("the power went");
      await store.seal(segment, ids, options);
    },
  };
}

function image(folder: string, mib: number): { readonly path: string; readonly bytes: Buffer } {
  const bytes = randomBytes(mib * MIB);
  bytes.fill(0, 5 * MIB, 7 * MIB);
  const path = join(folder, "disk.img");
  writeFileSync(path, bytes);
  return { path, bytes };
}

function overwrite(path: string, bytes: Buffer, at: number, content: Buffer): void {
  const file = openSync(path, "r+");
  writeSync(file, content, 0, content.byteLength, at);
  closeSync(file);
  content.copy(bytes, at);
}

describe("a transfer that was cut off", () => {
  it("J7, J10: sends only what had not arrived, on any machine", async () => {
    const store = createMemoryBlockStore();
    const { path, bytes } = image(testFolder(), 32);
    const job = jobOf({ d: path });
    const cut = await backUp(await openTestRepository(stoppingAfter(store, 3)), job);
    expect(cut.state.phase).toMatchObject({ kind: "ended", result: "failed" });
    const repository = await openTestRepository(store);
    expect(await pointsOf(repository)).toEqual([]);
    const { tasks } = await backUp(repository, job);
    const resumed = tasks[0]?.blocksResumed ?? 0;
    // Three units; one of them may be that with the zeros.
    expect([10, 12]).toContain(resumed);
    expect(tasks).toMatchObject([{ result: "success", kind: "full", blocksReused: resumed, blocksSent: 30 - resumed, blocksZero: 2 }]);
    const points = await pointsOf(repository);
    expect(points).toHaveLength(1);
    for (const point of points) expect((await restored(repository, point)).equals(bytes)).toBe(true);
  });

  it("J7: sends again what has changed since", async () => {
    const store = createMemoryBlockStore();
    const { path, bytes } = image(testFolder(), 32);
    const job = jobOf({ d: path });
    await backUp(await openTestRepository(stoppingAfter(store, 4)), job);
    overwrite(path, bytes, 1 * MIB + 5, randomBytes(10));
    const repository = await openTestRepository(store);
    const { tasks } = await backUp(repository, job);
    // One of the units that had arrived is another one now; its four blocks go again.
    expect(tasks[0]).toMatchObject({ result: "success", blocksSent: 30 - (tasks[0]?.blocksResumed ?? 0) });
    expect(tasks[0]?.blocksResumed).toBeGreaterThanOrEqual(10);
    expect(tasks[0]?.blocksResumed).toBeLessThanOrEqual(12);
    for (const point of await pointsOf(repository)) expect((await restored(repository, point)).equals(bytes)).toBe(true);
  });

  it("J7: cut off five times, all blocks are sent once in all", async () => {
    const store = createMemoryBlockStore();
    const { path, bytes } = image(testFolder(), 48);
    const job = jobOf({ d: path });
    let sent = 0;
    for (let time = 0; time < 5; time++) {
      const { tasks } = await backUp(await openTestRepository(stoppingAfter(store, 2)), job);
      sent += tasks[0]?.blocksSent ?? 0;
    }
    const repository = await openTestRepository(store);
    const { tasks } = await backUp(repository, job);
    expect(sent + (tasks[0]?.blocksSent ?? 0)).toBe(46);
    for (const point of await pointsOf(repository)) expect((await restored(repository, point)).equals(bytes)).toBe(true);
  });

  it("J10: holds for folders too", async () => {
    const store = createMemoryBlockStore();
    const folder = join(testFolder(), "files");
    mkdirSync(folder);
    for (let each = 0; each < 60; each++) writeFileSync(join(folder, `f${each}`), randomBytes(500_000));
    const job = jobOf({ files: `${folder}/` });
    const cut = await backUp(await openTestRepository(stoppingAfter(store, 3)), job);
    expect(cut.tasks[0]?.result).toBe("failed");
    const { tasks } = await backUp(await openTestRepository(store), job);
    expect(tasks[0]).toMatchObject({ result: "success", kind: "full" });
    expect(tasks[0]?.blocksResumed).toBeGreaterThanOrEqual(10);
    expect((tasks[0]?.blocksResumed ?? 0) + (tasks[0]?.blocksSent ?? 0)).toBe(60);
  });

  it("F3: a machine of another name does not use it, one of the same name does", async () => {
    const store = createMemoryBlockStore();
    const { path } = image(testFolder(), 16);
    const job = jobOf({ d: path });
    await backUp(await openTestRepository(stoppingAfter(store, 2)), job);
    const other = { ...job, machines: job.machines.map((machine) => ({ ...machine, name: "other" })) };
    expect((await backUp(await openTestRepository(store), other)).tasks[0]).toMatchObject({ blocksResumed: 0 });
    expect((await backUp(await openTestRepository(store), job)).tasks[0]?.blocksResumed).toBeGreaterThan(0);
  });
});

describe("J8: settings that changed between attempts", () => {
  it.each([
    ["compression", { compression: { codec: "none" } as const }],
    ["block-size", { blockSizeBytes: 256 * 1024 }],
  ] as const)("%s: all is sent again, and nothing counts as reused", async (reason, changed) => {
    const store = createMemoryBlockStore();
    const { path, bytes } = image(testFolder(), 16);
    await backUp(await openTestRepository(stoppingAfter(store, 2)), jobOf({ d: path }));
    const repository = await openTestRepository(store);
    const { tasks } = await backUp(repository, jobOf({ d: path }, changed));
    expect(tasks).toMatchObject([{ result: "success", kind: "full", fullTransferReason: reason, blocksReused: 0, blocksResumed: 0 }]);
    for (const point of await pointsOf(repository)) expect((await restored(repository, point)).equals(bytes)).toBe(true);
  });

  it("encryption: after a point and after an attempt", async () => {
    const store = createMemoryBlockStore();
    const { path, bytes } = image(testFolder(), 16);
    const job = jobOf({ d: path });
    await backUp(await openTestRepository(stoppingAfter(store, 2)), job);
    const encrypted = await openTestRepository(store, { encrypt: true, password: "pw" });
    expect((await backUp(encrypted, job)).tasks).toMatchObject([{ kind: "full", fullTransferReason: "encryption", blocksReused: 0 }]);
    expect((await backUp(encrypted, job)).tasks).toMatchObject([{ kind: "incremental", blocksSent: 0, blocksReused: 14 }]);
    const plain = await openTestRepository(store, { encrypt: false, password: "pw" });
    expect((await backUp(plain, job)).tasks).toMatchObject([{ kind: "full", fullTransferReason: "encryption", blocksReused: 0 }]);
    for (const point of await pointsOf(plain)) expect((await restored(plain, point)).equals(bytes)).toBe(true);
  });

  it("scope: a disk that came sends the machine again", async () => {
    const store = createMemoryBlockStore();
    const folder = testFolder();
    const { path } = image(folder, 8);
    const second = join(folder, "second.img");
    writeFileSync(second, randomBytes(4 * MIB));
    const repository = await openTestRepository(store);
    await backUp(repository, jobOf({ d: path }));
    const { tasks } = await backUp(repository, jobOf({ d: path, e: second }));
    expect(tasks).toMatchObject([
      { disk: "d", kind: "full", fullTransferReason: "scope", blocksReused: 0 },
      { disk: "e", kind: "full" },
    ]);
  });
});
