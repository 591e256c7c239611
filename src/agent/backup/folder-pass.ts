/**
 * One reading of a folder. In: its entries in order, beside those of the point before, which come in the same order. Out: tree pages. A file that size and times
 * call unchanged keeps its blocks without being read; of the others the blocks that differ are sent. One that cannot be read is left out, whatever the point before
 * has of it, and said. Memory holds one segment's worth of entries.
 */
import { TREE_PAGE_WEIGHT } from "../format/tree-page.ts";
import type { FolderEntry, FolderSource } from "../source/source.ts";
import { damageRemark, EntriesBefore } from "./entries-before.ts";
import { healedRemark } from "./counts.ts";
import { FilePacker, PendingFile } from "./file-packer.ts";
import { PathRemarks } from "./left-out.ts";
import type { FolderResumeIndex } from "./resume-index.ts";
import type { Attempt } from "./task.ts";
import { TreeWriter } from "./tree-writer.ts";

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
  /** How many paths are there but could not be read. */
  readonly unread: number;
}

export async function readFolder({ attempt, source, resume }: FolderPass): Promise<FolderResult> {
  const { input, transfer, counts, bad } = attempt;
  const tree = new TreeWriter(input.repository, attempt.pagePlace);
  const remarks = new PathRemarks();
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
  for await (const found of source.entries((skipped) => remarks.add(skipped))) {
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
        const still =
          !read.there && known !== undefined && input.before !== undefined
            ? ` Point ${input.before.point} has an earlier state of it.`
            : "";
        remarks.add({ path: entry.path, why: read.why + still, unread: read.unread });
        if (entry.links > 1) apart.add(pathKey(entry.path));
      }
      if (read.there) sizeBytes += read.bytes;
      else {
        entries--;
        pending = pending.filter((each) => each !== file);
        // Nobody takes the beginning of a file for the whole of it.
        if (file.continues) await tree.withdraw(entry);
      }
    }
    if (packer.weight >= TREE_PAGE_WEIGHT || transfer.isFull) await flush();
  }
  await flush();
  await tree.finish();
  return {
    pages: tree.pages,
    segments: tree.segments,
    sizeBytes,
    entries,
    remarks: [...damageRemark(before.damaged), ...healedRemark(counts), ...remarks.list()],
    unread: remarks.unread,
  };
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
