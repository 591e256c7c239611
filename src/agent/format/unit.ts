/**
 * A unit: some blocks as one piece, compressed, then encrypted where the store is. In: blocks with their hashes. Out: bytes that describe themselves, and the
 * blocks again. The piece carries the hashes, but a reader goes by those of the index page or tree page that led to it.
 *
 * Layout, numbers little-endian. Header (64 bytes): "RPU1", flags (bit 0: encrypted; u8), 0 (u8), blocks (u16), sections (u16), 0 (u16), attempt (u32), draft id
 * (16), number within the attempt (u32), bytes after the header (u32), key id (16), 8 bytes 0. Then, encrypted as one where the store is: per block its
 * hash (32), place (u16), length (u32); per section the number of its blocks (u16), codec (u8; 0 raw, 1 zstd), 0 (u8), stored length (u32); the sections.
 * Encrypted, a tag of 16 bytes ends it; nonce: 8 bytes 0 and the number within the attempt; the header is authenticated with it.
 */
import { createCipheriv, createDecipheriv } from "node:crypto";
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { Compression } from "../../policy/job/job.ts";
import { HASH_BYTES } from "./ids.ts";

const MAGIC = Buffer.from("RPU1");
export const UNIT_HEADER_BYTES = 64;
const BLOCK_ENTRY_BYTES = HASH_BYTES + 6;
const SECTION_ENTRY_BYTES = 8;
const TAG_BYTES = 16;
/** Small blocks are compressed together up to this much. */
const SECTION_BYTES = 256 * 1024;
/** Compression that saves less is not worth the time of reading it back. */
const WORTH_IT = 0.95;
const SAMPLE_BYTES = 8 * 1024;
const SAMPLED = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

export interface PlainBlock {
  readonly bytes: Uint8Array;
  readonly hash: Uint8Array;
  /** Disks: which block of the aligned group. Folders: its number in the unit. */
  readonly place: number;
}

export interface UnitKeys {
  /** AES-256; absent when nothing is encrypted. */
  readonly unitKey?: Uint8Array | undefined;
  readonly keyId: string;
}

export interface UnitOrigin {
  readonly draftId: string;
  readonly attempt: number;
  /** Used once in the attempt: the nonce. */
  readonly sequence: number;
}

/** The most bytes that a unit of these blocks can take. */
export function maxUnitBytes(plainBytes: number, blocks: number): number {
  return UNIT_HEADER_BYTES + blocks * (BLOCK_ENTRY_BYTES + SECTION_ENTRY_BYTES) + plainBytes + TAG_BYTES;
}

/** Writes the unit into `output` (at least `maxUnitBytes`) and gives its length. */
export function sealUnit(
  blocks: readonly PlainBlock[],
  origin: UnitOrigin,
  keys: UnitKeys,
  compression: Compression,
  output: Uint8Array,
): number {
  const sections = sectionsOf(blocks, compression);
  const index = Buffer.alloc(blocks.length * BLOCK_ENTRY_BYTES + sections.length * SECTION_ENTRY_BYTES);
  let at = 0;
  for (const { bytes, hash, place } of blocks) {
    index.set(hash, at);
    index.writeUInt16LE(place, at + HASH_BYTES);
    index.writeUInt32LE(bytes.byteLength, at + HASH_BYTES + 2);
    at += BLOCK_ENTRY_BYTES;
  }
  for (const section of sections) {
    index.writeUInt16LE(section.blocks, at);
    index.writeUInt8(section.codec, at + 2);
    index.writeUInt32LE(section.storedBytes, at + 4);
    at += SECTION_ENTRY_BYTES;
  }
  const stored = sections.reduce((sum, section) => sum + section.storedBytes, index.byteLength);
  const header = Buffer.from(output.buffer, output.byteOffset, UNIT_HEADER_BYTES).fill(0);
  MAGIC.copy(header);
  header.writeUInt8(keys.unitKey === undefined ? 0 : 1, 4);
  header.writeUInt16LE(blocks.length, 6);
  header.writeUInt16LE(sections.length, 8);
  header.writeUInt32LE(origin.attempt, 12);
  header.set(Buffer.from(origin.draftId, "hex"), 16);
  header.writeUInt32LE(origin.sequence, 32);
  header.writeUInt32LE(stored + (keys.unitKey === undefined ? 0 : TAG_BYTES), 36);
  header.set(Buffer.from(keys.keyId, "hex"), 40);
  const parts = [index, ...sections.flatMap((section) => section.parts)];
  let end = UNIT_HEADER_BYTES;
  if (keys.unitKey === undefined) {
    for (const part of parts) {
      output.set(part, end);
      end += part.byteLength;
    }
    return end;
  }
  const cipher = createCipheriv("aes-256-gcm", keys.unitKey, nonceOf(origin.sequence));
  cipher.setAAD(header);
  for (const part of parts) {
    output.set(cipher.update(part), end);
    end += part.byteLength;
  }
  cipher.final();
  output.set(cipher.getAuthTag(), end);
  return end + TAG_BYTES;
}

