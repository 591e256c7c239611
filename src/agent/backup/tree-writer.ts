/**
 * Writes the tree of a folder, a page at a time. In: entries in the folder's order, a large file in parts. Out: the pages' ids, and the segments that they name.
 * A file of which parts stand in pages already can be withdrawn again: those pages are written anew without it, and the old ones are left to `prune`.
 */
import { newId } from "../format/ids.ts";
import { decodeTreePage, encodeTreePage, TREE_PAGE_WEIGHT, type TreeEntry } from "../format/tree-page.ts";
import type { Repository } from "../repository/repository.ts";
import { comparePaths } from "../source/path-order.ts";
import type { FolderEntry } from "../source/source.ts";

interface Page {
  readonly id: string;
  readonly segments: readonly string[];
}

export class TreeWriter {
  readonly #repository: Repository;
  readonly #pagePlace: (id: string) => string;
  #entries: TreeEntry[] = [];
  #weight = 0;
  readonly #pages: Page[] = [];

  constructor(repository: Repository, pagePlace: (id: string) => string) {
    this.#repository = repository;
    this.#pagePlace = pagePlace;
  }

  get pages(): readonly string[] {
    return this.#pages.map(({ id }) => id);
  }

  get segments(): ReadonlySet<string> {
    return new Set(this.#pages.flatMap(({ segments }) => segments));
  }

  /** A file whose blocks do not fit goes on in the next page: no page becomes larger than a reader takes. */
  async add(entry: TreeEntry): Promise<void> {
    let from = 0;
    const left = (): number => entry.blocks.length - from;
    while (this.#weight + 1 + left() > TREE_PAGE_WEIGHT) {
      const to = from + Math.max(1, TREE_PAGE_WEIGHT - this.#weight - 1);
      this.#entries.push({ ...entry, blocks: entry.blocks.slice(from, to), more: true, continues: entry.continues || from > 0 });
      from = Math.min(to, entry.blocks.length);
      await this.finish();
    }
    this.#entries.push({ ...entry, blocks: entry.blocks.slice(from), continues: entry.continues || from > 0 });
    this.#weight += 1 + left();
    if (this.#weight >= TREE_PAGE_WEIGHT) await this.finish();
  }

  /** Takes back the last file, of which parts were added. */
  async withdraw({ path }: FolderEntry): Promise<void> {
    const isOther = ({ entry }: TreeEntry): boolean => comparePaths(entry.path, path) !== 0;
    this.#setEntries(this.#entries.filter(isOther));
    // Where something else stands before it, nothing of it stands in an earlier page.
    while (this.#entries.length === 0) {
      const last = this.#pages.at(-1);
      if (last === undefined) return;
      const place = this.#pagePlace(last.id);
      const bytes = await this.#repository.read(place);
      if (bytes === undefined) throw new Error(`The page ${place} vanished as soon as it was written.`);
      const all = decodeTreePage(place, bytes);
      const others = all.filter(isOther);
      if (others.length === all.length) return;
      this.#pages.pop();
      this.#setEntries(others);
    }
  }

  async finish(): Promise<void> {
    if (this.#entries.length === 0) return;
    const { bytes, segments } = encodeTreePage(this.#entries);
    const id = newId();
    await this.#repository.create(this.#pagePlace(id), bytes);
    this.#pages.push({ id, segments });
    this.#setEntries([]);
  }

  #setEntries(entries: TreeEntry[]): void {
    this.#entries = entries;
    this.#weight = entries.reduce((sum, { blocks }) => sum + 1 + blocks.length, 0);
  }
}
