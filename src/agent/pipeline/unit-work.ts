/**
 * What is done with bytes away from the main thread: hash, compare, compress, encrypt; and back. In: one unit's worth of bytes with what is expected of them.
 * Out: what differs, and the sealed unit if one is needed. Pure but for cryptography: the same work gives the same unit.
 */
import type { Compression } from "../../policy/job/job.ts";
import { openUnit, sealUnit, originOf, type PlainBlock } from "../format/unit.ts";
import { dataKeyOf, keyedHash, type DataKey } from "../format/data-key.ts";
import { HASH_BYTES } from "../format/ids.ts";
import { ZERO_HASH, hashAt } from "../format/index-page.ts";

/** What all jobs of one attempt share; sent to each worker once. */
export interface WorkContext {
  readonly secret: Uint8Array;
  readonly keyId: string;
  readonly compression: Compression;
  readonly draftId: string;
  readonly attempt: number;
  /** Folders: hashes of the units that are in the store already, in ascending order, 32 bytes each. */
  readonly knownUnits?: SharedArrayBuffer | undefined;
}

export interface SealJob {
  readonly plain: ArrayBuffer;
  /** Of the blocks, which lie one after the other in `plain`. */
  readonly lengths: readonly number[];
  readonly places: readonly number[];
  /** Hashes that the blocks had before, 32 bytes each; absent: nothing is known of them, and all count as changed. */
  readonly expected?: Uint8Array | undefined;
  /** Hashes of units that are in the store already under this number. */
  readonly candidates: Uint8Array;
  readonly unitNumber: number;
  readonly sequence: number;
  /** Where the unit is written, at least `maxUnitBytes`. */
  readonly output: ArrayBuffer;
}

export interface SealResult {
  readonly plain: ArrayBuffer;
  readonly output: ArrayBuffer;
  /** 32 bytes a block; zeros for a block of zeros. */
  readonly hashes: Uint8Array;
  /** Blocks that are not as expected, zeros among them. */
  readonly changed: readonly number[];
  /** Of those the ones that a unit has to hold, in order. */
  readonly packed: readonly number[];
  /** Absent when nothing is packed. */
  readonly unitHash?: Uint8Array;
  /** `known`: a unit of this content is in the store. */
  readonly outcome: "nothing" | "known" | "sealed";
  readonly lengthBytes: number;
}

export interface OpenJob {
  /** Ranges of segments, with units in it. */
  readonly bytes: ArrayBuffer;
  readonly units: readonly {
    readonly at: number;
    readonly lengthBytes: number;
    readonly blocks: readonly { readonly inner: number; readonly hash: Uint8Array; readonly lengthBytes: number }[];
  }[];
}

export interface OpenResult {
  /** Per unit its wanted blocks, or what is wrong with it. */
  readonly units: readonly (readonly Uint8Array[] | string)[];
}

const ZEROS = Buffer.alloc(4 * 1024 * 1024);

export class UnitWork {
  readonly #context: WorkContext;
  readonly #key: DataKey;
  readonly #unitKey: Uint8Array | undefined;
  readonly #unitKeys = new Map<string, Uint8Array>();

  constructor(context: WorkContext) {
    this.#context = context;
    this.#key = dataKeyOf(context.secret, context.keyId);
    this.#unitKey = this.#key.encrypts ? this.#key.unitKey(context.draftId, context.attempt) : undefined;
  }

