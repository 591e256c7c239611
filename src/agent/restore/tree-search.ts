/**
 * Finds one entry of a tree without reading all of it: pages come in the order of paths. In: the ids of the pages and a path. Out: the entry, in its parts.
 * @throws DamageError
 */
import { treeEntries } from "../backup/folder-pass.ts";
import type { TreeEntry } from "../format/tree-page.ts";
import type { Repository } from "../repository/repository.ts";
import { comparePaths } from "../source/path-order.ts";
import type { PathBytes } from "../source/source.ts";

export interface Tree {
  readonly repository: Repository;
  readonly pagePlace: (pageId: string) => string;
  readonly pages: readonly (string | null)[];
}

export function entriesOf({ repository, pagePlace, pages }: Tree): AsyncGenerator<TreeEntry> {
  return treeEntries(repository, pagePlace, pages);
}

/** The parts of the entry in order; none when the tree does not have it. */
export async function* partsAt(tree: Tree, path: PathBytes): AsyncGenerator<TreeEntry> {
  const from = await lastPageBefore(tree, path);
  for await (const part of entriesOf({ ...tree, pages: tree.pages.slice(from) })) {
    const order = comparePaths(part.entry.path, path);
    if (order > 0) return;
    if (order === 0) yield part;
  }
}

/** The last page that begins with an entry before the path, or with the beginning of the entry itself. */
async function lastPageBefore(tree: Tree, path: PathBytes): Promise<number> {
  let low = 0;
  let high = tree.pages.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    const { value: first, done } = await entriesOf({ ...tree, pages: [tree.pages[middle] ?? null] }).next();
    const order = done ? -1 : comparePaths(first.entry.path, path);
    if (order < 0 || (order === 0 && !done && !first.continues)) low = middle;
    else high = middle - 1;
  }
  return low;
}
