/**
 * The entries of the point before, in their order. In: its manifest. Out: what it knows of a path. Of a page that is damaged nothing is known: its files are read
 * again, also those of which only a part stands in it.
 */
import { DamageError } from "../format/damage.ts";
import type { Manifest } from "../format/records.ts";
import { decodeTreePage, type TreeBlock, type TreeEntry } from "../format/tree-page.ts";
import type { Repository } from "../repository/repository.ts";
import { comparePaths } from "../source/path-order.ts";
import type { FolderEntry } from "../source/source.ts";

interface Known {
  readonly entry: FolderEntry;
  readonly blocks: readonly TreeBlock[];
}

export class EntriesBefore {
  readonly #parts: AsyncGenerator<TreeEntry | "gap">;
  #next: Known | undefined;
  #started = false;
  #ahead: TreeEntry | "gap" | undefined;
  /** What is wrong with pages that could not be read. */
  readonly damaged: string[] = [];

  constructor(repository: Repository, pagePlace: (id: string) => string, manifest: Manifest | undefined) {
    const pages = manifest?.source.kind === "folder" ? manifest.pages : [];
    this.#parts = partsAndGaps(repository, pagePlace, pages, (error) => this.damaged.push(error.message));
  }

  /** Paths are asked for in ascending order. */
  async at(path: Uint8Array): Promise<Known | undefined> {
    if (!this.#started) {
      this.#started = true;
      await this.#advance();
    }
    while (this.#next !== undefined && comparePaths(this.#next.entry.path, path) < 0) await this.#advance();
    return this.#next !== undefined && comparePaths(this.#next.entry.path, path) === 0 ? this.#next : undefined;
  }

  /** The parts of a large file become one again. One of which a part is missing is passed over. */
  async #advance(): Promise<void> {
    for (;;) {
      const first = this.#ahead ?? (await this.#pull());
      this.#ahead = undefined;
      if (first === undefined) {
        this.#next = undefined;
        return;
      }
      if (first === "gap" || first.continues) continue;
      const blocks = [...first.blocks];
      let part = first;
      while (part.more) {
        const next = await this.#pull();
        if (next === undefined || next === "gap" || !next.continues) {
          this.#ahead = next;
          break;
        }
        for (const block of next.blocks) blocks.push(block);
        part = next;
      }
      if (part.more) continue;
      this.#next = { entry: first.entry, blocks };
      return;
    }
  }

  async #pull(): Promise<TreeEntry | "gap" | undefined> {
    const { value, done } = await this.#parts.next();
    return done ? undefined : value;
  }
}

/** What is said of damage that was passed over. */
export function damageRemark(damaged: readonly string[]): readonly string[] {
  const [first] = damaged;
  if (first === undefined) return [];
  const more = damaged.length === 1 ? "" : ` (and ${damaged.length - 1} more)`;
  return [`Of the point before ${first.replace(/\.$/, "")}${more}; what it describes was read and sent again. Run verify.`];
}

async function* partsAndGaps(
  repository: Repository,
  pagePlace: (id: string) => string,
  pages: readonly (string | null)[],
  onDamage: (error: DamageError) => void,
): AsyncGenerator<TreeEntry | "gap"> {
  for (const id of pages) {
    try {
      yield* await readPage(repository, pagePlace, id);
    } catch (error) {
      if (!(error instanceof DamageError)) throw error;
      onDamage(error);
      yield "gap";
    }
  }
}

/** All entries of a tree, a page at a time. @throws DamageError */
export async function* treeEntries(
  repository: Repository,
  pagePlace: (id: string) => string,
  pages: readonly (string | null)[],
): AsyncGenerator<TreeEntry> {
  for (const id of pages) yield* await readPage(repository, pagePlace, id);
}

async function readPage(repository: Repository, pagePlace: (id: string) => string, id: string | null): Promise<readonly TreeEntry[]> {
  if (id === null) return [];
  const place = pagePlace(id);
  const bytes = await repository.read(place);
  if (bytes === undefined) throw new DamageError(place, "it is missing");
  return decodeTreePage(place, bytes);
}
