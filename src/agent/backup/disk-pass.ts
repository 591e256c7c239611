/**
 * One reading of a disk, or of its beginning. In: the disk, the index of what is in the store of it (from the point before, or from the reading before). Out:
 * the index of what was read. Only what differs from the index before is sent, unless an attempt that was cut off has sent it.
 */
import type { DiskSource } from "../source/source.ts";
import { HASH_BYTES } from "../format/ids.ts";
import { NO_HASH, PAGE_BLOCKS, hashAt, isZeroHash } from "../format/index-page.ts";
import type { DamageError } from "../format/damage.ts";
import type { BadUnits } from "../repository/bad-units.ts";
import type { Repository } from "../repository/repository.ts";
import type { TaskCounts } from "./counts.ts";
import { PageReader, PageWriter, type BlockChange, type PageIds } from "./index-pages.ts";
import type { DiskResumeIndex } from "./resume-index.ts";
import { UNIT_BYTES, type Transfer, type UnitOutcome, type UnitPlace } from "./transfer.ts";

/** So many changes are kept in memory at most before their segment is sealed and their pages are written. */
const MOST_CHANGES = 16_384;

export interface DiskPass {
  readonly repository: Repository;
  readonly source: DiskSource;
  readonly transfer: Transfer;
  readonly counts: TaskCounts;
  readonly blockSize: number;
  readonly before: PageIds;
  readonly pagePlace: (pageId: string) => string;
  /** Units of the index before that cannot be used: their blocks count as not in the store. */
  readonly bad: BadUnits;
  readonly resume?: DiskResumeIndex | undefined;
  /** Blocks from here on are taken from the index before without being read. */
  readonly endBlock?: number;
  /** Bytes of the disk that this pass has read so far. */
  readonly onProgress: (bytes: number) => void;
}

export interface PassResult {
  readonly pages: PageIds;
  readonly segments: ReadonlySet<string>;
  readonly changedBlocks: number;
  /** The disk ended before its size. */
  readonly endedEarly: boolean;
  /** What is wrong with pages of the index before that could not be read: what they described was sent again. */
  readonly damaged: readonly string[];
}

interface Settled {
  readonly unitNumber: number;
  outcome: UnitOutcome;
  known?: UnitPlace;
}

export async function readDisk(pass: DiskPass): Promise<PassResult> {
  const { source, transfer, counts, blockSize, resume, repository, pagePlace } = pass;
  const perUnit = UNIT_BYTES / blockSize;
  const blocks = Math.ceil(source.sizeBytes / blockSize);
  const end = Math.min(blocks, pass.endBlock ?? blocks);
  const passedOver = new Map<number, DamageError>();
  const before = new PageReader(repository, pagePlace, pass.before, { passedOver, finds: true });
  const writer = new PageWriter(
    repository,
    pagePlace,
    new PageReader(repository, pagePlace, pass.before, { passedOver, finds: false }),
    blocks,
  );
  const settled = new Map<number, Settled>();
  let carried: readonly BlockChange[] = [];
  let changesHeld = 0;
  let changedBlocks = 0;
  let endedEarly = false;

  const fill = async (plain: Uint8Array, offset: number): Promise<number> => {
    const got = await source.read(plain, offset);
    if (got < plain.byteLength) {
      plain.fill(0, got);
      endedEarly = true;
    }
    return got;
  };

  const flush = async (endBlock: number): Promise<void> => {
    await transfer.seal();
    const changes = [...carried];
    for (const each of settled.values()) changes.push(...(await changesOf(each, perUnit, resume)));
    settled.clear();
    carried = await writer.advance(endBlock, changes);
    changesHeld = carried.length;
  };

  for (let first = 0; first < end; first += perUnit) {
    transfer.check();
    if (transfer.isFull || changesHeld >= MOST_CHANGES) await flush(first);
    const unitNumber = first / perUnit;
    const count = Math.min(perUnit, end - first);
    const lengths = Array.from({ length: count }, (_, index) => Math.min(blockSize, source.sizeBytes - (first + index) * blockSize));
    const bytes = lengths.reduce((sum, length) => sum + length, 0);
    const buffer = await transfer.plain.take();
    const plain = new Uint8Array(buffer, 0, bytes);
    counts.bytesRead += await fill(plain, first * blockSize);
    const expected = await before.hashes(first, count);
    const candidates = (await resume?.candidates(unitNumber)) ?? NO_CANDIDATES;
    const damaged = await before.damaged(first, count, pass.bad);
    const usable = Uint8Array.from(expected);
    for (const index of damaged) usable.set(NO_HASH, index * HASH_BYTES);
    const input = { unitNumber, lengths, places: lengths.map((_, index) => index), expected: usable, candidates };
    const onOutcome = (outcome: UnitOutcome): void => {
      if (!settled.has(unitNumber)) {
        countSame(counts, expected, outcome, count);
        counts.blocksHealed += healed(damaged, expected, outcome);
        changesHeld += outcome.changed.length;
        changedBlocks += outcome.changed.length;
      }
      if (outcome.changed.length > 0 || settled.has(unitNumber)) settled.set(unitNumber, { unitNumber, outcome });
      pass.onProgress(bytes);
    };
    transfer.submit(buffer, input, onOutcome, async (again) => {
      await fill(again.subarray(0, bytes), first * blockSize);
    });
  }
  await flush(blocks);
  const damaged = [...passedOver.values()].map(({ message }) => message);
  return { pages: writer.ids, segments: writer.segments, changedBlocks, endedEarly, damaged };
}

const NO_CANDIDATES = new Uint8Array();

async function changesOf(
  { unitNumber, outcome }: Settled,
  perUnit: number,
  resume: DiskResumeIndex | undefined,
): Promise<readonly BlockChange[]> {
  const place = outcome.known === undefined ? outcome.sent?.place : await resume?.place(unitNumber, outcome.known);
  return outcome.changed.map((index) => {
    const block = unitNumber * perUnit + index;
    const hash = hashAt(outcome.hashes, index);
    const inner = outcome.packed.indexOf(index);
    if (inner < 0) return { block, hash, place: undefined };
    if (place === undefined) throw new Error(`The unit ${unitNumber} has no place although its segment is sealed.`);
    return { block, hash, place: { ...place, inner } };
  });
}

/** Blocks that are as they were: zeros, or reused. Changed zeros count as zeros too. */
function countSame(counts: TaskCounts, expected: Uint8Array, { hashes, changed }: UnitOutcome, count: number): void {
  const isChanged = new Set(changed);
  for (let index = 0; index < count; index++) {
    if (isZeroHash(hashAt(hashes, index))) counts.blocksZero++;
    else if (!isChanged.has(index) && !isZeroHash(hashAt(expected, index))) counts.blocksReused++;
  }
}

/** Blocks that are as they were, and had to be sent all the same. */
function healed(damaged: readonly number[], expected: Uint8Array, { hashes, packed }: UnitOutcome): number {
  return damaged.filter((index) => packed.includes(index) && Buffer.compare(hashAt(hashes, index), hashAt(expected, index)) === 0).length;
}

export function blocksOf(sizeBytes: number, blockSize: number): number {
  return Math.ceil(sizeBytes / blockSize);
}

export function pagesOf(blocks: number): number {
  return Math.ceil(blocks / PAGE_BLOCKS);
}
