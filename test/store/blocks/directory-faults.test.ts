import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rename, rm, truncate, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { openDirectoryBlockStore } from "../../../src/store/blocks/directory.ts";
import type { BlockStore, SegmentName } from "../../../src/store/blocks/block-store.ts";
import { createListCache } from "../../../src/store/blocks/list-cache.ts";
import { reconnecting } from "../../../src/store/blocks/reconnecting.ts";

const base = await mkdtemp(join(tmpdir(), "reprise-block-files-"));
const mounted: string[] = [];
afterAll(async () => {
  for (const place of mounted) spawnSync("umount", ["-l", place]);
  await rm(base, { recursive: true, force: true });
});

/** Mounting takes root, and not every container lets root do it. */
const canMount = await (async () => {
  const place = join(base, "can-mount");
  await mkdir(place);
  return spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", place]).status === 0 && spawnSync("umount", [place]).status === 0;
})();

const id = (number: number): string => number.toString(16).padStart(8, "0");
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const unit = (number: number): Uint8Array => new Uint8Array(500_000).fill(number + 1);
const namesOf = async (store: BlockStore): Promise<SegmentName[]> => {
  const names: SegmentName[] = [];
  for await (const name of store.listSegments("data/")) names.push(name);
  return names;
};

let places = 0;
let root: string;
let store: BlockStore;
beforeEach(() => {
  root = join(base, String(++places), "store");
  store = openDirectoryBlockStore(root);
});

describe("a directory that is a share", () => {
  const calls: [string, () => Promise<unknown>][] = [
    ["get", () => store.get("record")],
    ["put", () => store.put("record", text("x"))],
    ["create", () => store.create("other", text("x"))],
    ["replace", () => store.replace("record", text("x"), "1")],
    ["delete", () => store.delete("record")],
    ["list", async () => void (await store.list("")[Symbol.asyncIterator]().next())],
    ["putUnit", () => store.putUnit("data/s", id(5), unit(5))],
    ["listUnits", () => store.listUnits("data/s")],
    ["seal", () => store.seal("data/s", [id(0)])],
    ["readRange", () => store.readRange("data/sealed", 0, 10)],
    ["listSegments", () => namesOf(store)],
    ["deleteSegment", () => store.deleteSegment("data/s")],
    ["deleteRecord", () => store.deleteRecord("record")],
    ["exists", () => store.exists()],
    ["probe", () => store.probe()],
  ];

  const fill = async (): Promise<void> => {
    await store.put("record", text("x"));
    await store.putUnit("data/s", id(0), unit(0));
    await store.putUnit("data/sealed", id(0), unit(0));
    await store.seal("data/sealed", [id(0)]);
    await store.readRange("data/sealed", 0, 10);
  };

  it("R4: once it vanished it is unreachable, never empty, and nothing is made in its place", async () => {
    await fill();
    await rename(root, `${root}-away`);
    for (const [name, call] of calls) await expect(call(), name).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
    await mkdir(root);
    for (const [name, call] of calls) await expect(call(), name).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
    expect(await readdir(root)).toEqual([]);
    await rm(root, { recursive: true });
    await rename(`${root}-away`, root);
    for (const [name, call] of calls) await expect(call().then(() => name)).resolves.toBe(name);
  });

  it("R1, J9: a transfer goes on where it stopped when the share is back", async () => {
    const events: string[] = [];
    const through = reconnecting(store, { events: { onDrop: ({ reason }) => events.push(reason), onBack: () => events.push("back") } });
    const ids = Array.from({ length: 12 }, (_, number) => id(number));
    let returned: Promise<void> | undefined;
    for (const [number, each] of ids.entries()) {
      if (number === 6) {
        await rename(root, `${root}-away`);
        returned = wait(1_500).then(() => rename(`${root}-away`, root));
      }
      await through.putUnit("data/s", each, unit(number));
    }
    await returned;
    await through.seal("data/s", ids);
    expect(events).toEqual(["the store cannot be reached", "back"]);
    const whole = Buffer.concat(ids.map((_, number) => unit(number)));
    expect(Buffer.compare(await openDirectoryBlockStore(root).readRange("data/s", 0, whole.length), whole)).toBe(0);
  });

  it.skipIf(!canMount)("R4: unmounted it is unreachable, nothing lands on the disk below, and mounted again it goes on", async () => {
    const behind = join(base, "share");
    const point = join(base, "mount-point");
    await mkdir(behind);
    await mkdir(point);
    const mount = (): unknown => execFileSync("mount", ["--bind", behind, point]);
    mount();
    mounted.push(point);
    // The root itself is the mount point: without the share it is still there, as an empty directory.
    store = openDirectoryBlockStore(point);
    await fill();
    // Lazily, as a server that goes away: the lock of the records is still open.
    execFileSync("umount", ["-l", point]);
    for (const [name, call] of calls) await expect(call(), name).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
    expect(await readdir(point)).toEqual([]);
    mount();
    for (const [name, call] of calls) await expect(call().then(() => name)).resolves.toBe(name);
  });
});

