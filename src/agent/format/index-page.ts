/**
 * An index page: where the blocks of one stretch of a disk are. Pages are written once and shared: a point names the pages of the one before for every stretch
 * in which nothing changed.
 *
 * Plain form, little-endian: length of the segment table (u32), the table (JSON list of names), then per block 44 bytes: hash (32), number in the table (u16;
 * 0xffff: the block is all zeros, and its hash 32 zero bytes), number of the block in its unit (u16), offset of the unit in the segment (u32), length of the
 * unit (u32).
 */
import { DamageError } from "./damage.ts";
import { HASH_BYTES } from "./ids.ts";

export const PAGE_BLOCKS = 4_096;
const ENTRY_BYTES = 44;
const NO_SEGMENT = 0xffff;

/** A unit's place in a sealed segment, and a block's in the unit. */
export interface BlockPlace {
  readonly segment: string;
  readonly offset: number;
  readonly lengthBytes: number;
  readonly inner: number;
}

/** The hash of a block of zeros, wherever a hash stands: it is not computed, and nothing is stored for it. */
export const ZERO_HASH: Uint8Array = new Uint8Array(HASH_BYTES);

/** Stands where a hash is expected that no block is to have: whatever is read there counts as changed. */
export const NO_HASH: Uint8Array = new Uint8Array(HASH_BYTES).fill(0xff);

export function isZeroHash(hash: Uint8Array): boolean {
  return Buffer.compare(hash, ZERO_HASH) === 0;
}

export interface IndexPage {
  /** Of `count` blocks, 32 bytes each. */
  readonly hashes: Uint8Array;
  readonly count: number;
  /** Undefined for zeros. */
  place(block: number): BlockPlace | undefined;
  readonly segments: readonly string[];
}

/** A page under construction: starts as a page of zeros, or as a copy that is cut or filled up to `count`. */
export class PageBuilder {
  readonly #count: number;
  readonly #entries: Buffer;
  readonly #segments: string[];
  readonly #numbers: Map<string, number>;

  constructor(count: number, from?: IndexPage) {
    this.#count = count;
    this.#entries = Buffer.alloc(count * ENTRY_BYTES);
    this.#segments = [];
    this.#numbers = new Map();
    for (let block = 0; block < count; block++) {
      const place = from !== undefined && block < from.count ? from.place(block) : undefined;
      this.set(block, place === undefined || from === undefined ? ZERO_HASH : hashAt(from.hashes, block), place);
    }
  }

  set(block: number, hash: Uint8Array, place: BlockPlace | undefined): void {
    const at = block * ENTRY_BYTES;
    this.#entries.set(hash, at);
    this.#entries.writeUInt16LE(place === undefined ? NO_SEGMENT : this.#numberOf(place.segment), at + HASH_BYTES);
    this.#entries.writeUInt16LE(place?.inner ?? 0, at + HASH_BYTES + 2);
    this.#entries.writeUInt32LE(place?.offset ?? 0, at + HASH_BYTES + 4);
    this.#entries.writeUInt32LE(place?.lengthBytes ?? 0, at + HASH_BYTES + 8);
  }

  /** Undefined when every block is zeros: such a page is not stored. Segments that are not named any more drop out. */
  encode(): Buffer | undefined {
    const used = new Set<number>();
    for (let block = 0; block < this.#count; block++) used.add(this.#entries.readUInt16LE(block * ENTRY_BYTES + HASH_BYTES));
    used.delete(NO_SEGMENT);
    if (used.size === 0) return undefined;
    const kept = [...used].sort((a, b) => a - b);
    const renumbered = new Map(kept.map((number, index) => [number, index]));
    for (let block = 0; block < this.#count; block++) {
      const at = block * ENTRY_BYTES + HASH_BYTES;
      const number = this.#entries.readUInt16LE(at);
      if (number !== NO_SEGMENT) this.#entries.writeUInt16LE(renumbered.get(number) ?? 0, at);
    }
    const table = Buffer.from(JSON.stringify(kept.map((number) => this.#segments[number])));
    const head = Buffer.alloc(4);
    head.writeUInt32LE(table.byteLength);
    return Buffer.concat([head, table, this.#entries]);
  }

  #numberOf(segment: string): number {
    let number = this.#numbers.get(segment);
    if (number === undefined) {
      number = this.#segments.push(segment) - 1;
      this.#numbers.set(segment, number);
    }
    return number;
  }
}

/** @throws DamageError */
export function readPage(place: string, plain: Buffer): IndexPage {
  const tableBytes = plain.byteLength < 4 ? Number.POSITIVE_INFINITY : plain.readUInt32LE(0);
  const entries = plain.subarray(4 + Math.min(tableBytes, plain.byteLength));
  if (tableBytes > plain.byteLength - 4 || entries.byteLength % ENTRY_BYTES !== 0)
    throw new DamageError(place, "its length is not that of an index page");
  const segments = JSON.parse(plain.toString("utf8", 4, 4 + tableBytes)) as readonly string[];
  const count = entries.byteLength / ENTRY_BYTES;
  const hashes = new Uint8Array(count * HASH_BYTES);
  for (let block = 0; block < count; block++)
    hashes.set(entries.subarray(block * ENTRY_BYTES, block * ENTRY_BYTES + HASH_BYTES), block * HASH_BYTES);
  return {
    hashes,
    count,
    segments,
    place: (block) => {
      const at = block * ENTRY_BYTES + HASH_BYTES;
      const number = entries.readUInt16LE(at);
      if (number === NO_SEGMENT) return undefined;
      const segment = segments[number];
      if (segment === undefined) throw new DamageError(place, "it names a segment that is not in its table");
      return {
        segment,
        inner: entries.readUInt16LE(at + 2),
        offset: entries.readUInt32LE(at + 4),
        lengthBytes: entries.readUInt32LE(at + 8),
      };
    },
  };
}

export function hashAt(hashes: Uint8Array, block: number): Uint8Array {
  return hashes.subarray(block * HASH_BYTES, (block + 1) * HASH_BYTES);
}
