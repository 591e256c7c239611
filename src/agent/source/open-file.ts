import type { BigIntStats } from "node:fs";
import { readlink } from "node:fs/promises";
import * as calls from "../files/calls.ts";
import type { FileSystem } from "../files/file-system.ts";
import { metadataCalls } from "../files/metadata-calls.ts";
import type { MetadataCalls } from "../files/metadata-calls.ts";
import { fileFailure } from "./failures.ts";
import type { FolderEntry, OpenFile } from "./source.ts";

/** A file of a folder, opened as the entry says. */
export class OpenedFile implements OpenFile {
  readonly #fd: number;
  readonly #entry: FolderEntry;
  readonly #shown: string;
  readonly #failing: { readonly onShare: boolean; readonly checkFolder: () => Promise<void> };
  readonly #metadata: MetadataCalls;
  #closed = false;

  /** `checkFolder` rejects when the folder that the file is in cannot be read. */
  constructor(fd: number, entry: FolderEntry, shown: string, { onShare, isLocal }: FileSystem, checkFolder: () => Promise<void>) {
    this.#fd = fd;
    this.#entry = entry;
    this.#shown = shown;
    this.#failing = { onShare, checkFolder };
    this.#metadata = metadataCalls(isLocal);
  }

  async read(buffer: Uint8Array, offset: number): Promise<number> {
    try {
      return await calls.readFully(this.#fd, buffer, offset);
    } catch (error) {
      throw await fileFailure(error, `read ${this.#shown} at byte ${offset}`, this.#failing);
    }
  }

  async changed(): Promise<boolean> {
    try {
      return !isAsSeen(await this.#metadata.fstat(this.#fd), this.#entry);
    } catch (error) {
      throw await fileFailure(error, `look at ${this.#shown}`, this.#failing);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#metadata.close(this.#fd).catch(() => undefined);
  }
}

/** The device does not count: a share that was mounted anew has another number. */
export function isSameInode(info: BigIntStats, entry: FolderEntry): boolean {
  return entry.inode.endsWith(`:${info.ino}`);
}

function isAsSeen(info: BigIntStats, entry: FolderEntry): boolean {
  return (
    Number(info.size) === entry.sizeBytes && info.mtimeNs === entry.mtimeNs && info.ctimeNs === entry.ctimeNs && isSameInode(info, entry)
  );
}

/** True when the open file stands at this path, and no link led there. Only Linux can tell. */
export async function standsAt(fd: number, path: Uint8Array): Promise<boolean> {
  const real = await readlink(`/proc/self/fd/${fd}`, { encoding: "buffer" }).catch(() => undefined);
  return real !== undefined && Buffer.compare(real, path) === 0;
}