export interface UnitBlock {
  readonly hash: Uint8Array;
  readonly place: number;
  readonly bytes: Uint8Array;
}

/** Draft and attempt of a unit, which its key depends on. @throws Error that says what is wrong */
export function originOf(unit: Uint8Array): UnitOrigin & { readonly keyId: string } {
  const all = Buffer.from(unit.buffer, unit.byteOffset, unit.byteLength);
  if (all.byteLength < UNIT_HEADER_BYTES || !all.subarray(0, 4).equals(MAGIC)) throw new Error("it is no unit of this format");
  return {
    attempt: all.readUInt32LE(12),
    draftId: all.subarray(16, 32).toString("hex"),
    sequence: all.readUInt32LE(32),
    keyId: all.subarray(40, 56).toString("hex"),
  };
}

/**
 * The blocks of a unit whose numbers are in `wanted` (all when absent), in order; sections in between are not decompressed. @throws Error that says what is wrong
 */
export function openUnit(unit: Uint8Array, keys: UnitKeys, wanted?: ReadonlySet<number>): readonly (UnitBlock | undefined)[] {
  const all = Buffer.from(unit.buffer, unit.byteOffset, unit.byteLength);
  const { sequence, keyId } = originOf(unit);
  if (keyId !== keys.keyId) throw new Error("it was written with another key");
  const blocks = all.readUInt16LE(6);
  const sections = all.readUInt16LE(8);
  const body = all.subarray(UNIT_HEADER_BYTES);
  if (all.readUInt32LE(36) !== body.byteLength) throw new Error("its length is not what its header says");
  const plain = (all.readUInt8(4) & 1) === 0 ? body : decrypted(all, body, sequence, keys);
  const indexBytes = blocks * BLOCK_ENTRY_BYTES + sections * SECTION_ENTRY_BYTES;
  if (plain.byteLength < indexBytes) throw new Error("it is shorter than its index");
  const found: (UnitBlock | undefined)[] = [];
  let at = indexBytes;
  let block = 0;
  for (let section = 0; section < sections; section++) {
    const entry = blocks * BLOCK_ENTRY_BYTES + section * SECTION_ENTRY_BYTES;
    const count = plain.readUInt16LE(entry);
    const codec = plain.readUInt8(entry + 2);
    const storedBytes = plain.readUInt32LE(entry + 4);
    if (block + count > blocks || at + storedBytes > plain.byteLength) throw new Error("its index does not fit its content");
    const stored = plain.subarray(at, at + storedBytes);
    at += storedBytes;
    const lengths = Array.from({ length: count }, (_, each) => plain.readUInt32LE((block + each) * BLOCK_ENTRY_BYTES + HASH_BYTES + 2));
    const needed = wanted === undefined || lengths.some((_, each) => wanted.has(block + each));
    const bytes = needed
      ? decoded(
          stored,
          codec,
          lengths.reduce((sum, length) => sum + length, 0),
        )
      : undefined;
    let start = 0;
    for (const length of lengths) {
      const from = block * BLOCK_ENTRY_BYTES;
      found.push(
        bytes && {
          hash: plain.subarray(from, from + HASH_BYTES),
          place: plain.readUInt16LE(from + HASH_BYTES),
          bytes: bytes.subarray(start, start + length),
        },
      );
      start += length;
      block++;
    }
  }
  if (block !== blocks) throw new Error("its sections do not hold all its blocks");
  return found;
}

