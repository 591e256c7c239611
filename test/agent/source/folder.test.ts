import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { comparePaths } from "../../../src/agent/source/path-order.ts";
import { contentOf, folderAt, folderInMemory, freshFolder, textOf, walkOf } from "./walk-of.ts";

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");
const inside = (root: string, path: string): Buffer => Buffer.concat([Buffer.from(`${root}/`), bytes(path)]);

describe("a folder", () => {
  it("J10: gives every entry with type, mode, owner and times in nanoseconds", async () => {
    const root = freshFolder();
    fs.mkdirSync(join(root, "sub"), { mode: 0o751 });
    fs.writeFileSync(join(root, "sub/run.sh"), "echo\n");
    fs.chmodSync(join(root, "sub/run.sh"), 0o4755);
    execFileSync("touch", ["-d", "2024-02-29 12:00:00.123456789 UTC", join(root, "sub/run.sh")]);
    fs.symlinkSync("../outside", join(root, "link"));
    execFileSync("mkfifo", [join(root, "pipe")]);
    const server = createServer().listen(join(root, "talk"));
    await new Promise((resolve) => server.once("listening", resolve));

    const { entries, paths, skipped } = await walkOf(await folderAt(root));
    server.close();
    expect(paths).toEqual(["", "link", "pipe", "sub", "sub/run.sh", "talk"]);
    expect(skipped).toEqual([]);
    expect(entries.map(({ type }) => type)).toEqual(["directory", "symlink", "fifo", "directory", "file", "socket"]);
    expect(entries[1]?.target).toEqual(Buffer.from("../outside"));
    expect(entries[3]?.mode).toBe(0o751);
    const info = fs.lstatSync(join(root, "sub/run.sh"), { bigint: true });
    expect(entries[4]).toMatchObject({
      mode: 0o4755,
      uid: Number(info.uid),
      gid: Number(info.gid),
      sizeBytes: 5,
      mtimeNs: 1_709_208_000_123_456_789n,
      ctimeNs: info.ctimeNs,
      inode: `${info.dev}:${info.ino}`,
      links: 1,
    });
  });

  it("J10: walks in the order of whole paths, with names of any bytes", async () => {
    // Mostly few bytes, on both sides of "/", so that names are often the beginning of others.
    const byte = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(0x21, 0x2d, 0x30, 0x61) },
      fc.integer({ min: 1, max: 255 }).map((some) => (some === 0x2f ? 0x2d : some)),
    );
    const name = fc
      .array(byte, { minLength: 1, maxLength: 4 })
      .map((some) => Buffer.from(some).toString("latin1"))
      .filter((text) => text !== "." && text !== "..");
    const tree = fc.array(fc.array(name, { minLength: 1, maxLength: 3 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(tree, async (paths) => {
        const root = fs.mkdtempSync("/tmp/reprise-order-");
        try {
          const made = new Set([""]);
          for (const parts of paths) {
            // Where a file stands already there is no directory to make.
            try {
              fs.mkdirSync(inside(root, parts.slice(0, -1).join("/")), { recursive: true });
              fs.writeFileSync(inside(root, parts.join("/")), "");
            } catch {
              continue;
            }
            parts.forEach((_, at) => made.add(parts.slice(0, at + 1).join("/")));
          }
          for (const path of made) if (!fs.existsSync(inside(root, path))) made.delete(path);
          const walked = await walkOf(await folderAt(root));
          expect(walked.skipped).toEqual([]);
          expect([...walked.paths].sort()).toEqual([...made].sort());
          expect(walked.paths).toEqual([...made].sort((a, b) => comparePaths(bytes(a), bytes(b))));
        } finally {
          fs.rmSync(root, { recursive: true });
        }
      }),
      { numRuns: 60 },
    );
  });

  it("J10: orders what is in a directory before a name that goes on with a smaller byte than /", async () => {
    const root = freshFolder();
    for (const directory of ["a", "a-b"]) fs.mkdirSync(join(root, directory));
    for (const file of ["a/z", "a-b/c", "a!", "a0"]) fs.writeFileSync(join(root, file), file);
    expect((await walkOf(await folderAt(root))).paths).toEqual(["", "a", "a/z", "a!", "a-b", "a-b/c", "a0"]);
  });

  it("reads files whose names are no valid text", async () => {
    const root = freshFolder();
    fs.writeFileSync(inside(root, "\xff\xfe\n\x01"), "odd");
    const source = await folderAt(root);
    const { entries } = await walkOf(source);
    expect(entries[1]?.path).toEqual(bytes("\xff\xfe\n\x01"));
    expect(entries[1] && (await contentOf(source, entries[1]))).toBe("odd");
  });

  it("J10: names the first path of a file with several names", async () => {
    const root = freshFolder();
    fs.mkdirSync(join(root, "d"));
    fs.writeFileSync(join(root, "d/first"), "same");
    for (const name of ["d/second", "third"]) fs.linkSync(join(root, "d/first"), join(root, name));
    fs.writeFileSync(join(root, "alone"), "other");
    const { entries } = await walkOf(await folderAt(root));
    const links = entries
      .filter(({ type }) => type === "file")
      .map(({ path, sameAs, links }) => [textOf(path), sameAs && textOf(sameAs), links]);
    expect(links).toEqual([
      ["alone", undefined, 1],
      ["d/first", undefined, 3],
      ["d/second", "d/first", 3],
      ["third", "d/first", 3],
    ]);
  });

  it("J10: goes below paths that are too long for one call", async () => {
    const root = freshFolder();
    const name = "n".repeat(250);
    let at = fs.openSync(root, fs.constants.O_DIRECTORY);
    for (let depth = 0; depth < 24; depth++) {
      fs.mkdirSync(`/proc/self/fd/${at}/${name}`);
      const inner = fs.openSync(`/proc/self/fd/${at}/${name}`, fs.constants.O_DIRECTORY);
      fs.closeSync(at);
      at = inner;
    }
    fs.writeFileSync(`/proc/self/fd/${at}/leaf`, "deep");
    fs.closeSync(at);
    const source = await folderAt(root);
    const { entries, skipped } = await walkOf(source);
    expect(skipped).toEqual([]);
    const leaf = entries.at(-1);
    expect(leaf?.path.length).toBe(24 * 251 + 4);
    expect(leaf && (await contentOf(source, leaf))).toBe("deep");
    execFileSync("rm", ["-rf", root]);
  });

  it("holds few directories open, however deep the tree is", async () => {
    const root = folderInMemory();
    fs.mkdirSync(join(root, "d/".repeat(400)), { recursive: true });
    fs.writeFileSync(join(root, "z"), "behind");
    for (let depth = 1; depth < 400; depth += 50) fs.writeFileSync(join(root, "d/".repeat(depth), "z"), "behind");
    const open = (): number => fs.readdirSync("/proc/self/fd").length;
    const before = open();
    let most = 0;
    const { paths, skipped } = await walkOf(await folderAt(root), () => void (most = Math.max(most, open())));
    expect(skipped).toEqual([]);
    expect(paths.length).toBe(1 + 400 + 1 + 8);
    expect(most - before).toBeLessThan(80);
    expect(open()).toBeLessThanOrEqual(before);
  });

  it("says what it cannot read, and goes on", async ({ skip }) => {
    if (process.getuid?.() !== 0) skip("needs root to become somebody else");
    const root = freshFolder();
    fs.chmodSync(root, 0o755);
    fs.mkdirSync(join(root, "closed"), { mode: 0o700 });
    fs.writeFileSync(join(root, "closed/secret"), "");
    fs.writeFileSync(join(root, "open"), "");
    process.seteuid?.(65534);
    try {
      const { paths, skipped } = await walkOf(await folderAt(root));
      expect(paths).toEqual(["", "closed", "open"]);
      expect(skipped).toEqual([{ path: "closed", why: "what is in it cannot be read: permission denied (EACCES)" }]);
    } finally {
      process.seteuid?.(0);
    }
  });

  it("does not enter what is mounted below the root, and says so", async ({ skip }) => {
    const root = freshFolder();
    fs.mkdirSync(join(root, "mounted"));
    fs.writeFileSync(join(root, "own"), "");
    try {
      execFileSync("mount", ["-t", "tmpfs", "none", join(root, "mounted")], { stdio: "ignore" });
    } catch {
      skip("cannot mount here");
    }
    try {
      fs.writeFileSync(join(root, "mounted/other"), "");
      const { paths, skipped } = await walkOf(await folderAt(root));
      expect(paths).toEqual(["", "mounted", "own"]);
      expect(skipped).toEqual([{ path: "mounted", why: "another file system is mounted here, which is not entered" }]);
    } finally {
      execFileSync("umount", [join(root, "mounted")]);
    }
  });

  it("leaves out what vanishes while it walks", async () => {
    const root = freshFolder();
    for (const name of ["a", "gone-directory", "gone-late"]) fs.mkdirSync(join(root, name));
    for (let index = 0; index < 200; index++) fs.writeFileSync(join(root, `a/f${String(index).padStart(3, "0")}`), "");
    fs.writeFileSync(join(root, "gone-file"), "");
    const source = await folderAt(root);
    const { entries, paths, skipped } = await walkOf(source, (path) => {
      if (path === "a/f100") fs.rmSync(join(root, "a/f150"));
      if (path === "gone-directory") fs.rmdirSync(join(root, "gone-directory"));
      if (path === "gone-file") fs.rmSync(join(root, "gone-file"));
    });
    expect(skipped).toEqual([]);
    expect(paths).not.toContain("a/f150");
    expect(paths).toContain("gone-late");
    const gone = entries.find(({ path }) => textOf(path) === "gone-file");
    expect(gone && (await source.openFile(gone))).toBeUndefined();
  });

  it("does not follow a link that is put in place of a directory while it walks", async () => {
    const root = freshFolder();
    const elsewhere = freshFolder();
    fs.writeFileSync(join(elsewhere, "secret"), "");
    fs.mkdirSync(join(root, "d"));
    fs.writeFileSync(join(root, "d/secret"), "own");
    const source = await folderAt(root);
    const before = (await walkOf(source)).entries.at(-1);
    const { paths } = await walkOf(source, (path) => {
      if (path !== "d") return;
      fs.rmSync(join(root, "d"), { recursive: true });
      fs.symlinkSync(elsewhere, join(root, "d"));
    });
    expect(paths).toEqual(["", "d"]);
    expect(before && (await source.openFile(before))).toBeUndefined();
  });

  it("says that a directory was replaced while it walks", async () => {
    const root = freshFolder();
    for (const name of ["d", "new/inside"]) fs.mkdirSync(join(root, name), { recursive: true });
    const { paths, skipped } = await walkOf(await folderAt(root), (path) => {
      if (path !== "d") return;
      fs.renameSync(join(root, "d"), join(root, "old"));
      fs.renameSync(join(root, "new"), join(root, "d"));
    });
    // It was seen already when it was still there.
    expect(paths).toEqual(["", "d", "new"]);
    expect(skipped).toEqual([{ path: "d", why: "it was replaced while the folder was read" }]);
  });

  it("tells that a file changed while it was read, or was replaced", async () => {
    const root = freshFolder();
    for (const name of ["grows", "replaced", "same", "becomes-link"]) fs.writeFileSync(join(root, name), "content");
    const source = await folderAt(root);
    const byName = new Map((await walkOf(source)).entries.map((entry) => [textOf(entry.path), entry]));
    const changed = async (name: string, change: () => void): Promise<boolean | undefined> => {
      const entry = byName.get(name);
      const file = entry && (await source.openFile(entry));
      change();
      const answer = await file?.changed();
      await file?.close();
      return answer;
    };
    expect(await changed("same", () => undefined)).toBe(false);
    expect(await changed("grows", () => fs.appendFileSync(join(root, "grows"), "more"))).toBe(true);
    fs.writeFileSync(join(root, "new"), "content");
    fs.renameSync(join(root, "new"), join(root, "replaced"));
    expect(await changed("replaced", () => undefined)).toBe(true);
    fs.rmSync(join(root, "becomes-link"));
    fs.symlinkSync("/etc/hostname", join(root, "becomes-link"));
    expect(await changed("becomes-link", () => undefined)).toBeUndefined();
  });

  it("walks 5,000 small files in little processor time", async () => {
    const root = folderInMemory();
    for (let index = 0; index < 5_000; index++) {
      if (index % 500 === 0) fs.mkdirSync(join(root, `d${index / 500}`));
      fs.writeFileSync(join(root, `d${Math.floor(index / 500)}/f${index}`), "x");
    }
    await walkOf(await folderAt(root));
    const since = process.cpuUsage();
    const { entries } = await walkOf(await folderAt(root));
    const used = process.cpuUsage(since);
    expect(entries.length).toBe(5_011);
    // About 0.06 s on a quiet machine.
    expect((used.user + used.system) / 1_000_000).toBeLessThan(0.6);
  });
});
