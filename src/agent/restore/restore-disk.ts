/**
 * Restores a disk. In: a point's manifest and where to write. Out: the disk as it was, each block checked. What an earlier try has written is hashed, and only
 * the rest is fetched; zeros are holes.
 */
import { DamageError } from "../format/damage.ts";
import { PAGE_BLOCKS, hashAt, isZeroHash } from "../format/index-page.ts";
import type { Manifest } from "../format/records.ts";
import type { WorkerPool } from "../pipeline/worker-pool.ts";
import type { Repository } from "../repository/repository.ts";
import { PageReader } from "../backup/index-pages.ts";
import { Fetcher, type WantedBlock } from "./fetch.ts";
import type { DiskTarget, Ranges } from "./target/target.ts";

export interface RestoreCounts {
  bytesWritten: number;
  blocksVerified: number;
  /** Of an earlier try, or the same as before. */
  bytesKept: number;
}

export interface DiskRestore {
  readonly repository: Repository;
  readonly workers: WorkerPool;
  readonly manifest: Manifest;
  readonly pagePlace: (pageId: string) => string;
  readonly target: DiskTarget;
  readonly counts: RestoreCounts;
  readonly signal: AbortSignal;
  readonly onProgress: (bytes: number) => void;
}

/** So much of the disk is looked at, and then fetched, at a time. */
const STEP_BYTES = 64 * 1024 * 1024;
/** So much of what is there already is hashed in one go. */
const CHECK_BYTES = 4 * 1024 * 1024;

export async function restoreDisk(restore: DiskRestore): Promise<void> {
  const { repository, workers, counts, signal } = restore;
  const fetcher = new Fetcher(repository.store, workers, signal);
  try {
    await fetchDisk(restore, fetcher);
    await fetcher.drain();
  } catch (error) {
    // Nothing writes any more when the error is told: the target is closed then, and its descriptor may be another file's.
    await fetcher.drain().catch(() => undefined);
    throw error;
  }
  counts.blocksVerified += fetcher.blocksVerified;
}

async function fetchDisk(
  { repository, workers, manifest, pagePlace, target, counts, onProgress }: DiskRestore,
  fetcher: Fetcher,
): Promise<void> {
  const { blockSize } = manifest.shape;
  const { sizeBytes } = manifest;
  const blocks = Math.ceil(sizeBytes / blockSize);
  const reader = new PageReader(repository, pagePlace, manifest.pages);
  const lengthOf = (block: number): number => Math.min(blockSize, sizeBytes - block * blockSize);

  const step = Math.min(PAGE_BLOCKS, STEP_BYTES / blockSize);
  for (let start = 0; start < blocks; start += step) {
    fetcher.check();
    const number = Math.floor(start / PAGE_BLOCKS);
    const first = number * PAGE_BLOCKS;
    const page = await reader.page(number);
    const inPage = Math.min(PAGE_BLOCKS, blocks - first);
    if (page !== undefined && page.count !== inPage)
      throw new DamageError(manifest.point, `its index page ${number} is for ${page.count} blocks, and the disk has ${inPage} there`);
    const end = Math.min(blocks, start + step);
    const wanted: WantedBlock[] = [];
    let zerosFrom: number | undefined;
    const flushZeros = async (until: number): Promise<void> => {
      if (zerosFrom === undefined) return;
      const from = zerosFrom * blockSize;
      const length = Math.min(until * blockSize, sizeBytes) - from;
      zerosFrom = undefined;
      await target.zeros(from, length);
      onProgress(length);
    };
    for (let block = start; block < end; block++) {
      const place = page?.place(block - first);
      if (page === undefined || place === undefined) {
        zerosFrom ??= block;
        continue;
      }
      await flushZeros(block);
      const lengthBytes = lengthOf(block);
      wanted.push({
        hash: hashAt(page.hashes, block - first),
        lengthBytes,
        place,
        offset: block * blockSize,
        arrived: async (bytes) => {
          await target.write(block * blockSize, bytes);
          counts.bytesWritten += lengthBytes;
          onProgress(lengthBytes);
        },
      });
    }
    await flushZeros(end);
    const missing = await notThereYet(workers, target, wanted);
    for (const each of wanted) {
      if (missing.has(each)) continue;
      counts.bytesKept += each.lengthBytes;
      onProgress(each.lengthBytes);
    }
    await fetcher.want(wanted.filter((each) => missing.has(each)));
  }
}

/** Those of the blocks that the target does not hold. */
export async function notThereYet(
  workers: WorkerPool,
  target: Pick<Ranges, "existingBytes" | "read">,
  wanted: readonly WantedBlock[],
): Promise<ReadonlySet<WantedBlock>> {
  const missing = new Set<WantedBlock>();
  let group: WantedBlock[] = [];
  let bytes = 0;
  const check = async (): Promise<void> => {
    if (group.length === 0) return;
    const plain = new Uint8Array(bytes);
    let at = 0;
    for (const block of group) {
      const part = plain.subarray(at, at + block.lengthBytes);
      const got = await target.read(part, block.offset);
      if (got < part.byteLength) missing.add(block);
      at += block.lengthBytes;
    }
    const { hashes } = await workers.hash(
      plain.buffer,
      group.map(({ lengthBytes }) => lengthBytes),
    );
    for (const [index, block] of group.entries())
      if (Buffer.compare(hashAt(hashes, index), block.hash) !== 0 || isZeroHash(block.hash)) missing.add(block);
    group = [];
    bytes = 0;
  };
  for (const block of wanted) {
    if (block.offset + block.lengthBytes > target.existingBytes) {
      missing.add(block);
      continue;
    }
    if (bytes + block.lengthBytes > CHECK_BYTES) await check();
    group.push(block);
    bytes += block.lengthBytes;
  }
  await check();
  return missing;
}
