/** A published point equals one reading of its source, or says that it does not. */
import { randomBytes } from "node:crypto";
import { closeSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { TaskReport } from "../../../src/agent/session/run-task.ts";
import { openSource } from "../../../src/agent/source/open-source.ts";
import type { Source } from "../../../src/agent/source/source.ts";
import type { BlockStore } from "../../../src/store/blocks/block-store.ts";
import { createMemoryBlockStore } from "../../../src/store/blocks/memory.ts";
import { backUp, jobOf, openTestRepository, pointsOf, restored, testFolder } from "../../support/agent-store.ts";

const MIB = 1024 * 1024;
const SIZE_MIB = 40;

function image(): string {
  const path = join(testFolder(), "disk.img");
  writeFileSync(path, randomBytes(SIZE_MIB * MIB));
  return path;
}

function scribble(path: string, at: number): void {
  const file = openSync(path, "r+");
  writeSync(file, randomBytes(100), 0, 100, at);
  closeSync(file);
}

interface Disturbance {
  /** Called when so many bytes have been read. */
  readonly afterBytes: number;
  readonly happens: () => void;
  readonly dropped: boolean;
  /** Of a device the system does not say whether it changed. */
  readonly silent?: boolean;
}

async function disturbed(
  store: BlockStore,
  path: string,
  { afterBytes, happens, dropped, silent }: Disturbance,
): Promise<TaskReport | undefined> {
  let read = 0;
  let drops = 0;
  const repository = await openTestRepository(store);
  const { tasks } = await backUp(repository, jobOf({ d: path }), {
    drops: () => drops,
    openSource: async (of) => {
      const source = await openSource(of);
      return silent ? ({ ...bound(source), fingerprint: async () => undefined } as Source) : source;
    },
    onEvent: (event) => {
      if (event.kind !== "read") return;
      const before = read;
      read += event.bytes;
      if (before >= afterBytes || read < afterBytes) return;
      happens();
      if (dropped) drops++;
    },
  });
  return tasks[0];
}

/** Methods of a class, as an object's own. */
function bound(source: Source): Source {
  if (source.kind !== "disk") throw new Error("a disk is needed");
  const { kind, medium, path, sizeBytes } = source;
  return {
    kind,
    medium,
    path,
    sizeBytes,
    read: (buffer, offset) => source.read(buffer, offset),
    fingerprint: () => source.fingerprint(),
    close: () => source.close(),
  };
}

async function pointOf(store: BlockStore): Promise<Buffer> {
  const repository = await openTestRepository(store);
  const [point] = await pointsOf(repository);
  if (point === undefined) throw new Error("there is no point");
  return restored(repository, point);
}

describe("a source that changes", () => {
  it("R3: what changed before the connection was lost is read again before the point is published, and said", async () => {
    const store = createMemoryBlockStore();
    const path = image();
    const task = await disturbed(store, path, { afterBytes: 20 * MIB, dropped: true, happens: () => scribble(path, 3 * MIB) });
    expect(task).toMatchObject({ result: "warning", remarks: [expect.stringContaining("read again")] });
    expect((await pointOf(store)).equals(readFileSync(path))).toBe(true);
  });

  it("R3: a drop during which nothing changed costs no second reading", async () => {
    const store = createMemoryBlockStore();
    const path = image();
    const task = await disturbed(store, path, { afterBytes: 20 * MIB, dropped: true, happens: () => {} });
    expect(task).toMatchObject({ result: "success", remarks: [], bytesRead: SIZE_MIB * MIB });
    expect((await pointOf(store)).equals(readFileSync(path))).toBe(true);
  });

  it("R3: where the system cannot say whether it changed, what lies before the drop is read again", async () => {
    const store = createMemoryBlockStore();
    const path = image();
    const silent = await disturbed(store, path, {
      afterBytes: 20 * MIB,
      dropped: true,
      silent: true,
      happens: () => scribble(path, 3 * MIB),
    });
    expect(silent).toMatchObject({ result: "warning", remarks: [expect.stringContaining("read again")] });
    expect(silent?.bytesRead).toBeGreaterThanOrEqual((SIZE_MIB + 20) * MIB);
    expect(silent?.bytesRead).toBeLessThan(2 * SIZE_MIB * MIB);
    expect((await pointOf(store)).equals(readFileSync(path))).toBe(true);
    const quiet = await disturbed(createMemoryBlockStore(), image(), {
      afterBytes: 20 * MIB,
      dropped: true,
      silent: true,
      happens: () => {},
    });
    expect(quiet).toMatchObject({ result: "success", remarks: [] });
  });

  it("R3: a change while it is read, without a drop, is said", async () => {
    const store = createMemoryBlockStore();
    const path = image();
    const task = await disturbed(store, path, { afterBytes: 20 * MIB, dropped: false, happens: () => scribble(path, 3 * MIB) });
    expect(task).toMatchObject({ result: "warning", remarks: [expect.stringContaining("changed while it was read")] });
  });

  it("R3: a source that shrinks is said, and what is missing is zeros", async () => {
    const store = createMemoryBlockStore();
    const path = image();
    const task = await disturbed(store, path, { afterBytes: 4 * MIB, dropped: false, happens: () => truncateSync(path, 30 * MIB) });
    expect(task).toMatchObject({ result: "warning", remarks: expect.arrayContaining([expect.stringContaining("smaller")]) as unknown });
    const point = await pointOf(store);
    expect(point.byteLength).toBe(SIZE_MIB * MIB);
    expect(point.subarray(0, 30 * MIB).equals(readFileSync(path))).toBe(true);
    expect(point.subarray(30 * MIB).equals(Buffer.alloc(10 * MIB))).toBe(true);
  });
});

describe("a store that forgets", () => {
  /** Takes these units, and does not have them. */
  function forgetful(store: BlockStore, forgets: (number: number) => boolean): BlockStore {
    let units = 0;
    return {
      ...store,
      putUnit: async (segment, id, bytes, options) => {
        if (!forgets(++units)) await store.putUnit(segment, id, bytes, options);
      },
    };
  }

  it("R2: units that it took and lost are sent again, into the same point", async () => {
    const store = createMemoryBlockStore();
    const path = image();
    const repository = await openTestRepository(forgetful(store, (number) => number === 2 || number === 5));
    const { tasks } = await backUp(repository, jobOf({ d: path }));
    expect(tasks).toMatchObject([{ result: "success", blocksLost: 8, blocksSent: SIZE_MIB }]);
    expect((await pointOf(store)).equals(readFileSync(path))).toBe(true);
  });

  it("gives up on one that loses everything, and publishes nothing", async () => {
    const store = createMemoryBlockStore();
    const repository = await openTestRepository(forgetful(store, () => true));
    const { tasks } = await backUp(repository, jobOf({ d: image() }));
    expect(tasks).toMatchObject([{ result: "failed", errorCode: "STORE_UNITS_MISSING" }]);
    expect(await pointsOf(await openTestRepository(store))).toEqual([]);
  });
});
