/** What was backed up comes back byte for byte: every point of every chain, whatever the shape. */
import { ftruncateSync, openSync, closeSync, readFileSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { BlobServiceClient } from "@azure/storage-blob";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AgentJob } from "../../../src/policy/job/job.ts";
import { openAzureBlockStore } from "../../../src/store/blocks/azure-blob.ts";
import type { BlockStore } from "../../../src/store/blocks/block-store.ts";
import { openDirectoryBlockStore } from "../../../src/store/blocks/directory.ts";
import { createMemoryBlockStore } from "../../../src/store/blocks/memory.ts";
import { backUp, jobOf, openTestRepository, pointsOf, restored, testFolder } from "../../support/agent-store.ts";
import { startAzurite, type Azurite } from "../../support/azurite.ts";
import { restoreTo } from "../../support/restore-to.ts";

const KIB = 1024;

interface Edit {
  readonly at: number;
  readonly length: number;
  /** 0: zeros. */
  readonly seed: number;
}

const edit = fc.record({ at: fc.nat(100), length: fc.integer({ min: 1, max: 200_000 }), seed: fc.nat(3) });
const history = fc.record({
  sizeBytes: fc.integer({ min: 1, max: 3_000_000 }),
  blockSizeBytes: fc.constantFrom(4 * KIB, 16 * KIB, 64 * KIB, 1024 * KIB, 4096 * KIB),
  compression: fc.constantFrom<AgentJob["compression"]>({ codec: "none" }, { codec: "zstd", level: 1 }),
  encrypt: fc.boolean(),
  sessions: fc.array(fc.record({ edits: fc.array(edit, { maxLength: 4 }), grow: fc.integer({ min: -50_000, max: 50_000 }) }), {
    minLength: 1,
    maxLength: 3,
  }),
});

/** Bytes that depend on the seed alone: runs that compress, and runs that do not. */
function bytesOf({ length, seed }: Edit): Buffer {
  const bytes = Buffer.alloc(length);
  if (seed === 0) return bytes;
  let state = seed * 2_654_435_761;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = at % 4096 < 2048 ? seed : state >>> 24;
  }
  return bytes;
}

function change(path: string, edits: readonly Edit[], grow: number): void {
  const file = openSync(path, "r+");
  const size = Math.max(1, statSync(path).size + grow);
  ftruncateSync(file, size);
  for (const each of edits) {
    const at = Math.floor(((size - 1) * each.at) / 100);
    const bytes = bytesOf(each).subarray(0, size - at);
    writeSync(file, bytes, 0, bytes.byteLength, at);
  }
  closeSync(file);
}

async function playsBack(store: BlockStore, { sizeBytes, blockSizeBytes, compression, encrypt, sessions }: HistoryOf): Promise<void> {
  const path = join(testFolder(), "disk.img");
  writeFileSync(path, "");
  change(path, [], sizeBytes);
  const job = jobOf({ d: path }, { blockSizeBytes, compression });
  const repository = await openTestRepository(store, encrypt ? { encrypt, password: "a word" } : {});
  const states: Buffer[] = [];
  for (const { edits, grow } of sessions) {
    change(path, edits, grow);
    states.push(readFileSync(path));
    const { tasks } = await backUp(repository, job);
    expect(tasks).toMatchObject([{ result: "success" }]);
  }
  const points = await pointsOf(repository);
  expect(points.map(({ row }) => row.kind)).toEqual(states.map((_, index) => (index === 0 ? "full" : "incremental")));
  for (const [index, point] of points.entries())
    expect((await restored(repository, point)).equals(states[index] ?? Buffer.of())).toBe(true);
}

type HistoryOf = typeof history extends fc.Arbitrary<infer T> ? T : never;

describe("disks come back", () => {
  it("J13: every point of any chain of edits, plain or encrypted, with blocks of 4 KiB to 4 MiB", { timeout: 240_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(history, (one) => playsBack(createMemoryBlockStore(), one)),
      { numRuns: 12 },
    );
  });

  it("J13: from a directory, over the end of an index page, with holes", { timeout: 120_000 }, async () => {
    const folder = testFolder();
    const path = join(folder, "disk.img");
    writeFileSync(path, bytesOf({ at: 0, length: 300_001, seed: 2 }));
    const store = openDirectoryBlockStore(join(folder, "store"));
    const repository = await openTestRepository(store);
    const job = jobOf({ d: path }, { blockSizeBytes: 4 * KIB });
    // A page is 16 MiB here: two and a half of them, with the middle one all zeros.
    change(path, [], 40_000_000);
    await backUp(repository, job);
    change(path, [{ at: 99, length: 70_001, seed: 3 }], 0);
    await backUp(repository, job);
    const to = join(folder, "out.img");
    const { counts } = await restoreTo(repository, to);
    expect(readFileSync(to).equals(readFileSync(path))).toBe(true);
    expect(counts.bytesWritten).toBeLessThan(500_000);
    expect(statSync(to).blocks * 512).toBeLessThan(2_000_000);
  });
});

describe("disks come back from blob storage", () => {
  let azurite: Azurite;
  beforeAll(async () => {
    azurite = await startAzurite();
  });
  afterAll(() => azurite.stop());

  it("J13: full and increments, encrypted", { timeout: 120_000 }, async () => {
    const client = BlobServiceClient.fromConnectionString(azurite.connectionString, { retryOptions: { maxTries: 1 } });
    const store = openAzureBlockStore(client.getContainerClient("round-trip"));
    const [one] = fc.sample(history, { numRuns: 1, seed: 42 });
    if (one !== undefined) await playsBack(store, { ...one, encrypt: true, sizeBytes: 6_000_001 });
  });
});
