import * as calls from "../../files/calls.ts";
import { codeOf, isGone } from "../../files/error-codes.ts";
import { isOnShare } from "../../files/file-system.ts";
import { openDeviceTarget } from "./device-target.ts";
import { translating } from "./failures.ts";
import { openImageTarget } from "./image-target.ts";
import { TargetError } from "./target.ts";
import type { DiskTarget } from "./target.ts";

export interface DiskTargetOptions {
  /** Of an image file that is made, or of a block device; a link to one counts as the device. */
  readonly path: string;
  /** Of the disk that is restored. */
  readonly sizeBytes: number;
  /** An image that stands there is replaced when the new one is whole; what is on a device is lost at once. */
  readonly overwrite: boolean;
}

/**
 * The place for a disk. Nothing was touched when this rejects with TARGET_EXISTS, TARGET_TOO_SMALL, TARGET_UNSUPPORTED or TARGET_BUSY.
 * @throws TargetError
 */
export async function openDiskTarget(options: DiskTargetOptions): Promise<DiskTarget> {
  const { path } = options;
  if (path === "" || path.includes("\0"))
    throw new TargetError("TARGET_UNSUPPORTED", `to: found ${JSON.stringify(path)}; allowed: the path of an image file or a block device.`);
  return translating(`open ${path}`, await isOnShare(path), async () => {
    const standing = await standingAt(path);
    if (standing?.isBlockDevice() === true) return openDeviceTarget(options);
    if (standing !== undefined && !standing.isFile()) {
      const found = standing.isDirectory()
        ? "a folder"
        : standing.isSymbolicLink()
          ? "a link that leads nowhere"
          : "neither a file nor a block device";
      throw new TargetError("TARGET_UNSUPPORTED", `${path} is ${found}; allowed: an image file, new or with overwrite, or a block device.`);
    }
    if (standing !== undefined && !options.overwrite)
      throw new TargetError("TARGET_EXISTS", `${path} exists already. Name another file, or allow to overwrite it.`);
    return openImageTarget(options, standing);
  });
}

/** What the path leads to; the link itself when it leads nowhere. */
async function standingAt(path: string): Promise<Awaited<ReturnType<typeof calls.stat>> | undefined> {
  for (const look of [calls.stat, calls.lstat]) {
    try {
      return await look(path);
    } catch (error) {
      if (!isGone(codeOf(error))) throw error;
    }
  }
}
