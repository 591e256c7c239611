/**
 * The walk through a folder. In: the folder, opened. Out: its entries in order, and what could not be read. It keeps the names of the directories it is in,
 * never the tree; it holds a few of them open, so that no path is too long and nobody can lead it away by a link put in place of a directory.
 * It does not promise a moment in time: an entry is as it was within a second before it is given out.
 */
import type { BigIntStats } from "node:fs";
import { systemClock } from "../../clock/clock.ts";
import * as calls from "../files/calls.ts";
import { codeOf, isDisconnected, isExhausted, isGone, reasonOf } from "../files/error-codes.ts";
import { asBytes } from "../files/open-directory.ts";
import type { OpenDirectory } from "../files/open-directory.ts";
import { folderEntry, typeOf } from "./folder-entry.ts";
import { HardLinks } from "./hard-links.ts";
import type { FolderEntry, SkippedEntry } from "./source.ts";

/** So many entries are looked at together: at one after the other the threads cost more than the calls. */
const LOOK_AHEAD = 64;
/** What was looked at ahead is looked at again after this time: otherwise each change since would seem to have come while the file was read. */
const FRESH_MS = 1_000;
/** Directories held open, from the innermost: a deeper tree must not use up the descriptors of the process. */
const HELD_OPEN = 64;

type Looked = BigIntStats | Error;

interface Level {
  /** Text as of `asText`, with a "/" at its end; empty for the root. */
  readonly prefix: string;
  /** Undefined while it is not held open. */
  directory: OpenDirectory | undefined;
  readonly inode: bigint;
  readonly names: readonly string[];
  next: number;
  looked: Looked[];
  /** The index of the first name in `looked`. */
  lookedFrom: number;
  lookedAtMs: number;
}

export interface WalkOptions {
  readonly onShare: boolean;
  readonly onSkip: (skipped: SkippedEntry) => void;
  /** Opens the root. */
  readonly openRoot: () => Promise<OpenDirectory>;
  /** Rejects when the root is not there any more. Asked when something is gone: a share that vanished looks like that too. */
  readonly checkRoot: () => Promise<void>;
}

export class Walk {
  readonly #options: WalkOptions;
  readonly #links = new HardLinks();
  readonly #levels: Level[] = [];
  #device = 0n;

  constructor(options: WalkOptions) {
    this.#options = options;
  }

  async *entries(): AsyncGenerator<FolderEntry> {
    try {
      const root = await this.#options.openRoot();
      this.#device = root.info.dev;
      yield folderEntry("", "directory", root.info);
      await this.#enter("", root);
      for (let level = this.#levels.at(-1); level !== undefined; level = this.#levels.at(-1)) {
        const name = level.names[level.next];
        if (name === undefined) {
          await this.#leave();
          continue;
        }
        const looked = await this.#look(level);
        level.next++;
        const path = level.prefix + name;
        const entry = await this.#entryOf(level, name, path, looked);
        if (entry === undefined) continue;
        yield entry;
        if (entry.type === "directory") await this.#descend(level, name, path, looked as BigIntStats);
      }
    } finally {
      for (const level of this.#levels) await level.directory?.close();
      this.#levels.length = 0;
    }
  }

  /** The entry at `level.next`, looked at together with those behind it. */
  async #look(level: Level): Promise<Looked> {
    const nowMs = systemClock.now();
    const at = level.next - level.lookedFrom;
    const ageMs = nowMs - level.lookedAtMs;
    const known = level.looked[at];
    if (known !== undefined && ageMs >= 0 && ageMs < FRESH_MS) return known;
    const { directory } = level;
    const names = level.names.slice(level.next, level.next + LOOK_AHEAD);
    level.looked = directory === undefined ? names.map(() => MOVED) : await Promise.all(names.map((name) => lookAt(directory, name)));
    level.lookedFrom = level.next;
    level.lookedAtMs = nowMs;
    return level.looked[0] ?? MOVED;
  }

  async #entryOf(level: Level, name: string, path: string, looked: Looked): Promise<FolderEntry | undefined> {
    if (looked instanceof Error) return this.#unread(path, looked);
    const type = typeOf(looked);
    if (type === undefined) return this.#skip(path, "its kind is not known");
    if (type === "file") {
      const sameAs = this.#links.meet(path, looked);
      return folderEntry(path, type, looked, sameAs === undefined ? undefined : { sameAs: asBytes(sameAs) });
    }
    if (type !== "symlink") return folderEntry(path, type, looked);
    try {
      const target = level.directory === undefined ? undefined : await calls.readlink(level.directory.at(name));
      return target === undefined ? this.#unread(path, MOVED) : folderEntry(path, type, looked, { target });
    } catch (error) {
      return this.#unread(path, error);
    }
  }

  async #descend(parent: Level, name: string, path: string, looked: BigIntStats): Promise<void> {
    if (looked.dev !== this.#device) return this.#skip(path, "another file system is mounted here, which is not entered", false);
    try {
      if (parent.directory === undefined) throw MOVED;
      const directory = await parent.directory.openDirectory(name);
      if (directory.info.ino === looked.ino && directory.info.dev === looked.dev) return await this.#enter(`${path}/`, directory);
      await directory.close();
      this.#skip(path, "it was replaced while the folder was read");
    } catch (error) {
      await this.#unread(path, error, "what is in it cannot be read: ");
    }
  }

  async #enter(prefix: string, directory: OpenDirectory): Promise<void> {
    let names: string[];
    try {
      names = (await directory.names()).sort(byBytes);
    } catch (error) {
      await directory.close();
      throw error;
    }
    this.#levels.push({ prefix, directory, inode: directory.info.ino, names, next: 0, looked: [], lookedFrom: 0, lookedAtMs: 0 });
    const outer = this.#levels[this.#levels.length - 1 - HELD_OPEN];
    if (outer?.directory === undefined) return;
    await outer.directory.close();
    outer.directory = undefined;
  }

  async #leave(): Promise<void> {
    const left = this.#levels.pop();
    const outer = this.#levels.at(-1);
    if (outer !== undefined && outer.directory === undefined && left?.directory !== undefined) {
      // The way back is from inside: the path may be too long for any other.
      const opened = await left.directory.openDirectory("..").catch(() => undefined);
      if (opened?.info.ino === outer.inode && opened.info.dev === this.#device) outer.directory = opened;
      else await opened?.close();
    }
    await left?.directory?.close();
  }

  #skip(path: string, why: string, unread = true): undefined {
    this.#options.onSkip({ path: asBytes(path), why, unread });
  }

  /** Says what cannot be read. What is gone is not said: it is as if it had been removed before. */
  async #unread(path: string, error: unknown, what = ""): Promise<undefined> {
    const code = codeOf(error);
    if (isDisconnected(code, this.#options.onShare) || isExhausted(code)) throw error;
    if (!isGone(code)) return this.#skip(path, what + reasonOf(error));
    await this.#options.checkRoot();
  }
}

const lookAt = (directory: OpenDirectory, name: string): Promise<Looked> =>
  calls.lstat(directory.at(name)).catch((error: unknown) => error as Error);

const MOVED = Object.assign(new Error("a directory above it was moved while the folder was read"), { name: "Moved" });

/** Text with one character per byte compares like its bytes. */
function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
