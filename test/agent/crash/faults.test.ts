/** What goes wrong in the middle of a backup and is no lost connection: the session fails with one clear error, keeps what was sent, and the next one goes on. */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import {
  BlobServiceClient,
  ContainerSASPermissions,
  StorageSharedKeyCredential,
  generateBlobSASQueryParameters,
} from "@azure/storage-blob";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { systemClock } from "../../../src/clock/clock.ts";
import { openAzureBlockStore } from "../../../src/store/blocks/azure-blob.ts";
import type { BlockStore } from "../../../src/store/blocks/block-store.ts";
import { openDirectoryBlockStore } from "../../../src/store/blocks/directory.ts";
import { createMemoryBlockStore } from "../../../src/store/blocks/memory.ts";
import { openBlockStore } from "../../../src/store/blocks/open-block-store.ts";
import { reconnecting } from "../../../src/store/blocks/reconnecting.ts";
import { backUp, jobOf, openTestRepository, pointsOf, restored, testFolder } from "../../support/agent-store.ts";
import { startAzurite } from "../../support/azurite.ts";
import { runCommand } from "../../support/command-line.ts";
import { startLossyProxy } from "../../support/lossy-proxy.ts";

const MIB = 1024 * 1024;
const azurite = await startAzurite();
afterAll(() => azurite.stop());

function image(blocks: number): { readonly path: string; readonly bytes: Buffer } {
  const path = join(testFolder(), "disk.img");
  const bytes = randomBytes(blocks * MIB);
  writeFileSync(path, bytes);
  return { path, bytes };
}

/** The `nth` unit and all after it wait for `until`, which is asked once. */
function beforeUnit(store: BlockStore, nth: number, until: () => Promise<void>): BlockStore {
  let units = 0;
  let reached: Promise<void> | undefined;
  return {
    ...store,
    putUnit: async (...args) => {
      if (++units >= nth) await (reached ??= until());
      return store.putUnit(...args);
    },
  };
}

function sasUrl(container: string, expiresOn: Date): string {
  const { AccountName = "", AccountKey = "" } = Object.fromEntries(
    azurite.connectionString.split(";").map((part) => [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)]),
  );
  const sas = generateBlobSASQueryParameters(
    { containerName: container, permissions: ContainerSASPermissions.parse("racwdl"), expiresOn },
    new StorageSharedKeyCredential(AccountName, AccountKey),
  );
  return `${azurite.url}/${container}?${sas.toString()}`;
}

/** Each lost connection. */
function watched(store: BlockStore): { readonly store: BlockStore; readonly drops: string[] } {
  const drops: string[] = [];
  return { store: reconnecting(store, { events: { onDrop: ({ reason }) => drops.push(reason) } }), drops };
}

describe("a backup that is refused in the middle", { timeout: 90_000 }, () => {
  it("R4, J7: a SAS that expires is a failure and no lost connection; with another one the next session goes on", async () => {
    const { path, bytes } = image(40);
    const job = jobOf({ "disk.img": path });
    await BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient("expires").create();
    // Long enough for what comes before, on a machine that is busy too; seconds are what a SAS knows.
    const expiresMs = Math.ceil((Date.now() + 8_000) / 1_000) * 1_000;
    const bare = await openBlockStore("--to", sasUrl("expires", new Date(expiresMs)), { environment: {} });
    const first = watched(beforeUnit(bare, 4, () => wait(expiresMs + 1_100 - Date.now())));
    const repositoryThen = await openTestRepository(first.store);
    // The session cannot record its end either: one that cannot say so ends with the same error.
    const told = await backUp(repositoryThen, job).then(
      ({ tasks }) => ({ code: tasks[0]?.errorCode, message: tasks[0]?.error }),
      ({ code, message }: NodeJS.ErrnoException) => ({ code, message }),
    );
    expect(told).toMatchObject({ code: "STORE_DENIED", message: expect.stringContaining("the service refused (403") });
    expect(first.drops).toEqual([]);

    const again = watched(await openBlockStore("--to", sasUrl("expires", new Date(Date.now() + 3_600_000)), { environment: {} }));
    const repository = await openTestRepository(again.store);
    const { tasks } = await backUp(repository, job);
    expect(tasks).toEqual([expect.objectContaining({ result: "success" })]);
    expect(tasks[0]?.blocksResumed).toBeGreaterThanOrEqual(12);
    expect(tasks[0]?.blocksSent).toBeLessThanOrEqual(28);
    const points = await pointsOf(repository);
    expect(points).toHaveLength(1);
    for (const point of points) expect((await restored(repository, point)).equals(bytes)).toBe(true);
  });

  it("R4, J7: 413 is a failure, not repeated; the next session goes on", async () => {
    const { path, bytes } = image(40);
    const job = jobOf({ "disk.img": path });
    const proxy = await startLossyProxy(azurite.port);
    onTestFinished(() => proxy.stop());
    const container = BlobServiceClient.fromConnectionString(azurite.connectionStringVia(proxy.port)).getContainerClient("too-large");
    const bare = openAzureBlockStore(container);
    const first = watched(beforeUnit(bare, 4, async () => proxy.next({ method: "PUT", lose: 413 })));
    const { tasks, state } = await backUp(await openTestRepository(first.store), job);
    expect(first.drops).toEqual([]);
    expect(tasks).toEqual([
      expect.objectContaining({ result: "failed", errorCode: "STORE_FAILED", error: expect.stringContaining("413") }),
    ]);
    expect(state.phase).toMatchObject({ kind: "ended", result: "failed" });

    const repository = await openTestRepository(watched(bare).store);
    const again = await backUp(repository, job);
    expect(again.tasks).toEqual([expect.objectContaining({ result: "success" })]);
    expect(again.tasks[0]?.blocksResumed).toBeGreaterThanOrEqual(12);
    const points = await pointsOf(repository);
    expect(points).toHaveLength(1);
    for (const point of points) expect((await restored(repository, point)).equals(bytes)).toBe(true);
  });
});

