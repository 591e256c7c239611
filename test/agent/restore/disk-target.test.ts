import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { openDiskTarget } from "../../../src/agent/restore/target/disk-target.ts";
import type { DiskTarget } from "../../../src/agent/restore/target/target.ts";
import { loopDevice } from "../../support/loop-device.ts";
import { folderInMemory } from "../source/walk-of.ts";

const MIB = 1024 * 1024;
const PARTIAL = ".reprise-partial";

async function opened(path: string, sizeBytes: number, overwrite = false): Promise<DiskTarget> {
  const target = await openDiskTarget({ path, sizeBytes, overwrite });
  onTestFinished(() => target.close());
  return target;
}

/** Real bytes that the file takes on disk. */
const allocated = (path: string): number => fs.statSync(path).blocks * 512;

describe("an image file as the target", () => {
  it("R3: stands under its name only when it is whole", async () => {
    const path = join(folderInMemory(), "disk.img");
    const target = await opened(path, 3 * MIB);
    expect(target).toMatchObject({ medium: "image", sizeBytes: 3 * MIB, existingBytes: 0 });
    await target.write(2 * MIB, Buffer.alloc(MIB, 5));
    await target.write(0, Buffer.from("begin"));
    await target.zeros(5, MIB);
    expect(fs.existsSync(path)).toBe(false);
    await target.finish();
    expect(fs.readdirSync(join(path, ".."))).toEqual(["disk.img"]);
    expect(fs.readFileSync(path).equals(Buffer.concat([Buffer.from("begin"), Buffer.alloc(2 * MIB - 5), Buffer.alloc(MIB, 5)]))).toBe(true);
    expect(fs.statSync(path).mode & 0o777).toBe(0o600);
  });

  it("R3: a killed restore goes on with what it wrote", async () => {
    const path = join(folderInMemory(), "disk.img");
    const writer = `
      import { openDiskTarget } from ${JSON.stringify(new URL("../../../src/agent/restore/target/disk-target.ts", import.meta.url).href)};
      const target = await openDiskTarget({ path: ${JSON.stringify(path)}, sizeBytes: ${4 * MIB}, overwrite: false });
      await target.write(0, Buffer.alloc(${MIB}, 1));
      await target.write(${2 * MIB}, Buffer.alloc(${MIB}, 2));
      console.log("written");
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", writer], { stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(fs.existsSync(path)).toBe(false);

    const target = await opened(path, 4 * MIB);
    expect(target.existingBytes).toBe(4 * MIB);
    const buffer = Buffer.alloc(MIB);
    for (const [index, byte] of [1, 0, 2, 0].entries()) {
      expect(await target.read(buffer, index * MIB)).toBe(MIB);
      expect(buffer.equals(Buffer.alloc(MIB, byte))).toBe(true);
    }
    // Zeros now stand where the earlier try had content.
    await target.zeros(2 * MIB, MIB);
    await target.write(MIB, Buffer.alloc(MIB, 3));
    await target.finish();
    expect(fs.readFileSync(path).equals(Buffer.concat([Buffer.alloc(MIB, 1), Buffer.alloc(MIB, 3), Buffer.alloc(2 * MIB)]))).toBe(true);
  });

  it("keeps nothing of an earlier try that was longer or shorter", async () => {
    for (const earlier of [MIB + 7, 3 * MIB]) {
      const path = join(folderInMemory(), "disk.img");
      fs.writeFileSync(path + PARTIAL, Buffer.alloc(earlier, 9));
      const target = await opened(path, 2 * MIB);
      expect(target.existingBytes).toBe(Math.min(earlier, 2 * MIB));
      await target.zeros(0, 2 * MIB);
      await target.finish();
      expect(fs.readFileSync(path).equals(Buffer.alloc(2 * MIB))).toBe(true);
    }
  });

  it("has holes where the disk is empty, in a later try too", async () => {
    const path = join(folderInMemory(), "disk.img");
    const first = await opened(path, 64 * MIB);
    await first.zeros(0, 64 * MIB);
    await first.close();
    const second = await opened(path, 64 * MIB);
    await second.zeros(0, 64 * MIB);
    await second.write(10 * MIB, Buffer.alloc(4_096, 1));
    await second.finish();
    expect(fs.statSync(path).size).toBe(64 * MIB);
    expect(allocated(path)).toBeLessThan(MIB);
  });

  it("R3: holds what was written last, in whatever order, over whatever was there", async () => {
    const size = 600_000;
    const pieces = fc.array(fc.record({ length: fc.integer({ min: 1, max: 200_000 }), byte: fc.integer({ min: 0, max: 2 }) }), {
      minLength: 1,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(pieces, fc.integer({ min: 0, max: size }), fc.infiniteStream(fc.nat()), async (parts, earlierBytes, order) => {
        const folder = fs.mkdtempSync(join(fs.existsSync("/dev/shm") ? "/dev/shm" : "/tmp", "reprise-ranges-"));
        const path = join(folder, "disk.img");
        fs.writeFileSync(path + PARTIAL, Buffer.alloc(earlierBytes, 7));
        const wanted = Buffer.alloc(size);
        const writes: { offset: number; length: number; byte: number; key: number }[] = [];
        let offset = 0;
        for (const { length, byte } of [...parts, { length: size, byte: 0 }]) {
          const fits = Math.min(length, size - offset);
          if (fits === 0) break;
          wanted.fill(byte, offset, offset + fits);
          writes.push({ offset, length: fits, byte, key: order.next().value ?? 0 });
          offset += fits;
        }
        writes.sort((a, b) => a.key - b.key);
        try {
          const target = await openDiskTarget({ path, sizeBytes: size, overwrite: false });
          for (const { offset, length, byte } of writes)
            await (byte === 0 ? target.zeros(offset, length) : target.write(offset, Buffer.alloc(length, byte)));
          await target.finish();
          expect(fs.readFileSync(path).equals(wanted)).toBe(true);
        } finally {
          fs.rmSync(folder, { recursive: true });
        }
      }),
      { numRuns: 40 },
    );
  });

  it("an existing file is refused before anything is touched, and replaced at once with overwrite", async () => {
    const path = join(folderInMemory(), "disk.img");
    fs.writeFileSync(path, "precious");
    await expect(openDiskTarget({ path, sizeBytes: MIB, overwrite: false })).rejects.toMatchObject({
      code: "TARGET_EXISTS",
      message: `${path} exists already. Name another file, or allow to overwrite it.`,
    });
    expect(fs.readdirSync(join(path, ".."))).toEqual(["disk.img"]);
    const target = await opened(path, 3, true);
    await target.write(0, Buffer.from("new"));
    expect(fs.readFileSync(path, "utf8")).toBe("precious");
    await target.finish();
    expect(fs.readFileSync(path, "utf8")).toBe("new");
  });

  it("a file that came meanwhile is not replaced, and the restored disk is kept", async () => {
    const path = join(folderInMemory(), "disk.img");
    const target = await opened(path, 3);
    await target.write(0, Buffer.from("new"));
    fs.writeFileSync(path, "theirs");
    await expect(target.finish()).rejects.toMatchObject({ code: "TARGET_EXISTS", message: expect.stringContaining(path + PARTIAL) });
    expect(fs.readFileSync(path, "utf8")).toBe("theirs");
    expect(fs.readFileSync(path + PARTIAL, "utf8")).toBe("new");
  });

  it("does not write through a link or into another name of a file", async () => {
    const folder = folderInMemory();
    const path = join(folder, "disk.img");
    fs.writeFileSync(join(folder, "victim"), "precious");
    for (const plant of [fs.symlinkSync, fs.linkSync]) {
      plant(join(folder, "victim"), path + PARTIAL);
      await expect(openDiskTarget({ path, sizeBytes: MIB, overwrite: true })).rejects.toMatchObject({ code: "TARGET_UNSUPPORTED" });
      fs.unlinkSync(path + PARTIAL);
    }
    expect(fs.readFileSync(join(folder, "victim"), "utf8")).toBe("precious");
  });

  it("killed between its two names, a finished image is not written into", async () => {
    const path = join(folderInMemory(), "disk.img");
    fs.writeFileSync(path, "whole");
    fs.linkSync(path, path + PARTIAL);
    await expect(openDiskTarget({ path, sizeBytes: 5, overwrite: false })).rejects.toMatchObject({ code: "TARGET_EXISTS" });
    const target = await opened(path, 5, true);
    await target.write(0, Buffer.from("other"));
    expect(fs.readFileSync(path, "utf8")).toBe("whole");
    await target.finish();
    expect(fs.readFileSync(path, "utf8")).toBe("other");
  });

  it("says in words what is wrong with the place", async () => {
    const folder = folderInMemory();
    fs.symlinkSync("nowhere", join(folder, "dangling"));
    const refused = (name: string): Promise<unknown> => openDiskTarget({ path: join(folder, name), sizeBytes: 1, overwrite: true });
    await expect(refused("no/disk.img")).rejects.toMatchObject({
      code: "TARGET_NOT_FOUND",
      message: `The folder ${folder}/no does not exist. Make it first.`,
    });
    await expect(refused(".")).rejects.toMatchObject({ code: "TARGET_UNSUPPORTED", message: expect.stringContaining("is a folder") });
    await expect(refused("dangling")).rejects.toMatchObject({
      code: "TARGET_UNSUPPORTED",
      message: expect.stringContaining("leads nowhere"),
    });
    await expect(openDiskTarget({ path: "/dev/null", sizeBytes: 1, overwrite: true })).rejects.toMatchObject({
      code: "TARGET_UNSUPPORTED",
    });
    await expect((await opened(join(folder, "new"), 10)).write(8, Buffer.from("long"))).rejects.toThrow("not within the 10 bytes");
  });

  it("a full disk is said, and what was written is kept for the next try", async ({ skip }) => {
    const folder = folderInMemory();
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "none", folder], { stdio: "ignore" });
    } catch {
      return skip("cannot mount here");
    }
    try {
      const path = join(folder, "disk.img");
      const target = await openDiskTarget({ path, sizeBytes: 4 * MIB, overwrite: false });
      await target.write(0, Buffer.alloc(MIB, 1));
      await expect(target.write(MIB, Buffer.alloc(3 * MIB, 1))).rejects.toMatchObject({
        code: "TARGET_FULL",
        message: expect.stringMatching(/no space is left on the device \(ENOSPC\)\. Free some space and start again/),
      });
      await target.close();
      execFileSync("mount", ["-o", "remount,size=8m", folder]);
      const next = await openDiskTarget({ path, sizeBytes: 4 * MIB, overwrite: false });
      const buffer = Buffer.alloc(MIB);
      await next.read(buffer, 0);
      expect(buffer.equals(Buffer.alloc(MIB, 1))).toBe(true);
      await next.write(MIB, Buffer.alloc(3 * MIB, 1));
      await next.finish();
      expect(fs.readFileSync(path).equals(Buffer.alloc(4 * MIB, 1))).toBe(true);
    } finally {
      execFileSync("umount", ["-l", folder]);
    }
  });
});

describe("a block device as the target", () => {
  it("R3: is written only where it differs, and only when that is allowed and it is large enough", async ({ skip }) => {
    const image = join(folderInMemory(), "disk.img");
    fs.writeFileSync(image, Buffer.alloc(2 * MIB, 6));
    const path = loopDevice(image);
    if (path === undefined) return skip("no loop devices here");
    await expect(openDiskTarget({ path, sizeBytes: MIB, overwrite: false })).rejects.toMatchObject({ code: "TARGET_EXISTS" });
    await expect(openDiskTarget({ path, sizeBytes: 2 * MIB + 1, overwrite: true })).rejects.toMatchObject({
      code: "TARGET_TOO_SMALL",
      message: `${path} has ${2 * MIB} bytes, the disk needs ${2 * MIB + 1}. Name a larger device, or a file.`,
    });
    const link = `${image}.link`;
    fs.symlinkSync(path, link);
    const target = await opened(link, MIB, true);
    expect(target).toMatchObject({ medium: "device", existingBytes: MIB });
    await target.zeros(0, MIB / 2);
    await target.write(MIB / 2, Buffer.alloc(MIB / 2, 1));
    await target.finish();
    execFileSync("blockdev", ["--flushbufs", path]);
    expect(fs.readFileSync(path).equals(Buffer.concat([Buffer.alloc(MIB / 2), Buffer.alloc(MIB / 2, 1), Buffer.alloc(MIB, 6)]))).toBe(true);
  });

  it("is refused while it is mounted", async ({ skip }) => {
    const folder = folderInMemory();
    const image = join(folder, "disk.img");
    fs.writeFileSync(image, Buffer.alloc(4 * MIB));
    fs.mkdirSync(join(folder, "mounted"));
    const path = loopDevice(image);
    if (path === undefined) return skip("no loop devices here");
    try {
      execFileSync("mkfs.ext4", ["-q", path], { stdio: "ignore" });
      execFileSync("mount", [path, join(folder, "mounted")], { stdio: "ignore" });
    } catch {
      return skip("cannot make or mount a file system here");
    }
    try {
      await expect(openDiskTarget({ path, sizeBytes: MIB, overwrite: true })).rejects.toMatchObject({
        code: "TARGET_BUSY",
        message: expect.stringContaining("it is in use (EBUSY)"),
      });
    } finally {
      execFileSync("umount", [join(folder, "mounted")]);
    }
  });
});
