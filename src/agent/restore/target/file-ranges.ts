import * as calls from "../../files/calls.ts";
import { metadataCalls } from "../../files/metadata-calls.ts";
import type { MetadataCalls } from "../../files/metadata-calls.ts";
import { translating } from "./failures.ts";
import type { Ranges } from "./target.ts";

const STEP_BYTES = 1024 * 1024;
const ZEROS = Buffer.alloc(STEP_BYTES);

interface OpenedRanges {
  /** Open for reading and writing. */
  readonly fd: number;
  /** For messages. */
  readonly shown: string;
  readonly onShare: boolean;
  /** Of the file system it is on. */
  readonly calls?: MetadataCalls;
  readonly existingBytes: number;
  readonly sizeBytes: number;
}

export class FileRanges implements Ranges {
  readonly existingBytes: number;
  readonly #opened: OpenedRanges;
  readonly #quick: MetadataCalls;
  #endBytes: number;

  constructor(opened: OpenedRanges) {
    this.#opened = opened;
    this.#quick = opened.calls ?? metadataCalls(false);
    this.existingBytes = opened.existingBytes;
    this.#endBytes = opened.existingBytes;
  }

  /** The end of what was written, in this try or an earlier one. */
  get endBytes(): number {
    return this.#endBytes;
  }

  read(buffer: Uint8Array, offset: number): Promise<number> {
    const { fd, shown, onShare } = this.#opened;
    return translating(`read ${shown} at byte ${offset}`, onShare, () => calls.readFully(fd, buffer, offset));
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    const { fd, shown, onShare } = this.#opened;
    this.#check(offset, bytes.byteLength);
    await translating(`write ${shown} at byte ${offset}`, onShare, () => this.#quick.writeFully(fd, bytes, offset));
    this.#endBytes = Math.max(this.#endBytes, offset + bytes.byteLength);
  }

  async zeros(offset: number, lengthBytes: number): Promise<void> {
    this.#check(offset, lengthBytes);
    const end = Math.min(offset + lengthBytes, this.existingBytes);
    if (offset >= end) return;
    const buffer = Buffer.allocUnsafe(Math.min(STEP_BYTES, end - offset));
    for (let at = offset; at < end; at += STEP_BYTES) {
      const length = await this.read(buffer.subarray(0, Math.min(STEP_BYTES, end - at)), at);
      const zeros = ZEROS.subarray(0, length);
      if (!zeros.equals(buffer.subarray(0, length))) await this.write(at, zeros);
    }
  }

  #check(offset: number, lengthBytes: number): void {
    const { sizeBytes, shown } = this.#opened;
    if (offset < 0 || offset + lengthBytes > sizeBytes)
      throw new RangeError(`${lengthBytes} bytes at ${offset} are not within the ${sizeBytes} bytes of ${shown}.`);
  }
}
