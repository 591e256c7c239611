import type { BigIntStats } from "node:fs";

/** A name that is remembered costs its path and about this much. */
const ENTRY_BYTES = 120;

/**
 * The files with several names of which one was met, by inode. A file is forgotten when all its names were met, so that a tree which holds its links whole needs
 * memory only for those that are open. Beyond `limitBytes` further files are not remembered: each of their names is a file of its own then.
 */
export class HardLinks {
  readonly #met = new Map<bigint, { readonly path: string; namesLeft: number }>();
  readonly #limitBytes: number;
  #bytes = 0;

  constructor(limitBytes = 64 * 1024 * 1024) {
    this.#limitBytes = limitBytes;
  }

  /** The path under which the file was met first, undefined when this is the first. */
  meet(path: string, info: BigIntStats): string | undefined {
    if (info.nlink < 2n) return undefined;
    const known = this.#met.get(info.ino);
    const cost = ENTRY_BYTES + (known?.path ?? path).length;
    if (known === undefined) {
      if (this.#bytes + cost > this.#limitBytes) return undefined;
      this.#bytes += cost;
      this.#met.set(info.ino, { path, namesLeft: Number(info.nlink) - 1 });
      return undefined;
    }
    known.namesLeft--;
    if (known.namesLeft === 0) {
      this.#bytes -= cost;
      this.#met.delete(info.ino);
    }
    return known.path;
  }
}
