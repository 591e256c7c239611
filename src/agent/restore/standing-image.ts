/** An image that an earlier try has finished is not made again. In: a disk and a path. Out: whether a file with exactly its content stands there. */
import { open, stat } from "node:fs/promises";
import { PageReader } from "../backup/index-pages.ts";
import { PAGE_BLOCKS, ZERO_HASH, hashAt } from "../format/index-page.ts";
import type { Manifest } from "../format/records.ts";
import type { WorkerPool } from "../pipeline/worker-pool.ts";
import type { Repository } from "../repository/repository.ts";
import { sameContent, type HashedBlocks } from "./same-content.ts";

export interface StandingImage {
  readonly repository: Repository;
  readonly workers: WorkerPool;
  readonly manifest: Manifest;
  readonly pagePlace: (pageId: string) => string;
  readonly path: string;
  readonly signal: AbortSignal;
}

/** What cannot be read counts as not there: opening the target says what is wrong with it. */
export async function isThereAlready({ repository, workers, manifest, pagePlace, path, signal }: StandingImage): Promise<boolean> {
  const info = await stat(path).catch(() => undefined);
  if (info?.isFile() !== true || info.size !== manifest.sizeBytes) return false;
  const file = await open(path, "r").catch(() => undefined);
  if (file === undefined) return false;
  const read = async (buffer: Uint8Array, offset: number): Promise<number> => {
    signal.throwIfAborted();
    let filled = 0;
    for (let got = 1; got > 0 && filled < buffer.byteLength; filled += got)
      ({ bytesRead: got } = await file.read(buffer, filled, buffer.byteLength - filled, offset + filled));
    return filled;
  };
  try {
    return await sameContent(
      workers,
      { read },
      manifest.sizeBytes,
      blocksOf(new PageReader(repository, pagePlace, manifest.pages), manifest),
    );
  } finally {
    await file.close();
  }
}

async function* blocksOf(reader: PageReader, { sizeBytes, shape, pages }: Manifest): HashedBlocks {
  const { blockSize } = shape;
  const blocks = Math.ceil(sizeBytes / blockSize);
  for (const number of pages.keys()) {
    const page = await reader.page(number);
    const first = number * PAGE_BLOCKS;
    const count = Math.min(PAGE_BLOCKS, blocks - first);
    yield {
      blocks: Array.from({ length: count }, (_, index) => ({
        hash: page === undefined ? ZERO_HASH : hashAt(page.hashes, index),
        lengthBytes: Math.min(blockSize, sizeBytes - (first + index) * blockSize),
      })),
    };
  }
}
