/**
 * What a reading of a folder has to say of single paths. In: paths with what was odd about them. Out: remarks, of many the first ones and a number; and how many
 * paths are there but could not be read, which makes the point incomplete. Paths stay as they are: who prints them makes them harmless.
 */
import type { SkippedEntry } from "../source/source.ts";

const MOST_REMARKS = 20;
/** A record takes remarks of 4,096 characters. */
const MOST_PATH_CHARACTERS = 1_000;

export class PathRemarks {
  readonly #first: string[] = [];
  #more = 0;
  #unread = 0;

  add({ path, why, unread }: SkippedEntry): void {
    if (unread) this.#unread++;
    if (this.#first.length < MOST_REMARKS) this.#first.push(`${shortened(Buffer.from(path).toString("utf8"))}: ${why}`);
    else this.#more++;
  }

  get unread(): number {
    return this.#unread;
  }

  list(): readonly string[] {
    return this.#more === 0 ? this.#first : [...this.#first, `and ${this.#more} more.`];
  }
}

/** Of a path that is too long its beginning and its end. */
function shortened(path: string): string {
  if (path.length <= MOST_PATH_CHARACTERS) return path;
  const half = MOST_PATH_CHARACTERS / 2;
  return `${path.slice(0, half)}…${path.slice(-half)}`.toWellFormed();
}
