import { readFile } from "node:fs/promises";
import * as calls from "../files/calls.ts";
import { FileDisk } from "./disk.ts";
import { SourceError } from "./source.ts";
import type { DiskSource } from "./source.ts";

/** The unit in which Linux says the size of a device, whatever the size of its sectors. */
const SECTOR_BYTES = 512;

/** A block device. The system does not show whether its content changed: it has no fingerprint. Rejects with the system's error. */
export async function openDevice(path: string): Promise<DiskSource> {
  const fd = await calls.open(path, calls.READ | calls.NO_WAIT);
  try {
    const info = await calls.fstat(fd);
    if (!info.isBlockDevice()) throw new SourceError("SOURCE_UNSUPPORTED", `${path} was a block device and has become something else.`);
    const sizeBytes = await deviceSizeBytes(fd, info.rdev);
    if (sizeBytes === 0) throw new SourceError("SOURCE_UNSUPPORTED", `The device ${path} has no bytes: there is no medium in it.`);
    return new FileDisk({ fd, medium: "device", path, sizeBytes, onShare: false, fingerprint: () => Promise.resolve(undefined) });
  } catch (error) {
    await calls.close(fd);
    throw error;
  }
}

/** The size of an open block device: as the system says it, else found by reading. */
export async function deviceSizeBytes(fd: number, rdev: bigint): Promise<number> {
  const major = ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & ~0xfffn);
  const minor = (rdev & 0xffn) | ((rdev >> 12n) & ~0xffn);
  const text = await readFile(`/sys/dev/block/${major}:${minor}/size`, "utf8").catch(() => "");
  return /^\d+\s*$/.test(text) ? Number(text) * SECTOR_BYTES : sizeByReading(fd);
}

/** Node can neither seek to the end nor ask the device: looks for the first sector that cannot be read, in some 60 reads. */
export async function sizeByReading(fd: number): Promise<number> {
  const sector = Buffer.alloc(SECTOR_BYTES);
  const readable = async (index: number): Promise<number> => calls.readFully(fd, sector, index * SECTOR_BYTES);
  let beyond = 1;
  while ((await readable(beyond - 1)) > 0) beyond *= 2;
  let within = Math.floor(beyond / 2);
  while (beyond - within > 1) {
    const middle = Math.floor((within + beyond) / 2);
    if ((await readable(middle - 1)) > 0) within = middle;
    else beyond = middle;
  }
  return within === 0 ? 0 : (within - 1) * SECTOR_BYTES + (await readable(within - 1));
}
