/** A worker that dies, or a job that it cannot do, ends the transfer: nobody waits for a buffer that will not come back. */
import { describe, expect, it, onTestFinished } from "vitest";
import { noCounts, countInto } from "../../../src/agent/backup/counts.ts";
import { Transfer } from "../../../src/agent/backup/transfer.ts";
import { PLAIN_KEY_ID } from "../../../src/agent/format/data-key.ts";
import { WorkerPool } from "../../../src/agent/pipeline/worker-pool.ts";
import { createMemoryBlockStore } from "../../../src/store/blocks/memory.ts";

const input = { unitNumber: 0, lengths: [4_096], places: [0], candidates: new Uint8Array() };

describe("a worker that dies", () => {
  it("ends a transfer whose buffers were all with it", async () => {
    // A secret that no key can be made of: the thread throws as soon as it runs.
    const secret = {} as unknown as Uint8Array;
    const workers = new WorkerPool({ secret, keyId: "no id", compression: { codec: "none" }, draftId: PLAIN_KEY_ID, attempt: 1 }, 1);
    onTestFinished(() => workers.close());
    const store = createMemoryBlockStore();
    const signal = new AbortController().signal;
    const transfer = new Transfer({ store, workers, attempt: 1, segmentName: () => "data/m/d/s", counts: countInto(noCounts()), signal });
    const reading = (async () => {
      for (let unit = 0; unit < 100; unit++) {
        transfer.check();
        const plain = await transfer.plain.take();
        new Uint8Array(plain).fill(1, 0, 4_096);
        transfer.submit(
          plain,
          { ...input, unitNumber: unit },
          () => {},
          async () => {},
        );
      }
    })();
    await expect(reading).rejects.toThrow();
    await expect(transfer.drain()).rejects.toThrow();
  }, 20_000);
});
