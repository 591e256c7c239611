/** Folders come back: content, names of any bytes, modes, times, links; or some paths of them. */
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createMemoryBlockStore } from "../../../src/store/blocks/memory.ts";
import type { BlockStore } from "../../../src/store/blocks/block-store.ts";
import { backUp, jobOf, openTestRepository, pointsOf, testFolder } from "../../support/agent-store.ts";
import { restoreTo } from "../../support/restore-to.ts";
import { contentOf, folderAt, walkOf } from "../source/walk-of.ts";

const at = (root: string, name: string): Buffer => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(name, "latin1")]);

/** Small files that share units, large ones of several tree pages, links, odd names. */
function fill(root: string): void {
  fs.mkdirSync(join(root, "many"), { mode: 0o750 });
  for (let index = 0; index < 700; index++) fs.writeFileSync(join(root, `many/${index}`), `file ${index}\n`.repeat(index % 40));
  fs.mkdirSync(join(root, "odd"));
  fs.writeFileSync(at(root, "odd/\xff\xfe\x01 \n"), "bytes");
  fs.writeFileSync(join(root, "odd/ünïcode ✓"), "text");
  fs.writeFileSync(join(root, "odd/holes"), randomBytes(10_000));
  fs.truncateSync(join(root, "odd/holes"), 3_000_000);
  fs.writeFileSync(join(root, "first"), randomBytes(200_000));
  fs.linkSync(join(root, "first"), join(root, "many/second"));
  fs.linkSync(join(root, "first"), join(root, "third"));
  fs.symlinkSync("../outside", join(root, "odd/link"));
  fs.writeFileSync(join(root, "script"), "#!/bin/sh\n", { mode: 0o755 });
  fs.utimesSync(join(root, "script"), new Date("2001-02-03T04:05:06Z"), new Date("2001-02-03T04:05:06Z"));
  fs.chmodSync(join(root, "odd"), 0o500);
}

interface Described {
  readonly type: string;
  readonly mode: number;
  readonly mtimeMs: bigint;
  readonly content: string;
  readonly target: string | undefined;
  readonly sameAs: string | undefined;
}

async function treeOf(root: string): Promise<Map<string, Described>> {
  const source = await folderAt(root);
  const { entries } = await walkOf(source);
  const tree = new Map<string, Described>();
  for (const entry of entries)
    tree.set(Buffer.from(entry.path).toString("latin1"), {
      type: entry.type,
      mode: entry.mode,
      // Exact to some hundred nanoseconds.
      mtimeMs: (entry.mtimeNs + 500_000n) / 1_000_000n,
      content: entry.type === "file" ? await contentOf(source, entry) : "",
      target: entry.target && Buffer.from(entry.target).toString("latin1"),
      sameAs: entry.sameAs && Buffer.from(entry.sameAs).toString("latin1"),
    });
  await source.close();
  return tree;
}

async function backedUp(root: string, store: BlockStore = createMemoryBlockStore(), password?: string) {
  const repository = await openTestRepository(store, password === undefined ? {} : { password, encrypt: true });
  const { tasks } = await backUp(repository, jobOf({ d: `${root}/` }, { blockSizeBytes: 4_096 }));
  expect(tasks).toMatchObject([{ result: "success" }]);
  return repository;
}

/** Counts the bytes that are read of segments. */
function counting(store: BlockStore): { readonly store: BlockStore; read: number } {
  const counted = { store, read: 0 };
  return Object.assign(counted, {
    store: {
      ...store,
      readRange: (...args: Parameters<BlockStore["readRange"]>) => {
        counted.read += args[2];
        return store.readRange(...args);
      },
    },
  });
}

