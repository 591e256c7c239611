import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { FolderEntry } from "../../../src/agent/source/source.ts";
import { folderAt, folderInMemory, textOf, walkOf } from "../source/walk-of.ts";
import { entry, restore, restoreFolder, target } from "./restore-of.ts";

/** What a folder is: all that its entries say but where they are, when they changed, and the times. */
async function stateOf(path: string): Promise<unknown[]> {
  const { entries } = await walkOf(await folderAt(path));
  return entries.map(({ type, mode, uid, gid, sizeBytes, links, target, sameAs, path }) => {
    return { path: textOf(path), type, mode, uid, gid, sizeBytes, links, target, sameAs };
  });
}

/** The largest difference of a time, in nanoseconds. */
async function timesApartNs(a: string, b: string): Promise<number> {
  const [left, right] = [await walkOf(await folderAt(a)), await walkOf(await folderAt(b))];
  return Math.max(...left.entries.map((entry, index) => Math.abs(Number(entry.mtimeNs - (right.entries[index]?.mtimeNs ?? 0n)))));
}

/** A folder with all that one can hold. */
function full(root: string): void {
  fs.mkdirSync(join(root, "d/inner"), { recursive: true });
  fs.writeFileSync(join(root, "d/inner/file"), "content");
  fs.chmodSync(join(root, "d/inner/file"), 0o4751);
  fs.writeFileSync(join(root, "empty"), "");
  fs.writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0x0a, 0xfe])]), "odd");
  fs.linkSync(join(root, "d/inner/file"), join(root, "second-name"));
  fs.symlinkSync("/etc/shadow", join(root, "leads-out"));
  fs.symlinkSync("nowhere", join(root, "d/dangling"));
  execFileSync("mkfifo", ["-m", "640", join(root, "pipe")]);
  const sparse = fs.openSync(join(root, "sparse"), "w");
  fs.writeSync(sparse, "end", 4 * 1024 * 1024);
  fs.ftruncateSync(sparse, 12 * 1024 * 1024);
  fs.closeSync(sparse);
  if (process.getuid?.() === 0) fs.chownSync(join(root, "empty"), 1234, 4321);
  const times = [join(root, "d/inner/file"), join(root, "empty"), join(root, "d/inner"), join(root, "d"), root];
  for (const [index, path] of times.entries()) fs.utimesSync(path, 1_600_000_000 + index, 1_500_000_000.123456 + index);
  fs.lutimesSync(join(root, "d/dangling"), 1, 1_400_000_000);
  fs.chmodSync(join(root, "d/inner"), 0o551);
}

