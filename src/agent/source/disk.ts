import * as calls from "../files/calls.ts";
import { sourceFailure } from "./failures.ts";
import type { DiskSource } from "./source.ts";

interface OpenedDisk {
  readonly fd: number;
  readonly medium: DiskSource["medium"];
  readonly path: string;
  readonly sizeBytes: number;
  readonly onShare: boolean;
  readonly fingerprint: () => Promise<string | undefined>;
}

/** A disk over a descriptor that is open for reading. */
export class FileDisk implements DiskSource {
  readonly kind = "disk";
  readonly medium: DiskSource["medium"];
  readonly path: string;
  readonly sizeBytes: number;
  readonly #disk: OpenedDisk;
  #closed = false;

  constructor(disk: OpenedDisk) {
    this.#disk = disk;
    this.medium = disk.medium;
    this.path = disk.path;
    this.sizeBytes = disk.sizeBytes;
  }

  async read(buffer: Uint8Array, offset: number): Promise<number> {
    const { fd, sizeBytes, path, onShare } = this.#disk;
    // What is added behind the size that was seen at the start is not part of this disk.
    const within = offset >= sizeBytes ? 0 : Math.min(buffer.byteLength, sizeBytes - offset);
    try {
      return await calls.readFully(fd, within === buffer.byteLength ? buffer : buffer.subarray(0, within), offset);
    } catch (error) {
      throw sourceFailure(error, `read ${path} at byte ${offset}`, onShare);
    }
  }

  async fingerprint(): Promise<string | undefined> {
    try {
      return await this.#disk.fingerprint();
    } catch (error) {
      throw sourceFailure(error, `look at ${this.path}`, this.#disk.onShare);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // Nothing was written: what a lost share says to this does not matter.
    await calls.close(this.#disk.fd).catch(() => undefined);
  }
}
