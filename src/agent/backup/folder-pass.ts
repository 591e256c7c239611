/**
 * One reading of a folder. In: its entries in order, beside those of the point before, which come in the same order. Out: tree pages. A file that size and times
 * call unchanged keeps its blocks without being read; of the others the blocks that differ are sent. Memory holds one segment's worth of entries.
 */
import { newId } from "../format/ids.ts";
import { encodeTreePage, TREE_PAGE_WEIGHT, type TreeEntry } from "../format/tree-page.ts";
import type { Repository } from "../repository/repository.ts";
import type { FolderEntry, FolderSource } from "../source/source.ts";
import { damageRemark, EntriesBefore } from "./entries-before.ts";
import { healedRemark } from "./counts.ts";
import { FilePacker, PendingFile } from "./file-packer.ts";
import type { FolderResumeIndex } from "./resume-index.ts";
import type { Attempt } from "./task.ts";

export interface FolderPass {
  readonly attempt: Attempt;
  readonly source: FolderSource;
  readonly resume: FolderResumeIndex;
}

export interface FolderResult {
  readonly pages: readonly string[];
  readonly segments: ReadonlySet<string>;
  readonly sizeBytes: number;
  readonly entries: number;
  readonly remarks: readonly string[];
}

const MOST_REMARKS = 20;

export async function readFolder({ attempt, source, resume }: FolderPass): Promise<FolderResult> {
  const { input, transfer, counts, bad } = attempt;
  const tree = new TreeWriter(input.repository, attempt.pagePlace);
  const remarks = new Remarks();
  const before = new EntriesBefore(input.repository, attempt.pagePlace, input.before);
  const { onProgress } = input;
  const packer = new FilePacker({ transfer, source, resume, bad, blockSize: input.shape.blockSize, counts, onProgress });
  let pending: PendingFile[] = [];
  let sizeBytes = 0;
  let entries = 0;

  const flush = async (): Promise<void> => {
    await packer.finishUnit();
    await transfer.seal();
    for (const file of pending) {
      const blocks = file.slots.map((slot) => packer.settled(slot));
      await tree.add({ entry: file.entry, blocks, more: !file.isWhole, continues: file.continues });
      file.slots = [];
      file.continues = true;
    }
    pending = pending.filter((file) => !file.isWhole);
    packer.weight = 0;
  };

  /** Paths whose content is not that of their other names: gone or replaced before they were read. */
  const apart = new Set<string>();
  for await (const found of source.entries(({ path, why }) => remarks.add(path, why))) {
    transfer.check();
    const entry = found.sameAs !== undefined && apart.has(pathKey(found.sameAs)) ? withContent(found) : found;
    entries++;
    const known = await before.at(entry.path);
    if (entry.type !== "file" || entry.sameAs !== undefined) {
      pending.push(packer.withoutContent(entry));
    } else if (
      known !== undefined &&
      !input.readAll &&
      looksUnchanged(known.entry, entry) &&
      !known.blocks.some((block) => packer.isDamaged(block))
    ) {
      sizeBytes += entry.sizeBytes;
      pending.push(packer.unchanged(entry, known.blocks));
      onProgress(entry.sizeBytes);
    } else {
      const file = new PendingFile(entry, known?.blocks ?? [], false);
      pending.push(file);
      const read = await packer.read(file, flush, TREE_PAGE_WEIGHT);
      if (read.why !== undefined) {
        remarks.add(entry.path, read.why);
        if (entry.links > 1) apart.add(pathKey(entry.path));
      }
      if (!read.there) pending = pending.filter((each) => each !== file);
      sizeBytes += read.bytes;
    }
    if (packer.weight >= TREE_PAGE_WEIGHT || transfer.isFull) await flush();
  }
  await flush();
  await tree.finish();
  const said = [...damageRemark(before.damaged), ...healedRemark(counts), ...remarks.list()];
  return { pages: tree.pages, segments: tree.segments, sizeBytes, entries, remarks: said };
}

function pathKey(path: Uint8Array): string {
  return Buffer.from(path).toString("latin1");
}

/** One name of a file as a file of its own. */
function withContent({ sameAs: _sameAs, ...entry }: FolderEntry): FolderEntry {
  return entry;
}

function looksUnchanged(before: FolderEntry, now: FolderEntry): boolean {
  return (
    before.type === "file" &&
    before.sameAs === undefined &&
    before.sizeBytes === now.sizeBytes &&
    before.mtimeNs === now.mtimeNs &&
    before.ctimeNs === now.ctimeNs &&
    before.inode === now.inode
  );
}

/** What could not be read or changed meanwhile; of many the first ones. */
class Remarks {
  readonly #first: string[] = [];
  #more = 0;

  add(path: Uint8Array, why: string): void {
    if (this.#first.length < MOST_REMARKS) this.#first.push(`${Buffer.from(path).toString("utf8")}: ${why}`);
    else this.#more++;
  }

  list(): readonly string[] {
    return this.#more === 0 ? this.#first : [...this.#first, `and ${this.#more} more.`];
  }
}

class TreeWriter {
  readonly #repository: Repository;
  readonly #pagePlace: (id: string) => string;
  #entries: TreeEntry[] = [];
  #weight = 0;
  readonly pages: string[] = [];
  readonly segments = new Set<string>();

  constructor(repository: Repository, pagePlace: (id: string) => string) {
    this.#repository = repository;
    this.#pagePlace = pagePlace;
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

  async finish(): Promise<void> {
    if (this.#entries.length === 0) return;
    const { bytes, segments } = encodeTreePage(this.#entries);
    const id = newId();
    await this.#repository.create(this.#pagePlace(id), bytes);
    this.pages.push(id);
    for (const segment of segments) this.segments.add(segment);
    this.#entries = [];
    this.#weight = 0;
  }
}
