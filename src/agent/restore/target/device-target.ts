import * as calls from "../../files/calls.ts";
import { deviceSizeBytes } from "../../source/device.ts";
import type { DiskTargetOptions } from "./disk-target.ts";
import { translating } from "./failures.ts";
import { FileRanges } from "./file-ranges.ts";
import { TargetError } from "./target.ts";
import type { DiskTarget } from "./target.ts";

/** A block device. Bytes behind the disk that is restored are left as they are. */
export async function openDeviceTarget(options: DiskTargetOptions): Promise<DiskTarget> {
  const { path, sizeBytes } = options;
  if (!options.overwrite)
    throw new TargetError(
      "TARGET_EXISTS",
      `${path} is a device, and all that is on it would be lost. Allow to overwrite it, or name a file.`,
    );
  // Exclusive, for a device, means that nothing of it is mounted or in use otherwise: EBUSY then.
  const fd = await calls.open(path, calls.READ_WRITE | calls.EXCLUSIVE | calls.NO_WAIT);
  try {
    const info = await calls.fstat(fd);
    const foundBytes = info.isBlockDevice() ? await deviceSizeBytes(fd, info.rdev) : 0;
    if (foundBytes < sizeBytes)
      throw new TargetError(
        "TARGET_TOO_SMALL",
        `${path} has ${foundBytes} bytes, the disk needs ${sizeBytes}. Name a larger device, or a file.`,
      );
  } catch (error) {
    await calls.close(fd);
    throw error;
  }
  return new DeviceTarget(fd, options);
}

class DeviceTarget extends FileRanges implements DiskTarget {
  readonly kind = "disk";
  readonly medium = "device";
  readonly path: string;
  readonly sizeBytes: number;
  #fd: number | undefined;

  constructor(fd: number, { path, sizeBytes }: DiskTargetOptions) {
    super({ fd, shown: path, onShare: false, existingBytes: sizeBytes, sizeBytes });
    this.#fd = fd;
    this.path = path;
    this.sizeBytes = sizeBytes;
  }

  async finish(): Promise<void> {
    const fd = this.#fd;
    if (fd !== undefined) await translating(`write ${this.path}`, false, () => calls.sync(fd));
    await this.close();
  }

  async close(): Promise<void> {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) await calls.close(fd);
  }
}
