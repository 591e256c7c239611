/**
 * Restores a folder, or some paths of it. In: a point's tree, a page at a time, and where to write. Out: the entries as they were, each block checked. A file
 * that is there with the same content is kept, what an earlier try has written is not fetched again. What could not be made is told and does not stop the rest.
 */
import type { TreeEntry } from "../format/tree-page.ts";
import { DamageError } from "../format/damage.ts";
import type { WorkerPool } from "../pipeline/worker-pool.ts";
import type { FolderEntry } from "../source/source.ts";
import { FileBatch } from "./file-batch.ts";
import { Fetcher } from "./fetch.ts";
import type { PathFilter } from "./path-filter.ts";
import type { RestoreCounts } from "./restore-disk.ts";
import { sameContent } from "./same-content.ts";
import type { ExistingFile, FolderTarget, Placement } from "./target/target.ts";
import { entriesOf, partsAt, type Tree } from "./tree-search.ts";

export interface FolderProblem {
  readonly path: Uint8Array;
  readonly why: string;
  /** The entry is not there as it was. Otherwise it is, but for what `why` says. */
  readonly isMissing: boolean;
}

export interface FolderRestore {
  readonly tree: Tree;
  readonly workers: WorkerPool;
  readonly target: FolderTarget;
  readonly filter: PathFilter;
  readonly counts: RestoreCounts;
  readonly signal: AbortSignal;
  readonly onProgress: (bytes: number) => void;
  readonly onProblem: (problem: FolderProblem) => void;
}

/** What a person expects of a folder; sockets and devices are told too, but nothing is lost with them. */
const CONTENT: ReadonlySet<FolderEntry["type"]> = new Set(["file", "directory", "symlink"]);

export async function restoreFolder(restore: FolderRestore): Promise<void> {
  const { tree, workers, counts, signal, onProgress } = restore;
  const fetcher = new Fetcher(tree.repository.store, workers, signal);
  const batch = new FileBatch({ fetcher, workers, counts, onProgress });
  try {
    await new FolderWriter(restore, fetcher, batch).writeAll();
    await batch.settle();
  } catch (error) {
    // Files are given up before the first error is told: writing on would meet a target that is closed.
    await fetcher.drain().catch(() => undefined);
    throw error;
  } finally {
    await batch.close();
  }
  counts.blocksVerified += fetcher.blocksVerified;
}

class FolderWriter {
  readonly #restore: FolderRestore;
  readonly #fetcher: Fetcher;
  readonly #batch: FileBatch;
  readonly #parts: AsyncGenerator<TreeEntry>;

  constructor(restore: FolderRestore, fetcher: Fetcher, batch: FileBatch) {
    this.#restore = restore;
    this.#fetcher = fetcher;
    this.#batch = batch;
    this.#parts = entriesOf(restore.tree);
  }

  async writeAll(): Promise<void> {
    for (let part = await this.#next(); part !== undefined; part = await this.#next()) {
      this.#fetcher.check();
      // Parts that follow their file are read with it.
      if (part.continues) continue;
      if (this.#restore.filter(part.entry)) await this.#write(part);
    }
  }

  async #write(first: TreeEntry): Promise<void> {
    const { entry } = first;
    const { sameAs } = entry;
    // A link waits for the file: that must not be left to a batch which is never full.
    if (sameAs !== undefined && this.#batch.has(sameAs)) await this.#batch.settle();
    const placement = await this.#restore.target.place(entry);
    const content = sameAs === undefined ? this.#following(first) : partsAt(this.#restore.tree, sameAs);
    await this.#carryOut(entry, placement, content);
  }

  async #carryOut(entry: FolderEntry, placement: Placement, content: AsyncIterable<TreeEntry>): Promise<void> {
    switch (placement.outcome) {
      case "done":
        return;
      case "refused":
        return this.#problem(entry, placement.why, true);
      case "skipped":
        return this.#problem(entry, placement.why, CONTENT.has(entry.type));
      case "exists":
        return this.#compare(entry, placement.file, content);
      case "write":
        await this.#batch.begin(entry.path, placement.file);
        await this.#fill(entry, content);
    }
  }

  async #fill(entry: FolderEntry, content: AsyncIterable<TreeEntry>): Promise<void> {
    let bytes = 0;
    for await (const { blocks } of content) {
      this.#fetcher.check();
      for (const { lengthBytes } of blocks) bytes += lengthBytes;
      if (bytes > entry.sizeBytes) throw new DamageError(shown(entry), "its blocks are longer than the file");
      await this.#batch.add(entry.path, blocks);
      await this.#batch.flushIfFull();
    }
    // Blocks may be fewer than the size says: then it became shorter while it was read, and was told to be.
    await this.#batch.end(entry.path);
  }

  async #compare(entry: FolderEntry, file: ExistingFile, content: AsyncIterable<TreeEntry>): Promise<void> {
    const { workers, counts, onProgress, tree } = this.#restore;
    let isEnded = false;
    try {
      if (await sameContent(workers, file, entry.sizeBytes, content)) {
        isEnded = true;
        await file.keep();
        counts.bytesKept += entry.sizeBytes;
        onProgress(entry.sizeBytes);
        return;
      }
      isEnded = true;
      const placement = await file.replace();
      // Its first parts are read already: it is looked up again.
      await this.#carryOut(entry, placement, partsAt(tree, entry.sameAs ?? entry.path));
    } finally {
      if (!isEnded) await file.close();
    }
  }

  /** The part itself and those of the same file that come right after it. */
  async *#following(first: TreeEntry): AsyncGenerator<TreeEntry> {
    let part: TreeEntry | undefined = first;
    while (part !== undefined) {
      yield part;
      if (!part.more) return;
      part = await this.#next();
      if (part !== undefined && !part.continues) throw new DamageError(shown(first.entry), "a part of it is missing in the tree");
    }
  }

  async #next(): Promise<TreeEntry | undefined> {
    const { value, done } = await this.#parts.next();
    return done ? undefined : value;
  }

  #problem({ path }: FolderEntry, why: string, isMissing: boolean): void {
    this.#restore.onProblem({ path, why, isMissing });
  }
}

function shown({ path }: FolderEntry): string {
  return Buffer.from(path).toString("utf8");
}
