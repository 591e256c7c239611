import { realpath } from "node:fs/promises";
import type { BigIntStats } from "node:fs";
import * as calls from "../files/calls.ts";
import { codeOf, isGone } from "../files/error-codes.ts";
import { asBytes, asText, OpenDirectory } from "../files/open-directory.ts";
import { fileSystemOf } from "../files/file-system.ts";
import type { FileSystem } from "../files/file-system.ts";
import { metadataCalls } from "../files/metadata-calls.ts";
import type { MetadataCalls } from "../files/metadata-calls.ts";
import { fileFailure, sourceFailure } from "./failures.ts";
import { isSameInode, OpenedFile, standsAt } from "./open-file.ts";
import { SourceError } from "./source.ts";
import type { FolderEntry, FolderSource, OpenFile, SkippedEntry } from "./source.ts";
import { Walk } from "./walk.ts";

/** Linux takes paths of 4,095 bytes; a name has at most 255. */
const LONG_PATH_BYTES = 3_800;

/** A folder. Rejects with the system's error. */
export async function openFolder(path: string): Promise<FolderSource> {
  // The path as it is now: a link in it that is turned elsewhere later does not change the source.
  const real = await realpath(path, { encoding: "buffer" });
  const root = await OpenDirectory.open(real, { follow: false });
  try {
    await root.names();
    return new Folder(path, real, root.info, await fileSystemOf(path));
  } finally {
    await root.close();
  }
}

class Folder implements FolderSource {
  readonly kind = "folder";
  readonly path: string;
  readonly #real: Buffer;
  readonly #info: BigIntStats;
  readonly #fileSystem: FileSystem;
  readonly #metadata: MetadataCalls;

  constructor(path: string, real: Buffer, info: BigIntStats, fileSystem: FileSystem) {
    this.path = path;
    this.#real = real;
    this.#info = info;
    this.#fileSystem = fileSystem;
    this.#metadata = metadataCalls(fileSystem.isLocal);
  }

  async *entries(onSkip: (skipped: SkippedEntry) => void): AsyncGenerator<FolderEntry> {
    const walk = new Walk({
      onSkip,
      onShare: this.#fileSystem.onShare,
      openRoot: () => this.#openRoot(),
      checkRoot: () => this.#checkRoot(),
    });
    try {
      yield* walk.entries();
    } catch (error) {
      throw sourceFailure(error, `read the folder ${this.path}`, this.#fileSystem.onShare);
    }
  }

  async openFile(entry: FolderEntry): Promise<OpenFile | undefined> {
    const shown = `${this.path}/${Buffer.from(entry.path).toString()}`;
    let fd: number | undefined;
    try {
      fd = await this.#openAt(asText(entry.path));
      const info = await this.#metadata.fstat(fd);
      if (info.isFile() && (isSameInode(info, entry) || (await this.#wasReplaced(fd, entry))))
        return new OpenedFile(fd, entry, shown, this.#fileSystem, () => this.#checkReadable());
      await calls.close(fd);
      await this.#checkRoot();
      return undefined;
    } catch (error) {
      if (fd !== undefined) await calls.close(fd).catch(() => undefined);
      // ELOOP: a link stands there; ENXIO: a socket, or a fifo.
      const code = codeOf(error);
      if (!isGone(code) && code !== "ELOOP" && code !== "ENXIO")
        throw await fileFailure(error, `open ${shown}`, { ...this.#fileSystem, checkFolder: () => this.#checkReadable() });
      await this.#checkRoot();
      return undefined;
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** A path that is too long for one call is gone along in pieces. */
  async #openAt(relative: string): Promise<number> {
    const flags = calls.READ | calls.NO_FOLLOW;
    if (this.#real.length + relative.length < LONG_PATH_BYTES)
      return this.#metadata.open(asBytes(`${asText(this.#real)}/${relative}`), flags);
    let directory = await this.#openRoot();
    try {
      let rest = relative;
      while (rest.length > LONG_PATH_BYTES) {
        const end = rest.lastIndexOf("/", LONG_PATH_BYTES);
        const inner = await directory.openDirectory(rest.slice(0, end));
        await directory.close();
        directory = inner;
        rest = rest.slice(end + 1);
      }
      return await calls.open(directory.at(rest), flags);
    } finally {
      await directory.close();
    }
  }

  /** A file saved by putting a new one in its place is the same to a person. One that a link leads to is not, nor one on what was mounted here instead. */
  async #wasReplaced(fd: number, entry: FolderEntry): Promise<boolean> {
    const path = asBytes(`${asText(this.#real)}/${asText(entry.path)}`);
    if (!(await standsAt(fd, path))) return false;
    await this.#checkRoot();
    return true;
  }

  async #openRoot(): Promise<OpenDirectory> {
    const root = await OpenDirectory.open(this.#real, { follow: false }).catch((error: unknown) => {
      throw isGone(codeOf(error)) ? this.#vanished(error) : error;
    });
    if (root.info.ino === this.#info.ino) return root;
    await root.close();
    throw this.#vanished();
  }

  async #checkRoot(): Promise<void> {
    await (await this.#openRoot()).close();
  }

  /** Rejects with a SourceError when the root itself cannot be listed. */
  async #checkReadable(): Promise<void> {
    try {
      const root = await this.#openRoot();
      try {
        await root.names();
      } finally {
        await root.close();
      }
    } catch (error) {
      throw sourceFailure(error, `read the folder ${this.path}`, this.#fileSystem.onShare);
    }
  }

  #vanished(cause?: unknown): SourceError {
    const what = cause === undefined ? "is another one than when it was opened" : "is not there any more";
    return new SourceError("SOURCE_UNREACHABLE", `The folder ${this.path} ${what}: its share was disconnected, or it was moved.`, {
      cause,
    });
  }
}
