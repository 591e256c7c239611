import * as calls from "../../files/calls.ts";
import { codeOf, isGone } from "../../files/error-codes.ts";
import { asText, OpenDirectory } from "../../files/open-directory.ts";
import type { MetadataCalls } from "../../files/metadata-calls.ts";
import type { FolderEntry } from "../../source/source.ts";
import type { DirectoryStack, Level } from "./directory-stack.ts";
import { partsOf } from "./entry-path.ts";
import { openPartial } from "./partial-file.ts";
import { DONE, FOLDER_STANDS, placeLink, STANDS, standingAt } from "./place-special.ts";
import type { Placement } from "./target.ts";
import { StandingFile, WrittenFile } from "./written-file.ts";
import type { FilePlace } from "./written-file.ts";

interface PlaceOptions {
  readonly overwrite: boolean;
  readonly onShare: boolean;
  readonly calls: MetadataCalls;
  /** Of the target, for messages. */
  readonly path: string;
  readonly remark: (entry: FolderEntry, problems: readonly string[]) => void;
  readonly directories: DirectoryStack;
}

/** Only on Linux two names in a new directory are surely two entries: elsewhere case may not count. */
const namesAreDistinct = process.platform === "linux";

/** So many files with further names to come are remembered; beyond that the further names are files of their own. */
const MOST_LINKED = 200_000;

/** The files of a folder target: which of them are open, and where each may be written. */
export class PlaceFiles {
  readonly #options: PlaceOptions;
  /** By path, what ends when the file is finished or given up. */
  readonly #open = new Map<string, Promise<void>>();
  /** Files with several names that are restored, by path, with the number of names to come. Only to these a link is made: what stands elsewhere may be another file. */
  readonly #linked = new Map<string, number>();

  constructor(options: PlaceOptions) {
    this.#options = options;
  }

  get openFiles(): number {
    return this.#open.size;
  }

  async place(entry: FolderEntry, level: Level, name: string): Promise<Placement> {
    if (entry.sameAs !== undefined) {
      const linked = await this.#placeLink(entry, level, name, entry.sameAs);
      if (linked !== undefined) return linked;
    }
    const isFree = level.isFresh && namesAreDistinct && !this.#open.has(asText(entry.path));
    const standing = isFree ? undefined : await standingAt({ level, name });
    if (standing === undefined) return this.#write(entry, level, name);
    if (standing.isDirectory()) return FOLDER_STANDS;
    if (standing.isFile() && Number(standing.size) === entry.sizeBytes) return this.#compare(entry, level, name);
    return this.#options.overwrite ? this.#write(entry, level, name) : STANDS;
  }

  async #write(entry: FolderEntry, level: Level, name: string): Promise<Placement> {
    const opened = await openPartial(level.directory, name, this.#options.calls);
    return { outcome: "write", file: new WrittenFile(opened, this.#begin(entry, level, name)) };
  }

  async #compare(entry: FolderEntry, level: Level, name: string): Promise<Placement> {
    let fd: number;
    try {
      fd = await calls.open(level.directory.at(name), calls.READ | calls.NO_FOLLOW);
    } catch (error) {
      if (!["EACCES", "EPERM", "ELOOP"].includes(codeOf(error))) throw error;
      return this.#options.overwrite ? this.#write(entry, level, name) : STANDS;
    }
    const { overwrite } = this.#options;
    const replaced = (): Promise<Placement> => (overwrite ? this.#write(entry, level, name) : Promise.resolve(STANDS));
    return { outcome: "exists", file: new StandingFile(fd, this.#begin(entry, level, name), { overwrite, replaced }) };
  }

  /** Undefined when the other name is not there: the file is written then. */
  async #placeLink(entry: FolderEntry, level: Level, name: string, sameAs: Uint8Array): Promise<Placement | undefined> {
    const first = asText(sameAs);
    // A file that is compared first may be written after that.
    for (let open = this.#open.get(first); open !== undefined; open = this.#open.get(first)) await open;
    const namesLeft = this.#linked.get(first);
    if (namesLeft === undefined) return undefined;
    if (namesLeft > 1) this.#linked.set(first, namesLeft - 1);
    else this.#linked.delete(first);
    const parts = partsOf(sameAs);
    const other = "why" in parts ? undefined : parts.at(-1);
    if ("why" in parts || other === undefined) return { outcome: "refused", why: "the other name of its content is not within the folder" };
    const directory = await this.#openOther(parts.slice(0, -1));
    if (directory === undefined) return undefined;
    try {
      const path = directory.at(other);
      const found = await calls.lstat(path);
      if (!found.isFile() || Number(found.size) !== entry.sizeBytes) return undefined;
      const spot = { entry, level, name, overwrite: this.#options.overwrite, remark: () => undefined };
      const standing = await standingAt(spot);
      if (standing?.ino === found.ino && standing.dev === found.dev) return DONE;
      return await placeLink(spot, standing, path);
    } catch (error) {
      // Not there, or a file system without second names.
      if (isGone(codeOf(error)) || ["EPERM", "ENOTSUP", "EOPNOTSUPP", "EMLINK", "EXDEV", "ENOSYS"].includes(codeOf(error)))
        return undefined;
      throw error;
    } finally {
      await directory.close();
    }
  }

  /** The directory of another entry, from the root, never through a link. */
  async #openOther(parts: readonly string[]): Promise<OpenDirectory | undefined> {
    let directory = await OpenDirectory.open(this.#options.directories.root.directory.path, { follow: true });
    for (const part of parts) {
      const inner = await directory.openDirectory(part).catch(() => undefined);
      await directory.close();
      if (inner === undefined) return undefined;
      directory = inner;
    }
    return directory;
  }

  #begin(entry: FolderEntry, level: Level, name: string): FilePlace {
    const { path, onShare, calls, remark, directories } = this.#options;
    const key = asText(entry.path);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#open.set(key, promise);
    level.pending++;
    return {
      entry,
      level,
      name,
      onShare,
      calls,
      shown: `${path}/${Buffer.from(entry.path).toString()}`,
      remark: (problems) => remark(entry, problems),
      ended: async (isRestored) => {
        if (isRestored && entry.links > 1 && entry.sameAs === undefined && this.#linked.size < MOST_LINKED)
          this.#linked.set(key, entry.links - 1);
        if (this.#open.get(key) === promise) this.#open.delete(key);
        resolve();
        await directories.release(level);
      },
    };
  }
}
