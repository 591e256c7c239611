/** A restore whose line to the store is cut, or whose target goes away, waits and goes on where it stood. */
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { BlobServiceClient } from "@azure/storage-blob";
import { describe, expect, it, onTestFinished } from "vitest";
import { openDiskTarget } from "../../../src/agent/restore/target/disk-target.ts";
import { TargetError } from "../../../src/agent/restore/target/target.ts";
import { openAzureBlockStore } from "../../../src/store/blocks/azure-blob.ts";
import { createMemoryBlockStore } from "../../../src/store/blocks/memory.ts";
import { reconnecting } from "../../../src/store/blocks/reconnecting.ts";
import { backUp, jobOf, openTestRepository, testFolder } from "../../support/agent-store.ts";
import { startAzurite } from "../../support/azurite.ts";
import { restoreTo } from "../../support/restore-to.ts";
import { startTcpProxy } from "../../support/tcp-proxy.ts";

const MIB = 1024 * 1024;
const TIME_LIMIT = { timeout: 180_000 };

describe("a restore", () => {
  it("R1, R2, R5: goes on when the line to the store is cut, and fetches nothing twice that was written", TIME_LIMIT, async () => {
    const folder = testFolder();
    const path = join(folder, "disk.img");
    fs.writeFileSync(path, randomBytes(112 * MIB));
    const azurite = await startAzurite();
    const proxy = await startTcpProxy(azurite.port);
    onTestFinished(async () => {
      await proxy.stop();
      await azurite.stop();
    });
    const client = BlobServiceClient.fromConnectionString(azurite.connectionStringVia(proxy.port), { retryOptions: { maxTries: 1 } });
    let drops = 0;
    const store = reconnecting(openAzureBlockStore(client.getContainerClient("cut")), { events: { onDrop: () => void drops++ } });
    const repository = await openTestRepository(store);
    await backUp(repository, jobOf({ d: path }));
    let done = 0;
    let refused = false;
    const to = join(folder, "out.img");
    const { counts } = await restoreTo(repository, to, {
      onProgress: (bytes) => {
        done += bytes;
        if (done < 8 * MIB || refused) return;
        refused = true;
        void proxy.refuse().then(() => setTimeout(() => void proxy.pass(), 2_000));
      },
    });
    expect(refused).toBe(true);
    expect(drops).toBeGreaterThanOrEqual(1);
    expect(counts).toEqual({ bytesWritten: 112 * MIB, bytesKept: 0, blocksVerified: 112 });
    expect(fs.readFileSync(to).equals(fs.readFileSync(path))).toBe(true);
  });

  it("R5: waits for a target that went away, as long as the patience goes, and goes on with what is there", TIME_LIMIT, async () => {
    const folder = testFolder();
    const path = join(folder, "disk.img");
    fs.writeFileSync(path, randomBytes(64 * MIB));
    const repository = await openTestRepository(createMemoryBlockStore());
    await backUp(repository, jobOf({ d: path }));
    let written = 0;
    let awayUntilMs = 0;
    let wentAway = false;
    const check = (): void => {
      if (performance.now() < awayUntilMs) throw new TargetError("TARGET_UNREACHABLE", "the share is away.");
    };
    const openDisk: typeof openDiskTarget = async (options) => {
      check();
      const target = await openDiskTarget(options);
      const write = async (offset: number, bytes: Uint8Array): Promise<void> => {
        if (!wentAway && written >= 16 * MIB) {
          wentAway = true;
          awayUntilMs = performance.now() + 2_000;
        }
        check();
        await target.write(offset, bytes);
        written += bytes.byteLength;
      };
      return Object.create(target, {
        write: { value: write },
        read: { value: target.read.bind(target) },
        zeros: { value: target.zeros.bind(target) },
        finish: { value: () => target.finish() },
        close: { value: () => target.close() },
        existingBytes: { value: target.existingBytes },
      }) as typeof target;
    };
    let lost = 0;
    const to = join(folder, "out.img");
    const { counts } = await restoreTo(repository, to, {
      patience: { attemptEveryMs: 500, patienceMs: 60_000 },
      openDisk,
      onLost: () => void lost++,
    });
    expect([wentAway, lost]).toEqual([true, 1]);
    expect(counts.bytesKept).toBeGreaterThanOrEqual(12 * MIB);
    expect(fs.readFileSync(to).equals(fs.readFileSync(path))).toBe(true);
    [written, wentAway] = [0, false];
    const impatient = restoreTo(repository, join(folder, "second.img"), { patience: { attemptEveryMs: 200, patienceMs: 600 }, openDisk });
    await expect(impatient).rejects.toThrow("the share is away.");
  });
});
