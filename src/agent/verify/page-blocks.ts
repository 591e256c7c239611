/** The blocks that one page of a point names, whether it is an index page of a disk or a tree page of a folder. */
import { DamageError } from "../format/damage.ts";
import { PAGE_BLOCKS, hashAt, readPage, type BlockPlace } from "../format/index-page.ts";
import type { Manifest } from "../format/records.ts";
import { decodeTreePage } from "../format/tree-page.ts";
import type { Repository } from "../repository/repository.ts";
import { MAX_UNIT_BYTES } from "../../store/blocks/block-store.ts";

export interface PageBlock {
  readonly hash: Uint8Array;
  readonly lengthBytes: number;
  readonly place: BlockPlace;
}

/** @throws DamageError */
export async function readPageBlocks(
  repository: Repository,
  place: string,
  manifest: Manifest,
  number: number,
): Promise<readonly PageBlock[]> {
  const plain = await repository.read(place);
  if (plain === undefined) throw new DamageError(place, "it is missing");
  const blocks = manifest.source.kind === "disk" ? ofDisk(place, plain, manifest, number) : ofFolder(place, plain);
  const large = blocks.find((block) => block.place.lengthBytes > MAX_UNIT_BYTES);
  if (large !== undefined) throw new DamageError(place, `it names a unit of ${large.place.lengthBytes} bytes`);
  return blocks;
}

function ofDisk(name: string, plain: Buffer, { sizeBytes, shape }: Manifest, number: number): readonly PageBlock[] {
  const { blockSize } = shape;
  const first = number * PAGE_BLOCKS;
  const count = Math.min(PAGE_BLOCKS, Math.ceil(sizeBytes / blockSize) - first);
  const page = readPage(name, plain);
  if (page.count !== count) throw new DamageError(name, `it is for ${page.count} blocks, and the disk has ${count} there`);
  const blocks: PageBlock[] = [];
  for (let index = 0; index < count; index++) {
    const place = page.place(index);
    const lengthBytes = Math.min(blockSize, sizeBytes - (first + index) * blockSize);
    if (place !== undefined) blocks.push({ hash: hashAt(page.hashes, index), lengthBytes, place });
  }
  return blocks;
}

function ofFolder(name: string, plain: Buffer): readonly PageBlock[] {
  return decodeTreePage(name, plain).flatMap(({ blocks }) =>
    blocks.flatMap(({ hash, lengthBytes, place }) => (place === undefined ? [] : [{ hash, lengthBytes, place }])),
  );
}