  seal(job: SealJob): SealResult {
    const plain = Buffer.from(job.plain);
    const hashes = new Uint8Array(job.lengths.length * HASH_BYTES);
    const changed: number[] = [];
    const blocks: PlainBlock[] = [];
    const packed: number[] = [];
    let at = 0;
    for (const [index, length] of job.lengths.entries()) {
      const bytes = plain.subarray(at, at + length);
      at += length;
      const hash = isZeros(bytes) ? ZERO_HASH : keyedHash(this.#key.hashKey, bytes);
      hashes.set(hash, index * HASH_BYTES);
      if (job.expected !== undefined && Buffer.compare(hash, hashAt(job.expected, index)) === 0) continue;
      changed.push(index);
      if (hash === ZERO_HASH) continue;
      blocks.push({ bytes, hash, place: job.places[index] ?? 0 });
      packed.push(index);
    }
    const result = { plain: job.plain, output: job.output, hashes, changed, packed };
    if (blocks.length === 0) return { ...result, outcome: "nothing", lengthBytes: 0 };
    const unitHash = this.unitHash(job.unitNumber, blocks);
    if (this.#isKnown(unitHash, job.candidates)) return { ...result, unitHash, outcome: "known", lengthBytes: 0 };
    const { draftId, attempt, compression, keyId } = this.#context;
    const origin = { draftId, attempt, sequence: job.sequence };
    const lengthBytes = sealUnit(blocks, origin, { unitKey: this.#unitKey, keyId }, compression, new Uint8Array(job.output));
    return { ...result, unitHash, outcome: "sealed", lengthBytes };
  }

  open(job: OpenJob): OpenResult {
    const units = job.units.map((unit): readonly Uint8Array[] | string => {
      try {
        return this.#openOne(new Uint8Array(job.bytes, unit.at, unit.lengthBytes), unit.blocks);
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    });
    return { units };
  }

  /** Hashes of blocks that lie one after the other. */
  hashes(plain: Uint8Array, lengths: readonly number[]): Uint8Array {
    const hashes = new Uint8Array(lengths.length * HASH_BYTES);
    let at = 0;
    for (const [index, length] of lengths.entries()) {
      const bytes = plain.subarray(at, at + length);
      at += length;
      if (!isZeros(bytes)) hashes.set(keyedHash(this.#key.hashKey, bytes), index * HASH_BYTES);
    }
    return hashes;
  }

  unitHash(unitNumber: number, blocks: readonly { readonly hash: Uint8Array; readonly place: number }[]): Buffer {
    const head = Buffer.alloc(8);
    head.writeUIntLE(unitNumber, 0, 6);
    head.writeUInt16LE(blocks.length, 6);
    const parts = blocks.flatMap(({ hash, place }) => [Uint8Array.of(place & 0xff, place >>> 8), hash]);
    return keyedHash(this.#key.hashKey, "unit\0", head, ...parts);
  }

  #isKnown(unitHash: Buffer, candidates: Uint8Array): boolean {
    for (let each = 0; each < candidates.byteLength; each += HASH_BYTES)
      if (unitHash.equals(candidates.subarray(each, each + HASH_BYTES))) return true;
    const { knownUnits } = this.#context;
    return knownUnits !== undefined && findHash(new Uint8Array(knownUnits), unitHash) !== undefined;
  }

  #openOne(bytes: Uint8Array, wanted: OpenJob["units"][number]["blocks"]): readonly Uint8Array[] {
    const { draftId, attempt } = originOf(bytes);
    const keys = { keyId: this.#key.id, unitKey: this.#key.encrypts ? this.#keyOfAttempt(draftId, attempt) : undefined };
    const found = openUnit(bytes, keys, new Set(wanted.map(({ inner }) => inner)));
    return wanted.map(({ inner, hash, lengthBytes }) => {
      const block = found[inner]?.bytes;
      if (block === undefined || block.byteLength !== lengthBytes) throw new Error("a block has another length than its index says");
      if (Buffer.compare(keyedHash(this.#key.hashKey, block), hash) !== 0) throw new Error("a block's hash does not match its index");
      return block;
    });
  }

  #keyOfAttempt(draftId: string, attempt: number): Uint8Array {
    const name = `${draftId} ${attempt}`;
    const known = this.#unitKeys.get(name);
    if (known !== undefined) return known;
    const made = this.#key.unitKey(draftId, attempt);
    this.#unitKeys.set(name, made);
    return made;
  }
}

/** Where a hash stands in a table of hashes in ascending order. */
export function findHash(sorted: Uint8Array, hash: Uint8Array): number | undefined {
  let low = 0;
  let high = sorted.byteLength / HASH_BYTES - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const order = Buffer.compare(hashAt(sorted, middle), hash);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
}

function isZeros(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.byteLength; at += ZEROS.byteLength) {
    const part = bytes.subarray(at, at + ZEROS.byteLength);
    if (Buffer.compare(part, ZEROS.subarray(0, part.byteLength)) !== 0) return false;
  }
  return true;
}