interface Section {
  readonly blocks: number;
  readonly codec: 0 | 1;
  readonly storedBytes: number;
  readonly parts: readonly Uint8Array[];
}

function sectionsOf(blocks: readonly PlainBlock[], compression: Compression): readonly Section[] {
  const sections: Section[] = [];
  for (let first = 0; first < blocks.length;) {
    const parts: Uint8Array[] = [];
    let plainBytes = 0;
    do {
      const bytes = blocks[first + parts.length]?.bytes ?? new Uint8Array();
      parts.push(bytes);
      plainBytes += bytes.byteLength;
    } while (first + parts.length < blocks.length && plainBytes + (blocks[first + parts.length]?.bytes.byteLength ?? 0) <= SECTION_BYTES);
    first += parts.length;
    sections.push(compression.codec === "zstd" ? squeezed(parts, plainBytes, compression.level) : raw(parts, plainBytes));
  }
  return sections;
}

function squeezed(parts: readonly Uint8Array[], plainBytes: number, level: number): Section {
  const plain = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  if (!looksCompressible(plain)) return raw(parts, plainBytes);
  const packed = zstdCompressSync(plain, { params: { [constants.ZSTD_c_compressionLevel]: level }, chunkSize: 262_144 });
  return packed.byteLength > plainBytes * WORTH_IT
    ? raw(parts, plainBytes)
    : { blocks: parts.length, codec: 1, storedBytes: packed.byteLength, parts: [packed] };
}

function raw(parts: readonly Uint8Array[], plainBytes: number): Section {
  return { blocks: parts.length, codec: 0, storedBytes: plainBytes, parts };
}

/** Three samples tell random from anything else, for a thirtieth of the work; whatever is mixed is tried in full. */
function looksCompressible(plain: Uint8Array): boolean {
  if (plain.byteLength < 8 * SAMPLE_BYTES) return true;
  const step = Math.floor((plain.byteLength - SAMPLE_BYTES) / 2);
  return [0, step, 2 * step].some(
    (from) => zstdCompressSync(plain.subarray(from, from + SAMPLE_BYTES), SAMPLED).byteLength < SAMPLE_BYTES * 0.97,
  );
}

function decoded(stored: Uint8Array, codec: number, plainBytes: number): Uint8Array {
  if (codec > 1) throw new Error(`its codec ${codec} is not known`);
  const plain =
    codec === 0 ? stored : zstdDecompressSync(stored, { maxOutputLength: Math.max(1, plainBytes), chunkSize: Math.max(1_024, plainBytes) });
  if (plain.byteLength !== plainBytes) throw new Error("a section has another length than its index says");
  return plain;
}

function decrypted(all: Buffer, body: Buffer, sequence: number, keys: UnitKeys): Buffer {
  if (keys.unitKey === undefined) throw new Error("it is encrypted, and no key was given");
  const decipher = createDecipheriv("aes-256-gcm", keys.unitKey, nonceOf(sequence));
  decipher.setAAD(all.subarray(0, UNIT_HEADER_BYTES));
  decipher.setAuthTag(body.subarray(body.byteLength - TAG_BYTES));
  const plain = decipher.update(body.subarray(0, body.byteLength - TAG_BYTES));
  decipher.final();
  return plain;
}

function nonceOf(sequence: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32LE(sequence, 8);
  return nonce;
}