describe("folders come back", () => {
  it("J10, J13: with modes, links, times and names of any bytes; of every point", { timeout: 120_000 }, async () => {
    const folder = testFolder();
    const root = join(folder, "root");
    fs.mkdirSync(root);
    fill(root);
    const before = await treeOf(root);
    const store = createMemoryBlockStore();
    const repository = await backedUp(root, store, "a word");
    fs.chmodSync(join(root, "odd"), 0o700);
    fs.writeFileSync(join(root, "odd/new"), "new");
    fs.rmSync(join(root, "many/5"));
    fs.appendFileSync(join(root, "odd/holes"), "more");
    const after = await treeOf(root);
    await backUp(repository, jobOf({ d: `${root}/` }, { blockSizeBytes: 4_096 }));
    const [first, second] = await pointsOf(repository);
    const older = await restoreTo(repository, join(folder, "older"), { point: first?.row.id ?? "" });
    expect(older.problems).toEqual([]);
    expect(await treeOf(join(folder, "older"))).toEqual(before);
    await restoreTo(repository, join(folder, "newer"), { point: second?.row.id ?? "" });
    expect(await treeOf(join(folder, "newer"))).toEqual(after);
    fs.chmodSync(join(folder, "older/odd"), 0o700);
  });

  it("J13: small files that share a unit fetch it once", { timeout: 60_000 }, async () => {
    const folder = testFolder();
    const root = join(folder, "root");
    fs.mkdirSync(root);
    for (let index = 0; index < 600; index++) fs.writeFileSync(join(root, `f${index}`), randomBytes(1_000));
    const counted = counting(createMemoryBlockStore());
    const repository = await backedUp(root, counted.store);
    const { counts } = await restoreTo(repository, join(folder, "out"));
    expect(counts.bytesWritten).toBe(600_000);
    // Three batches of files; a unit may lie in two of them.
    expect(counted.read).toBeLessThan(3 * 600_000);
  });

  it("R5: a folder that was restored in part goes on, and fetches only the rest", { timeout: 60_000 }, async () => {
    const folder = testFolder();
    const root = join(folder, "root");
    fs.mkdirSync(join(root, "sub"), { recursive: true });
    for (let index = 0; index < 20; index++) fs.writeFileSync(join(root, `sub/${String(index).padStart(2, "0")}`), randomBytes(500_000));
    const counted = counting(createMemoryBlockStore());
    const repository = await backedUp(root, counted.store);
    const to = join(folder, "out");
    const stop = new AbortController();
    let done = 0;
    const cut = restoreTo(repository, to, {
      signal: stop.signal,
      onProgress: (bytes) => {
        done += bytes;
        if (done > 4_000_000) stop.abort(new Error("cut off"));
      },
    });
    await expect(cut).rejects.toThrow("cut off");
    counted.read = 0;
    const { counts, problems } = await restoreTo(repository, to);
    expect(problems).toEqual([]);
    expect(counts.bytesKept).toBeGreaterThan(3_000_000);
    expect(counts.bytesWritten + counts.bytesKept).toBe(10_000_000);
    expect(await treeOf(to)).toEqual(await treeOf(root));
    const again = await restoreTo(repository, to);
    expect(again.counts).toMatchObject({ bytesWritten: 0, bytesKept: 10_000_000 });
  });

  it("U5: only the paths that were asked for, also a link whose first name was not", { timeout: 60_000 }, async () => {
    const folder = testFolder();
    const root = join(folder, "root");
    fs.mkdirSync(root);
    fill(root);
    const repository = await backedUp(root);
    const to = join(folder, "out");
    await restoreTo(repository, to, { paths: ["many/second", `${root}/odd/holes`] });
    expect([...(await treeOf(to)).keys()]).toEqual(["", "many", "many/second", "odd", "odd/holes"]);
    expect(fs.readFileSync(join(to, "many/second")).equals(fs.readFileSync(join(root, "first")))).toBe(true);
    expect(fs.readFileSync(join(to, "odd/holes")).equals(fs.readFileSync(join(root, "odd/holes")))).toBe(true);
    fs.chmodSync(join(to, "odd"), 0o700);
    const none = restoreTo(repository, join(folder, "none"), { paths: ["many/second", "not/there"] });
    await expect(none).rejects.toThrow(/--path: found "not\/there"; allowed: a path that is in point/);
    expect(fs.existsSync(join(folder, "none"))).toBe(false);
  });

  it("what stands there otherwise is left and told, and replaced where that is allowed", { timeout: 60_000 }, async () => {
    const folder = testFolder();
    const root = join(folder, "root");
    fs.mkdirSync(root);
    fs.writeFileSync(join(root, "a"), "aaaa");
    fs.writeFileSync(join(root, "big"), randomBytes(40_000_000));
    const repository = await backedUp(root);
    const to = join(folder, "out");
    fs.mkdirSync(to);
    fs.writeFileSync(join(to, "a"), "other");
    // Of the same size, and different only in its last block: its tree goes over several pages.
    const other = fs.readFileSync(join(root, "big"));
    other.writeUInt8(other.readUInt8(other.byteLength - 1) ^ 1, other.byteLength - 1);
    fs.writeFileSync(join(to, "big"), other);
    const left = await restoreTo(repository, to);
    expect(left.problems.map((text) => text.split(":")[0])).toEqual(["!a", "!big"]);
    expect(fs.readFileSync(join(to, "a"), "utf8")).toBe("other");
    const { problems } = await restoreTo(repository, to, { overwrite: true });
    expect(problems).toEqual([]);
    expect(fs.readFileSync(join(to, "big")).equals(fs.readFileSync(join(root, "big")))).toBe(true);
    expect(fs.readFileSync(join(to, "a"), "utf8")).toBe("aaaa");
  });
});
