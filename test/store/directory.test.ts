import { mkdir, mkdtemp, readFile, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { translating } from "../../src/store/directory-files.ts";
import { openDirectoryStore } from "../../src/store/directory.ts";
import type { Store } from "../../src/store/store.ts";

const base = await mkdtemp(join(tmpdir(), "reprise-directory-"));
afterAll(() => rm(base, { recursive: true, force: true }));

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const keysOf = async (store: Store): Promise<string[]> => {
  const keys: string[] = [];
  for await (const key of store.list("")) keys.push(key);
  return keys;
};

describe("the directory store", () => {
  let places = 0;
  let root: string;
  let store: Store;
  beforeEach(() => {
    root = join(base, String(++places), "state");
    store = openDirectoryStore(root);
  });

  it("makes its directory with the first write, never by reading", async () => {
    await store.get("a");
    await keysOf(store);
    await store.delete("a");
    await store.replace("a", text("x"), "1");
    await expect(stat(root)).rejects.toMatchObject({ code: "ENOENT" });
    await store.create("a", text("x"));
    expect((await stat(root)).isDirectory()).toBe(true);
  });

  it("keeps an object as a plain file under its key, and leaves no temporary file", async () => {
    await store.put("runs/r1/report.html", text("<p>"));
    await store.create("runs/r1/report.html", text("other"));
    await store.replace("runs/r1/report.html", text("other"), "stale");
    expect(await readFile(join(root, "runs", "r1", "report.html"), "utf8")).toBe("<p>");
    expect(await readdir(join(root, "+tmp"))).toEqual([]);
  });

  it("does the same without flushing", async () => {
    const quick = openDirectoryStore(root, { durable: false });
    expect(await quick.create("a/b", text("x"))).toBe(true);
    expect(await store.get("a/b")).toEqual(await quick.get("a/b"));
  });

  it("sweeps temporary files of killed writers, but no young ones", async () => {
    await store.put("a", text("x"));
    const now = Date.now() / 1000;
    for (const [name, ageSeconds] of [["old", 7_200] as const, ["young", 60] as const]) {
      await writeFile(join(root, "+tmp", name), "left over");
      await utimes(join(root, "+tmp", name), now - ageSeconds, now - ageSeconds);
    }
    expect(await keysOf(store)).toEqual(["a"]);
    await openDirectoryStore(root).put("a", text("y"));
    expect(await readdir(join(root, "+tmp"))).toEqual(["young"]);
  });

  it("does not list what cannot be a key", async () => {
    await store.put("a", text("x"));
    for (const name of ["with space", "ends.", "a+b", "ä"]) await writeFile(join(root, name), "");
    expect(await keysOf(store)).toEqual(["a"]);
  });

  it("refuses a key that is the folder of others, and one below a key", async () => {
    await store.put("a/b", text("x"));
    for (const write of [() => store.put("a", text("y")), () => store.create("a", text("y")), () => store.put("a/b/c", text("y"))]) {
      await expect(write()).rejects.toMatchObject({ code: "STORE_KEY_CONFLICT" });
    }
    expect(await store.get("a")).toBeUndefined();
    expect(await store.get("a/b/c")).toBeUndefined();
    expect(await store.replace("a", text("y"), "1")).toBe(false);
    await store.delete("a");
    await store.delete("a/b/c");
    expect(await keysOf(store)).toEqual(["a/b"]);
    expect(await readdir(join(root, "+tmp"))).toEqual([]);
  });

  it("waits while another process holds the lock, and lets readers through", async () => {
    await store.put("a", text("x"));
    const holder = new DatabaseSync(join(root, "+lock"));
    holder.exec("BEGIN IMMEDIATE");
    let written = false;
    const write = store.put("a", text("y")).then(() => (written = true));
    for (let reads = 0; reads < 5; reads++) expect(new TextDecoder().decode((await store.get("a"))?.bytes)).toBe("x");
    expect(written).toBe(false);
    holder.exec("COMMIT");
    holder.close();
    await write;
    expect(new TextDecoder().decode((await store.get("a"))?.bytes)).toBe("y");
  });

  it("goes on when its directory was removed and made again by another", async () => {
    await store.put("a", text("x"));
    await rm(root, { recursive: true });
    const other = openDirectoryStore(root);
    expect(await Promise.all([store.create("b", text("1")), other.create("b", text("2"))])).toContain(false);
    const holder = new DatabaseSync(join(root, "+lock"));
    holder.exec("BEGIN IMMEDIATE");
    let written = 0;
    const writes = [store, other].map((each) => each.put("c", text("x")).then(() => written++));
    for (let reads = 0; reads < 5; reads++) await store.get("c");
    expect(written).toBe(0);
    holder.exec("COMMIT");
    holder.close();
    await Promise.all(writes);
    expect(await keysOf(store)).toEqual(["b", "c"]);
  });

  it("says so when a file stands where the directory should be", async () => {
    await mkdir(join(root, ".."), { recursive: true });
    await writeFile(root, "a file");
    await expect(store.put("a", text("x"))).rejects.toMatchObject({
      code: "STORE_KEY_CONFLICT",
      message: `Could not write a in the store ${root}: a file stands where a folder is needed (ENOTDIR).`,
    });
    expect(await keysOf(store)).toEqual([]);
  });

  it.each([
    ["ENOSPC", "STORE_FULL", "no space is left on the device"],
    ["EDQUOT", "STORE_FULL", "quota"],
    ["EACCES", "STORE_DENIED", "permission denied"],
    ["EPERM", "STORE_DENIED", "not permitted"],
    ["EROFS", "STORE_DENIED", "read-only"],
    ["ESTALE", "STORE_UNREACHABLE", "disconnected"],
    ["EIO", "STORE_FAILED", "refused"],
  ])("says in words what %s means", async (code, kind, words) => {
    const failing = translating("write a/b", "/state", () => Promise.reject(Object.assign(new Error("raw"), { code })));
    await expect(failing).rejects.toMatchObject({
      code: kind,
      message: expect.stringMatching(`^Could not write a/b in the store /state: .*${words}.*\\(${code}\\)\\.$`) as string,
    });
  });
});

describe("the directory store of simulated runs", () => {
  it("bears many writes of one process in the same turn of the event loop", async () => {
    const store = openDirectoryStore(join(base, "at-once"), { durable: false });
    const bytes = new TextEncoder().encode("x");
    await store.put("a/first", bytes);
    await Promise.all(Array.from({ length: 50 }, (_, index) => store.put(`a/${index}`, bytes)));
    let listed = 0;
    for await (const key of store.list("a/")) listed += key === "" ? 0 : 1;
    expect(listed).toBe(51);
  });
});