describe("a clock that jumps", () => {
  const HOUR = 3_600_000;
  it.each([
    ["ahead by a year", 8_760 * HOUR],
    ["back by a day", -24 * HOUR],
  ])("J7, F3: %s in the middle of a backup and between two: every point restores, and only what changed is sent", async (_, jumpMs) => {
    const { path, bytes } = image(12);
    const job = jobOf({ "disk.img": path });
    const store = createMemoryBlockStore();
    const repository = await openTestRepository(store);
    let offMs = 0;
    const clock = { ...systemClock, now: () => Date.now() + offMs };
    const jumping = await openTestRepository(beforeUnit(store, 2, async () => void (offMs = jumpMs)));
    const contents = new Map<string, Buffer>();
    const noted = async (): Promise<void> => {
      for (const { row } of await pointsOf(repository)) if (!contents.has(row.id)) contents.set(row.id, Buffer.from(bytes));
    };
    expect((await backUp(jumping, job, { clock })).tasks).toEqual([expect.objectContaining({ result: "success", blocksSent: 12 })]);
    await noted();
    for (const block of [3, 7]) {
      randomBytes(MIB).copy(bytes, block * MIB);
      writeFileSync(path, bytes);
      expect((await backUp(repository, job, { clock })).tasks).toEqual([expect.objectContaining({ result: "success", blocksSent: 1 })]);
      await noted();
    }
    // And to where it was.
    offMs = 0;
    randomBytes(MIB).copy(bytes, 9 * MIB);
    writeFileSync(path, bytes);
    const { tasks } = await backUp(repository, job, { clock });
    expect(tasks).toEqual([expect.objectContaining({ result: "success" })]);
    expect(tasks[0]?.blocksSent).toBe(1);
    await noted();
    const points = await pointsOf(repository);
    expect(points).toHaveLength(4);
    for (const point of points)
      expect((await restored(repository, point)).equals(contents.get(point.row.id) ?? bytes), point.row.id).toBe(true);
  });
});

describe("a directory that is full", { timeout: 90_000 }, () => {
  const base = mkdtempSync(join(tmpdir(), "reprise-full-"));
  afterAll(() => rmSync(base, { recursive: true }));
  /** Mounting takes root, and not every container lets root do it. */
  const canMount =
    spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", base]).status === 0 && spawnSync("umount", [base]).status === 0;

  it.skipIf(!canMount).each([3, 9, 14])(
    "J7: at %i MiB, in the middle of a backup: one clear error, what was sent is kept, and with more space the next session goes on",
    async (sizeMiB) => {
      const { path, bytes } = image(24);
      const place = join(testFolder(), "mounted");
      mkdirSync(place);
      const mount = (options: string): void => {
        const { status, stderr } = spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", place]);
        if (status !== 0) throw new Error(stderr.toString());
      };
      mount(`size=${sizeMiB}m`);
      onTestFinished(() => void spawnSync("umount", ["-l", place]));
      const root = join(place, "store");
      const args = ["backup", "--name", "j", "--machine", "m", "--source", path, "--to", root, "--json"];
      // Hardly any two at a time: of eight that begin together, all may meet the end.
      const failed = await runCommand([...args, "--bandwidth", "4MiB"]);
      expect(failed.code, failed.stdout + failed.stderr).toBe(1);
      const words = failed.stdout + failed.stderr;
      expect(words.match(/no space is left on the device/g)).toHaveLength(1);
      expect(words).not.toMatch(/\bat .*\.[jt]s:\d+|connection was lost/);

      // Nothing half written is left to fill it further.
      expect(await readdir(join(root, "+tmp")).catch(() => [])).toEqual([]);
      mount("remount,size=80m");
      const { code, stdout, stderr } = await runCommand(args);
      expect(code, stderr).toBe(0);
      const summary = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as {
        readonly tasks: readonly [{ readonly blocksSent: number; readonly blocksResumed: number }];
      };
      // Units of 4 MiB: those that fitted.
      const fitted = Math.floor((sizeMiB - 0.5) / 4) * 4;
      expect(summary.tasks[0].blocksSent + summary.tasks[0].blocksResumed).toBe(24);
      expect(summary.tasks[0].blocksResumed).toBeGreaterThanOrEqual(Math.min(fitted, 4));
      const repository = await openTestRepository(openDirectoryBlockStore(root));
      const points = await pointsOf(repository);
      expect(points).toHaveLength(1);
      for (const point of points) expect((await restored(repository, point)).equals(bytes)).toBe(true);
    },
  );
});