describe("a folder as the target", () => {
  it("J10: becomes what the source was, with links, modes, owners and times", async () => {
    const from = folderInMemory();
    const to = join(folderInMemory(), "made/here");
    full(from);
    const outcomes = await restoreFolder(from, to);
    expect([...new Set(outcomes.values())].sort()).toEqual(["done", "write"]);
    expect(await stateOf(to)).toEqual(await stateOf(from));
    expect(await timesApartNs(from, to)).toBeLessThan(500);
    expect(fs.readFileSync(join(to, "second-name"), "utf8")).toBe("content");
    expect(fs.statSync(join(to, "second-name")).ino).toBe(fs.statSync(join(to, "d/inner/file")).ino);
    expect(fs.statSync(join(to, "sparse")).blocks * 512).toBeLessThan(2 * 1024 * 1024);
    expect(fs.readFileSync(join(to, "sparse")).equals(fs.readFileSync(join(from, "sparse")))).toBe(true);
    execFileSync("chmod", ["-R", "u+rwx", from, to]);
  });

  it("a second restore finds all of it there, and changes nothing", async () => {
    const from = folderInMemory();
    const to = join(folderInMemory(), "to");
    full(from);
    await restoreFolder(from, to);
    const before = fs.statSync(join(to, "empty"), { bigint: true }).ctimeNs;
    const outcomes = await restoreFolder(from, to);
    expect([...new Set(outcomes.values())].sort()).toEqual(["done", "kept"]);
    expect(fs.statSync(join(to, "empty"), { bigint: true }).ctimeNs).toBe(before);
    expect(await stateOf(to)).toEqual(await stateOf(from));
    execFileSync("chmod", ["-R", "u+rwx", from, to]);
  });

  it("sets times before 1970 and of whole nanoseconds as near as Node can", async () => {
    const to = folderInMemory();
    const times = [-1_234_567_000_000_000n, 0n, 1_709_208_000_123_456_789n, 4_102_444_800_000_000_001n];
    await restore(
      to,
      times.map((mtimeNs, index) => entry(`f${index}`, { mtimeNs })),
    );
    for (const [index, wanted] of times.entries()) {
      const found = fs.statSync(join(to, `f${index}`), { bigint: true }).mtimeNs;
      expect(Math.abs(Number(found - wanted)), `f${index}`).toBeLessThan(500);
    }
  });

  it("leaves what stands there, and says so, unless it is told to overwrite", async () => {
    const to = folderInMemory();
    fs.writeFileSync(join(to, "longer"), "their longer content");
    fs.writeFileSync(join(to, "other"), "theirs!");
    fs.writeFileSync(join(to, "same"), "content");
    fs.utimesSync(join(to, "same"), 5, 5);
    fs.mkdirSync(join(to, "folder/below"), { recursive: true });
    fs.symlinkSync("theirs", join(to, "link"));
    fs.writeFileSync(join(to, "want-folder"), "theirs");
    const entries = [
      entry("", { type: "directory", mode: 0o700 }),
      entry("folder", {}),
      entry("link", { type: "symlink", target: Buffer.from("ours") }),
      entry("longer", {}),
      entry("other", {}),
      entry("same", { mtimeNs: 7_000_000_000n }),
      entry("want-folder", { type: "directory" }),
      entry("want-folder/inside", {}),
    ];
    const left = await restore(to, entries);
    expect(Object.fromEntries(left)).toEqual({
      "": "done",
      folder: "refused: a folder stands there",
      link: "refused: something else of this name stands there",
      longer: "refused: something else of this name stands there",
      other: "refused: something else of this name stands there",
      same: "kept",
      "want-folder": "refused: something that is no folder stands there",
      "want-folder/inside": "refused: something that is no folder stands where a folder is needed",
    });
    expect(fs.readdirSync(to)).toEqual(["folder", "link", "longer", "other", "same", "want-folder"]);
    expect(fs.readFileSync(join(to, "other"), "utf8")).toBe("theirs!");
    expect(fs.statSync(join(to, "same")).mtimeMs).toBe(5_000);

    const overwritten = await restore(to, entries, { overwrite: true });
    expect(Object.fromEntries(overwritten)).toEqual({
      "": "done",
      folder: "refused: a folder stands there",
      link: "done",
      longer: "write",
      other: "write",
      same: "kept",
      "want-folder": "done",
      "want-folder/inside": "write",
    });
    expect(fs.readFileSync(join(to, "other"), "utf8")).toBe("content");
    expect(fs.readlinkSync(join(to, "link"))).toBe("ours");
    expect(fs.statSync(join(to, "same")).mtimeMs).toBe(7_000);
  });

  it("leaves mode and time of a folder that had something in it before", async () => {
    const to = folderInMemory();
    fs.chmodSync(to, 0o711);
    fs.writeFileSync(join(to, "theirs"), "");
    const root = entry("", { type: "directory", mode: 0o750 });
    await restore(to, [root]);
    expect(fs.statSync(to).mode & 0o777).toBe(0o711);
    await restore(to, [root], { overwrite: true });
    expect(fs.statSync(to).mode & 0o777).toBe(0o750);
  });

  it("R3: a restore that was cut off goes on within the file, and knows its folder again", async () => {
    const to = join(folderInMemory(), "to");
    const root = entry("", { type: "directory", mode: 0o750, mtimeNs: 9_000_000_000n });
    const big = entry("d/big", { sizeBytes: 3_000_000 });
    const cut = await target(to);
    await cut.place(root);
    await cut.place(entry("d", { type: "directory", mode: 0o555, mtimeNs: 8_000_000_000n }));
    const first = await cut.place(big);
    if (first.outcome !== "write") throw new Error(first.outcome);
    await first.file.write(0, Buffer.alloc(1_000_000, 1));
    await first.file.close();
    await cut.close();
    expect(fs.existsSync(join(to, "d/big"))).toBe(false);

    const next = await target(to);
    await next.place(root);
    await next.place(entry("d", { type: "directory", mode: 0o555, mtimeNs: 8_000_000_000n }));
    const again = await next.place(big);
    if (again.outcome !== "write") throw new Error(again.outcome);
    expect(again.file.existingBytes).toBe(1_000_000);
    const there = Buffer.alloc(2_000_000);
    expect(await again.file.read(there, 0)).toBe(1_000_000);
    await again.file.write(1_000_000, Buffer.alloc(1_000_000, 2));
    await again.file.zeros(2_000_000, 1_000_000);
    await again.file.finish();
    await next.finish();
    expect(
      fs
        .readFileSync(join(to, "d/big"))
        .equals(Buffer.concat([Buffer.alloc(1_000_000, 1), Buffer.alloc(1_000_000, 2), Buffer.alloc(1_000_000)])),
    ).toBe(true);
    expect(fs.readdirSync(to)).toEqual(["d"]);
    expect(fs.readdirSync(join(to, "d"))).toEqual(["big"]);
    expect(fs.statSync(join(to, "d"))).toMatchObject({ mtimeMs: 8_000 });
    expect(fs.statSync(join(to, "d")).mode & 0o777).toBe(0o555);
    expect(fs.statSync(to)).toMatchObject({ mtimeMs: 9_000 });
  });

  it("a directory gets its time when the last file in it is finished, however late", async () => {
    const to = folderInMemory();
    const folder = await target(to);
    await folder.place(entry("d", { type: "directory", mtimeNs: 8_000_000_000n }));
    const late = await folder.place(entry("d/late", {}));
    await folder.place(entry("e", { type: "directory", mtimeNs: 8_000_000_000n }));
    if (late.outcome !== "write") throw new Error(late.outcome);
    await expect(folder.finish()).rejects.toThrow("1 files are still being written");
    await late.file.write(0, Buffer.from("content"));
    await late.file.finish();
    expect(fs.statSync(join(to, "d")).mtimeMs).toBe(8_000);
    await folder.finish();
  });

  it("makes another name of a file when that is finished, and of nothing else", async () => {
    const to = folderInMemory();
    fs.writeFileSync(join(to, "theirs"), "7 bytes");
    const folder = await target(to);
    const first = await folder.place(entry("first", { links: 3 }));
    const waiting = folder.place(entry("second", { links: 3, sameAs: Buffer.from("first") }));
    if (first.outcome !== "write") throw new Error(first.outcome);
    await first.file.write(0, Buffer.from("content"));
    await first.file.finish();
    expect(await waiting).toEqual({ outcome: "done" });
    expect(fs.readFileSync(join(to, "second"), "utf8")).toBe("content");
    // The same size, but it was never restored: its content is another.
    const third = await folder.place(entry("third", { links: 2, sameAs: Buffer.from("theirs") }));
    expect(third.outcome).toBe("write");
    if (third.outcome === "write") await third.file.close();
    await folder.close();
  });

  it("goes on below paths that are too long for one call", async () => {
    const from = folderInMemory();
    const to = folderInMemory();
    const name = "n".repeat(250);
    const parts = Array.from({ length: 20 }, () => name);
    const entries: FolderEntry[] = parts.map((_, index) => entry(parts.slice(0, index + 1).join("/"), { type: "directory" }));
    await restore(to, [...entries, entry([...parts, "leaf"].join("/"), {})]);
    expect((await walkOf(await folderAt(to))).paths.at(-1)?.length).toBe(20 * 251 + 4);
    execFileSync("rm", ["-rf", from, to]);
  });

  it("gives nobody's set-id bits to the user who restores", async ({ skip }) => {
    if (process.getuid?.() !== 0) return skip("needs root to become somebody else");
    const to = folderInMemory();
    fs.chownSync(to, 65534, 65534);
    execFileSync(process.execPath, ["--input-type=module", "-e", SET_ID_RESTORE], {
      env: { TARGET: to, MODULE: new URL("../../../src/agent/restore/target/folder-target.ts", import.meta.url).href },
      stdio: "inherit",
    });
    expect(fs.statSync(join(to, "tool"))).toMatchObject({ uid: 65534 });
    expect(fs.statSync(join(to, "tool")).mode & 0o7777).toBe(0o755);
  });

  it("a full disk is said, and what was written is kept for the next try", async ({ skip }) => {
    const to = folderInMemory();
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "none", to], { stdio: "ignore" });
    } catch {
      return skip("cannot mount here");
    }
    try {
      const big = entry("big", { sizeBytes: 4_000_000 });
      const folder = await target(to);
      const placed = await folder.place(big);
      if (placed.outcome !== "write") throw new Error(placed.outcome);
      await placed.file.write(0, Buffer.alloc(1_000_000, 1));
      await expect(placed.file.write(1_000_000, Buffer.alloc(3_000_000, 1))).rejects.toMatchObject({ code: "TARGET_FULL" });
      await placed.file.close();
      await folder.close();
      execFileSync("mount", ["-o", "remount,size=8m", to]);
      const next = await target(to);
      const again = await next.place(big);
      if (again.outcome !== "write") throw new Error(again.outcome);
      const there = Buffer.alloc(1_000_000);
      await again.file.read(there, 0);
      expect(there.equals(Buffer.alloc(1_000_000, 1))).toBe(true);
      await again.file.close();
      await next.close();
    } finally {
      execFileSync("umount", ["-l", to]);
    }
  });

  it("leaves no file open", async () => {
    const open = (): number => fs.readdirSync("/proc/self/fd").length;
    const from = folderInMemory();
    full(from);
    const to = join(folderInMemory(), "to");
    await restoreFolder(from, to);
    const before = open();
    await restoreFolder(from, to, { overwrite: true });
    await restoreFolder(from, join(folderInMemory(), "to"));
    expect(open()).toBe(before);
    execFileSync("chmod", ["-R", "u+rwx", from, to]);
  });
});

const SET_ID_RESTORE = `
  process.setgid(65534);
  process.setuid(65534);
  const { openFolderTarget } = await import(process.env.MODULE);
  const folder = await openFolderTarget({ path: process.env.TARGET, overwrite: false, onRemark: () => {} });
  const placed = await folder.place({
    path: Buffer.from("tool"), type: "file", mode: 0o6755, uid: 0, gid: 0, mtimeNs: 0n, ctimeNs: 0n, sizeBytes: 1, inode: "1:1", links: 1,
  });
  await placed.file.write(0, Buffer.from("x"));
  await placed.file.finish();
  await folder.finish();`;