describe("a directory whose disk is full", () => {
  it.skipIf(!canMount)("R4: says so, lists nothing half written, and goes on when there is space again", async () => {
    const point = join(base, "small");
    await mkdir(point);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=5m", "tmpfs", point]);
    mounted.push(point);
    store = reconnecting(openDirectoryBlockStore(point));
    await store.put("record", text("kept"));
    const put: number[] = [];
    const full = await (async () => {
      for (let number = 0; ; number++) {
        await store.putUnit("data/s", id(number), unit(number));
        put.push(number);
      }
    })().catch((error: unknown) => error);
    expect(full).toMatchObject({ code: "STORE_FULL", message: expect.stringContaining("Free some space") as string });
    expect(put.length).toBeGreaterThan(5);
    // Less than a unit is left, so a seal or a record may still fit, or not; never in part.
    const listed = (await store.listUnits("data/s"))?.units ?? [];
    expect(listed.map((each) => each.id).sort()).toEqual(put.map(id));
    expect(listed.every(({ sizeBytes }) => sizeBytes === 500_000)).toBe(true);
    expect(await readdir(join(point, "+tmp"))).toEqual([]);
    const large = new Uint8Array(600_000);
    await expect(store.put("record", large)).rejects.toMatchObject({ code: "STORE_FULL" });
    expect(new TextDecoder().decode((await store.get("record"))?.bytes)).toBe("kept");
    await writeFile(join(point, "filler"), new Uint8Array(4_000_000)).catch(() => undefined);
    await expect(store.seal("data/s", put.map(id))).rejects.toMatchObject({ code: "STORE_FULL" });
    expect((await store.listUnits("data/s"))?.sealed).toBe(false);
    await unlink(join(point, "filler"));
    await store.seal("data/s", put.map(id));
    expect(await store.readRange("data/s", 0, put.length * 500_000)).toHaveLength(put.length * 500_000);
  });
});

describe("a directory whose writer is killed", () => {
  it("R2: shows whole units only, and segments sealed or not, whenever that was", async () => {
    const script = fileURLToPath(new URL("directory-writer.ts", import.meta.url));
    for (let turn = 0; turn < 8; turn++) {
      const place = join(base, `killed-${turn}`);
      const child = spawn(process.execPath, [script, place], { env: { PATH: process.env["PATH"] }, stdio: ["ignore", "pipe", "inherit"] });
      const ended = once(child, "exit");
      await once(child.stdout, "data");
      await wait(turn * 23);
      child.kill("SIGKILL");
      await ended;
      const found = openDirectoryBlockStore(place);
      for (const { name, sealed } of await namesOf(found)) {
        const { units = [] } = (await found.listUnits(name)) ?? {};
        expect(units.every(({ sizeBytes }) => sizeBytes === 300_000)).toBe(true);
        const ids = units.map((each) => each.id).sort();
        if (sealed) expect(units).toHaveLength(8);
        // Sealing again finishes what was cut short.
        else await found.seal(name, ids);
        await found.seal(name, ids);
        const bytes = await found.readRange(name, 0, ids.length * 300_000);
        for (const [number, each] of ids.entries()) expect(bytes[number * 300_000]).toBe(Number.parseInt(each, 16) + 1);
        expect((await readdir(join(place, "+data", `${name.slice(5)}+`))).length).toBe(ids.length + 1);
      }
    }
  });
});

describe("a directory that somebody has been in", () => {
  it("says that a unit is missing, too short, or that the list cannot be read", async () => {
    const ids = [0, 1, 2].map(id);
    for (const [number, each] of ids.entries()) await store.putUnit("data/s", each, unit(number));
    await store.seal("data/s", ids);
    const folder = join(root, "+data", "s+");
    await truncate(join(folder, id(1)), 1_000);
    expect(await store.readRange("data/s", 0, 500_500)).toHaveLength(500_500);
    await expect(store.readRange("data/s", 499_000, 3_000)).rejects.toMatchObject({ code: "STORE_DAMAGED_RECORD" });
    await unlink(join(folder, id(0)));
    await expect(store.readRange("data/s", 0, 1)).rejects.toMatchObject({
      code: "STORE_DAMAGED_RECORD",
      message: expect.stringContaining(id(0)) as string,
    });
    await truncate(join(folder, "+sealed"), 40);
    await expect(openDirectoryBlockStore(root).readRange("data/s", 0, 1)).rejects.toMatchObject({ code: "STORE_DAMAGED_RECORD" });
    await expect(store.listUnits("data/s")).rejects.toMatchObject({ code: "STORE_DAMAGED_RECORD" });
  });

  it("does not list what it did not write", async () => {
    await store.putUnit("data/s", id(0), unit(0));
    await writeFile(join(root, "+data", "a file"), "");
    await mkdir(join(root, "+data", "with space+"));
    await mkdir(join(root, "+data", "empty+"));
    await writeFile(join(root, "+data", "s+", "notes.txt"), "");
    expect(await namesOf(store)).toEqual([{ name: "data/s", sealed: false }]);
    expect((await store.listUnits("data/s"))?.units).toHaveLength(1);
  });
});

describe("the lists that are remembered", () => {
  it("are bounded, and the one not asked for longest goes first", async () => {
    const cache = createListCache(2);
    const reads: string[] = [];
    const ask = (segment: string): Promise<unknown> =>
      cache.of(segment, async () => {
        reads.push(segment);
        return [];
      });
    for (const segment of ["a", "b", "a", "c", "a", "b", "c"]) await ask(segment);
    expect(reads).toEqual(["a", "b", "c", "b", "c"]);
  });
});
