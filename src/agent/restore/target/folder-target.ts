import { mkdir } from "node:fs/promises";
import * as calls from "../../files/calls.ts";
import { codeOf } from "../../files/error-codes.ts";
import { OpenDirectory } from "../../files/open-directory.ts";
import { fileSystemOf, isOnShare } from "../../files/file-system.ts";
import type { FileSystem } from "../../files/file-system.ts";
import { metadataCalls } from "../../files/metadata-calls.ts";
import { comparePaths } from "../../source/path-order.ts";
import type { FolderEntry } from "../../source/source.ts";
import { setAttributes } from "./attributes.ts";
import { DirectoryStack, Level, NotADirectory } from "./directory-stack.ts";
import { partsOf } from "./entry-path.ts";
import { translating } from "./failures.ts";
import { PlaceFiles } from "./place-files.ts";
import { placeFifo, placeSymlink } from "./place-special.ts";
import { flushFileSystem } from "./system-programs.ts";
import { TargetError } from "./target.ts";
import type { FolderTarget, Placement, Remark } from "./target.ts";

/** In a folder that was made or empty when the restore began, until it ends: so the next try knows that the folder itself belongs to the restore. */
const MARKER = ".reprise-restore-in-progress";

export interface FolderTargetOptions {
  /** Made when it is not there, with the folders above it. A link is followed. */
  readonly path: string;
  /** Entries that stand there are replaced, but never a folder by something else. Without it they are left, and refused unless they are the same. */
  readonly overwrite: boolean;
  /** What could not be restored as it was (an owner, a mode), the entry is there all the same. */
  readonly onRemark: (remark: Remark) => void;
}

/**
 * The place for the entries of a folder. Folders that are there already are gone into, and get the attributes of the restored ones; the root only when it was
 * empty, or with `overwrite`.
 * @throws TargetError
 */
export async function openFolderTarget(options: FolderTargetOptions): Promise<FolderTarget> {
  const { path, overwrite } = options;
  if (path === "" || path.includes("\0"))
    throw new TargetError("TARGET_UNSUPPORTED", `to: found ${JSON.stringify(path)}; allowed: the path of a folder.`);
  const standing = await calls.stat(path).catch(() => undefined);
  if (standing !== undefined && !standing.isDirectory())
    throw new TargetError("TARGET_UNSUPPORTED", `${path} is no folder; a folder is restored to a folder, new or existing.`);
  return translating(`open the folder ${path}`, await isOnShare(path), async () => {
    await mkdir(path, { recursive: true, mode: 0o700 });
    const root = await OpenDirectory.open(Buffer.from(path), { follow: true });
    try {
      const names = await root.names();
      const isOurs = names.length === 0 || names.includes(MARKER);
      if (isOurs) await calls.close(await calls.open(root.at(MARKER), calls.READ_WRITE | calls.CREATE | calls.NO_FOLLOW));
      return new Folder(options, { root, setsRoot: isOurs || overwrite, isMarked: isOurs, ...(await fileSystemOf(path)) });
    } catch (error) {
      await root.close();
      throw error;
    }
  });
}

interface OpenedRoot extends FileSystem {
  readonly root: OpenDirectory;
  readonly setsRoot: boolean;
  readonly isMarked: boolean;
}

class Folder implements FolderTarget {
  readonly kind = "folder";
  readonly path: string;
  readonly #options: FolderTargetOptions;
  readonly #opened: OpenedRoot;
  readonly #directories: DirectoryStack;
  readonly #files: PlaceFiles;
  #last: Uint8Array = new Uint8Array();
  #isFinished = false;
  #isClosed = false;

  constructor(options: FolderTargetOptions, opened: OpenedRoot) {
    this.path = options.path;
    this.#options = options;
    this.#opened = opened;
    const root = new Level(opened.root, { name: "", isFresh: false });
    this.#directories = new DirectoryStack(root, (level) => this.#settle(level));
    this.#files = new PlaceFiles({
      overwrite: options.overwrite,
      onShare: opened.onShare,
      calls: metadataCalls(opened.isLocal),
      path: options.path,
      remark: (entry, problems) => this.#remark(entry, problems),
      directories: this.#directories,
    });
  }

  async place(entry: FolderEntry): Promise<Placement> {
    const parts = partsOf(entry.path);
    if ("why" in parts) return { outcome: "refused", why: parts.why };
    if (comparePaths(entry.path, this.#last) < 0) return { outcome: "refused", why: "it does not come in the order of the entries" };
    this.#last = entry.path;
    return translating(`restore ${this.path}/${Buffer.from(entry.path).toString()}`, this.#opened.onShare, async () => {
      try {
        return await this.#place(entry, parts);
      } catch (error) {
        if (error instanceof NotADirectory)
          return { outcome: "refused", why: "something that is no folder stands where a folder is needed" };
        // One entry, not the restore: a name or a depth that this file system does not take.
        if (["ENAMETOOLONG", "EILSEQ", "EINVAL"].includes(codeOf(error)))
          return { outcome: "skipped", why: "this file system does not take the name" };
        throw error;
      }
    });
  }

  async finish(): Promise<void> {
    const { root, isMarked, onShare } = this.#opened;
    if (this.#files.openFiles > 0) throw new Error(`${this.#files.openFiles} files are still being written.`);
    await translating(`finish ${this.path}`, onShare, async () => {
      await this.#directories.enter([]);
      if (isMarked) await calls.unlink(root.at(MARKER));
      this.#isFinished = true;
      await this.close();
      await flushFileSystem(this.path);
    });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#directories.leaveAll();
  }

  async #place(entry: FolderEntry, parts: readonly string[]): Promise<Placement> {
    const name = parts.at(-1);
    if (name === undefined) {
      if (entry.type !== "directory") return { outcome: "refused", why: "the root is a folder" };
      if (this.#opened.setsRoot) this.#directories.root.entry = entry;
      return { outcome: "done" };
    }
    const level = await this.#directories.enter(parts.slice(0, -1));
    const spot = {
      entry,
      level,
      name,
      overwrite: this.#options.overwrite,
      remark: (problems: readonly string[]) => this.#remark(entry, problems),
    };
    switch (entry.type) {
      case "directory":
        return this.#placeDirectory(entry, level, name);
      case "file":
        return this.#files.place(entry, level, name);
      case "symlink":
        return placeSymlink(spot);
      case "fifo":
        return placeFifo(spot);
      default:
        return { outcome: "skipped", why: `a ${entry.type} cannot be made here` };
    }
  }

  async #placeDirectory(entry: FolderEntry, level: Level, name: string): Promise<Placement> {
    try {
      await this.#directories.descend(level, name, entry);
    } catch (error) {
      if (!(error instanceof NotADirectory)) throw error;
      if (!this.#options.overwrite) return { outcome: "refused", why: "something that is no folder stands there" };
      await calls.unlink(level.directory.at(name));
      await this.#directories.descend(level, name, entry);
    }
    return { outcome: "done" };
  }

  async #settle(level: Level): Promise<void> {
    const { entry, directory } = level;
    // A restore that was given up sets nothing: the next try does.
    if (entry === undefined || (this.#isClosed && !this.#isFinished)) return;
    this.#remark(entry, await setAttributes(directory.handle, entry, { calls, setsMode: true, isOwn: false }));
  }

  #remark(entry: FolderEntry, problems: readonly string[]): void {
    if (problems.length > 0) this.#options.onRemark({ path: entry.path, why: problems.join("; ") });
  }
}
