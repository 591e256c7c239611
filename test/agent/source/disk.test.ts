import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sizeByReading } from "../../../src/agent/source/device.ts";
import { openSource } from "../../../src/agent/source/open-source.ts";
import { loopDevice } from "../../support/loop-device.ts";
import { diskAt, freshFolder } from "./walk-of.ts";

const MIB = 1024 * 1024;

describe("a disk image", () => {
  it("J10: reads any range, and less only at the end", async () => {
    const path = join(freshFolder(), "disk.img");
    fs.writeFileSync(path, Buffer.from(Array.from({ length: 1_000 }, (_, index) => index % 251)));
    const disk = await diskAt(path);
    expect(disk).toMatchObject({ kind: "disk", medium: "image", path, sizeBytes: 1_000 });
    const buffer = Buffer.alloc(600);
    expect(await disk.read(buffer, 300)).toBe(600);
    expect(buffer).toEqual(fs.readFileSync(path).subarray(300, 900));
    expect(await disk.read(buffer, 900)).toBe(100);
    expect(await disk.read(buffer, 1_000)).toBe(0);
  });

  it("reads a sparse image of 5 GiB beyond 32 bits", async () => {
    const path = join(freshFolder(), "sparse.img");
    fs.writeFileSync(path, "");
    fs.truncateSync(path, 5 * 1024 * MIB);
    const file = fs.openSync(path, "r+");
    fs.writeSync(file, "end", 5 * 1024 * MIB - 3);
    fs.closeSync(file);
    const disk = await diskAt(path);
    expect(disk.sizeBytes).toBe(5 * 1024 * MIB);
    const buffer = Buffer.alloc(MIB, 1);
    expect(await disk.read(buffer, 5 * 1024 * MIB - MIB)).toBe(MIB);
    expect(buffer.subarray(-4).toString("latin1")).toBe("\0end");
  });

  it("keeps the size it had at the start when the file grows, and reads less when it shrinks", async () => {
    const path = join(freshFolder(), "disk.img");
    fs.writeFileSync(path, Buffer.alloc(100, 1));
    const disk = await diskAt(path);
    fs.appendFileSync(path, "more");
    expect(await disk.read(Buffer.alloc(200), 50)).toBe(50);
    fs.truncateSync(path, 60);
    expect(await disk.read(Buffer.alloc(200), 50)).toBe(10);
  });

  it("J10: has another fingerprint after any write, and the same after a read", async () => {
    const path = join(freshFolder(), "disk.img");
    fs.writeFileSync(path, Buffer.alloc(100, 1));
    const disk = await diskAt(path);
    const before = await disk.fingerprint();
    expect(before).toMatch(/^100-\d+-\d+-\d+$/);
    await disk.read(Buffer.alloc(10), 0);
    expect(await disk.fingerprint()).toBe(before);
    const { atime, mtime } = fs.statSync(path);
    const file = fs.openSync(path, "r+");
    fs.writeSync(file, "x", 5);
    fs.closeSync(file);
    // Not even a writer that sets the time back is missed.
    fs.utimesSync(path, atime, mtime);
    expect(await disk.fingerprint()).not.toBe(before);
  });
});

describe("a block device", () => {
  it("J10: is read to its size, and has no fingerprint", async ({ skip }) => {
    const image = join(freshFolder(), "disk.img");
    fs.writeFileSync(image, Buffer.alloc(3 * MIB + 512, 7));
    const path = loopDevice(image);
    if (path === undefined) return skip("no loop devices here");
    const disk = await diskAt(path);
    expect(disk).toMatchObject({ medium: "device", sizeBytes: 3 * MIB + 512 });
    expect(await disk.fingerprint()).toBeUndefined();
    const buffer = Buffer.alloc(MIB);
    expect(await disk.read(buffer, 3 * MIB)).toBe(512);
    expect(buffer[511]).toBe(7);
  });

  it.each([0, 1, 511, 512, 513, 12_345 * 512, 3 * MIB + 512])(
    "finds a size of %d bytes by reading, where the system does not say it",
    async (size) => {
      const path = join(freshFolder(), "disk.img");
      fs.writeFileSync(path, "");
      fs.truncateSync(path, size);
      const file = fs.openSync(path, "r");
      expect(await sizeByReading(file)).toBe(size);
      fs.closeSync(file);
    },
  );
});

describe("opening a source", () => {
  it("says in words what is wrong", async () => {
    const folder = freshFolder();
    execFileSync("mkfifo", [join(folder, "pipe")]);
    fs.writeFileSync(join(folder, "file"), "");
    await expect(openSource(join(folder, "nothing"))).rejects.toMatchObject({
      code: "SOURCE_NOT_FOUND",
      message: `The source ${folder}/nothing does not exist.`,
    });
    await expect(openSource(join(folder, "file/below"))).rejects.toMatchObject({ code: "SOURCE_NOT_FOUND" });
    await expect(openSource(join(folder, "pipe"))).rejects.toMatchObject({
      code: "SOURCE_UNSUPPORTED",
      message: expect.stringContaining("is a fifo; allowed: an image file"),
    });
    await expect(openSource("/dev/null")).rejects.toMatchObject({
      code: "SOURCE_UNSUPPORTED",
      message: expect.stringContaining("a character device"),
    });
    await expect(openSource("a\0b")).rejects.toMatchObject({ code: "SOURCE_UNSUPPORTED" });
    await expect(openSource("")).rejects.toMatchObject({ code: "SOURCE_UNSUPPORTED" });
  });

  it("says that it may not read", async ({ skip }) => {
    if (process.getuid?.() !== 0) skip("needs root to become somebody else");
    const folder = freshFolder();
    fs.chmodSync(folder, 0o755);
    fs.mkdirSync(join(folder, "closed"), { mode: 0o700 });
    fs.writeFileSync(join(folder, "image"), "", { mode: 0o600 });
    process.seteuid?.(65534);
    try {
      for (const name of ["closed", "image"])
        await expect(openSource(join(folder, name)), name).rejects.toMatchObject({
          code: "SOURCE_DENIED",
          message: expect.stringContaining("permission denied (EACCES)"),
        });
    } finally {
      process.seteuid?.(0);
    }
  });

  it("follows a link that is given as the path", async () => {
    const folder = freshFolder();
    fs.mkdirSync(join(folder, "real"));
    fs.symlinkSync("real", join(folder, "link"));
    expect(await openSource(join(folder, "link"))).toMatchObject({ kind: "folder", path: join(folder, "link") });
  });
});
