/**
 * The directories from the target's root to where the restore is, held open. In: the parts of paths, in the order of a walk. Out: the directory a path is in,
 * reached without following any link. A directory gets its attributes when it was left and nothing in it is being written any more.
 */
import * as calls from "../../files/calls.ts";
import { codeOf } from "../../files/error-codes.ts";
import type { OpenDirectory } from "../../files/open-directory.ts";
import type { FolderEntry } from "../../source/source.ts";

/** A file or a link stands where a directory is needed. */
export class NotADirectory extends Error {}

export class Level {
  readonly directory: OpenDirectory;
  readonly parent: Level | undefined;
  readonly name: string;
  /** Made by this restore: nothing stands in it that the restore did not make. */
  readonly isFresh: boolean;
  /** Whose attributes it gets; undefined for one that was made only because something in it is restored. */
  entry: FolderEntry | undefined;
  /** What is being written in it, and directories in it that are not settled. */
  pending = 0;
  isLeft = false;

  /** Entries made in it belong to this user and group, whatever set-group-id bits and mount options say. */
  get givesOwnOwner(): boolean {
    return this.isFresh && this.directory.info.gid === BigInt(process.getegid?.() ?? -1);
  }

  constructor(directory: OpenDirectory, place: { readonly parent?: Level; readonly name: string; readonly isFresh: boolean }) {
    this.directory = directory;
    this.parent = place.parent;
    this.name = place.name;
    this.isFresh = place.isFresh;
    if (place.parent !== undefined) place.parent.pending++;
  }
}

export class DirectoryStack {
  readonly #levels: Level[];
  readonly #settle: (level: Level) => Promise<void>;

  /** `settle` sets the attributes of a directory that is complete. */
  constructor(root: Level, settle: (level: Level) => Promise<void>) {
    this.#levels = [root];
    this.#settle = settle;
  }

  get root(): Level {
    return this.#levels[0] as Level;
  }

  /** The directory of these parts, which is made where it is missing. Leaves the directories that are not on the way. @throws NotADirectory */
  async enter(parts: readonly string[]): Promise<Level> {
    let depth = 0;
    while (depth < parts.length && this.#levels[depth + 1]?.name === parts[depth]) depth++;
    await this.#leaveTo(depth);
    let level = this.#levels[depth] as Level;
    for (const name of parts.slice(depth)) {
      level = await this.#step(level, name, 0o777);
      this.#levels.push(level);
    }
    return level;
  }

  /** Goes into a directory of the one that was entered last, as `entry` describes it. @throws NotADirectory */
  async descend(parent: Level, name: string, entry: FolderEntry): Promise<void> {
    const level = await this.#step(parent, name, 0o700);
    level.entry = entry;
    this.#levels.push(level);
    const { info, handle } = level.directory;
    // One that was finished by an earlier try may take nothing any more.
    if (!level.isFresh && (info.mode & 0o300n) !== 0o300n && process.geteuid?.() !== 0)
      await calls.chmod(handle, Number(info.mode & 0o7777n) | 0o700);
  }

  /** Something in it was finished or given up. */
  async release(level: Level): Promise<void> {
    level.pending--;
    await this.#settleIfDone(level);
  }

  /** Leaves all. */
  async leaveAll(): Promise<void> {
    await this.#leaveTo(-1);
  }

  async #leaveTo(depth: number): Promise<void> {
    while (this.#levels.length - 1 > depth) {
      const level = this.#levels.pop();
      if (level === undefined) return;
      level.isLeft = true;
      await this.#settleIfDone(level);
    }
  }

  async #settleIfDone(level: Level): Promise<void> {
    if (!level.isLeft || level.pending > 0) return;
    try {
      await this.#settle(level);
    } finally {
      await level.directory.close();
      if (level.parent !== undefined) await this.release(level.parent);
    }
  }

  async #step(parent: Level, name: string, mode: number): Promise<Level> {
    const isFresh = await calls.mkdir(parent.directory.at(name), mode).then(
      () => true,
      (error: unknown) => {
        if (codeOf(error) === "EEXIST") return false;
        throw error;
      },
    );
    try {
      return new Level(await parent.directory.openDirectory(name), { parent, name, isFresh });
    } catch (error) {
      if (["ELOOP", "ENOTDIR"].includes(codeOf(error))) throw new NotADirectory(name);
      throw error;
    }
  }
}
