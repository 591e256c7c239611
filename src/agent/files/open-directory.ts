/**
 * A directory that is held open. In: names below it. Out: paths for the system's calls that lead to exactly these entries, however long the whole path is,
 * and whatever is renamed or replaced by a link above it meanwhile. That needs Linux (`/proc/self/fd`); elsewhere it is the path put together,
 * with the limits that such paths have.
 */
import { existsSync } from "node:fs";
import type { BigIntStats } from "node:fs";
import * as calls from "./calls.ts";

const DESCRIPTORS = "/proc/self/fd/";
const hasDescriptors = process.platform === "linux" && existsSync(DESCRIPTORS);

/** Bytes as text with one character for each, and back: names of any bytes can be kept, compared and joined as strings. */
export const asText = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
export const asBytes = (text: string): Buffer => Buffer.from(text, "latin1");

export class OpenDirectory {
  /** The directory itself, for calls. */
  readonly path: Buffer;
  readonly info: BigIntStats;
  readonly #fd: number | undefined;
  readonly #prefix: string;

  private constructor(fd: number | undefined, path: Buffer, info: BigIntStats) {
    this.#fd = fd;
    this.path = fd === undefined ? path : Buffer.from(`${DESCRIPTORS}${fd}`);
    this.#prefix = `${this.path.toString("latin1")}/`;
    this.info = info;
  }

  /** A link at `path` itself is followed only with `follow`. Rejects with the system's error. */
  static async open(path: Uint8Array, options: { readonly follow: boolean }): Promise<OpenDirectory> {
    const bytes = Buffer.from(path);
    if (!hasDescriptors) {
      const info = await (options.follow ? calls.stat(bytes) : calls.lstat(bytes));
      if (!info.isDirectory()) throw Object.assign(new Error("not a directory"), { code: "ENOTDIR" });
      return new OpenDirectory(undefined, bytes, info);
    }
    const fd = await calls.open(bytes, calls.READ | calls.DIRECTORY | (options.follow ? 0 : calls.NO_FOLLOW));
    try {
      return new OpenDirectory(fd, bytes, await calls.fstat(fd));
    } catch (error) {
      await calls.close(fd);
      throw error;
    }
  }

  /** The directory itself, for calls that take a descriptor: those that take a path would change the link that leads to it. */
  get handle(): number | Buffer {
    return this.#fd ?? this.path;
  }

  /** The path of an entry, for calls. The name is text as of `asText`. */
  at(name: string): Buffer {
    return asBytes(this.#prefix + name);
  }

  /** The same for another process of this user. */
  atForOthers(name: string): string {
    return (this.#prefix + name).replace(/^\/proc\/self\//, `/proc/${process.pid}/`);
  }

  /** A directory in this one, never through a link. */
  openDirectory(name: string): Promise<OpenDirectory> {
    return OpenDirectory.open(this.at(name), { follow: false });
  }

  names(): Promise<string[]> {
    return calls.readNames(this.path);
  }

  /** Its entries' names are on disk afterwards. */
  async sync(): Promise<void> {
    if (this.#fd !== undefined) await calls.sync(this.#fd);
  }

  async close(): Promise<void> {
    if (this.#fd !== undefined) await calls.close(this.#fd);
  }
}
