/** Compares what stands at a place with a point: block by block by hash, up to the first that differs; nothing is fetched. */
import { ZERO_HASH, hashAt } from "../format/index-page.ts";
import type { TreeBlock } from "../format/tree-page.ts";
import type { WorkerPool } from "../pipeline/worker-pool.ts";

/** So much is read and hashed in one go. */
const STEP_BYTES = 4 * 1024 * 1024;

export interface Readable {
  read(buffer: Uint8Array, offset: number): Promise<number>;
}

export type HashedBlocks = AsyncIterable<{ readonly blocks: readonly Pick<TreeBlock, "hash" | "lengthBytes">[] }>;

/** True when so many bytes stand there as the blocks say. Blocks may be fewer, of a file that became shorter while it was read: the rest is zeros then. */
export async function sameContent(workers: WorkerPool, standing: Readable, sizeBytes: number, content: HashedBlocks): Promise<boolean> {
  let group: Pick<TreeBlock, "hash" | "lengthBytes">[] = [];
  let groupBytes = 0;
  let offset = 0;
  const isSame = async (): Promise<boolean> => {
    const plain = new Uint8Array(groupBytes);
    if ((await standing.read(plain, offset)) < groupBytes) return false;
    const { hashes } = await workers.hash(
      plain.buffer,
      group.map(({ lengthBytes }) => lengthBytes),
    );
    const same = group.every(({ hash }, index) => Buffer.compare(hashAt(hashes, index), hash) === 0);
    offset += groupBytes;
    group = [];
    groupBytes = 0;
    return same;
  };
  const takes = async (block: Pick<TreeBlock, "hash" | "lengthBytes">): Promise<boolean> => {
    if (groupBytes + block.lengthBytes > STEP_BYTES && group.length > 0 && !(await isSame())) return false;
    group.push(block);
    groupBytes += block.lengthBytes;
    return offset + groupBytes <= sizeBytes;
  };
  for await (const { blocks } of content) for (const block of blocks) if (!(await takes(block))) return false;
  for (let left = sizeBytes - offset - groupBytes; left > 0; left -= STEP_BYTES)
    if (!(await takes({ hash: ZERO_HASH, lengthBytes: Math.min(STEP_BYTES, left) }))) return false;
  return group.length === 0 || isSame();
}
