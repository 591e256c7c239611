/**
 * An object: one small record that is written once (manifest, index page, tree page, part of a backup file), compressed, encrypted where the store is, and
 * checked on reading. In: bytes and an id that is used for nothing else. Out: bytes.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { DamageError } from "./damage.ts";
import { keyedHash, type DataKey } from "./data-key.ts";

const MAGIC = Buffer.from("RPO1");
const HEADER_BYTES = 96;
/** Where the keyed hash stands: it covers everything before it, and what is stored. */
const HASH_AT = 64;
const TAG_BYTES = 16;
/** A reader allocates no more than this for one object, whatever its header says. */
const MAX_PLAIN_BYTES = 256 * 1024 * 1024;
const NONCE = Buffer.alloc(12);

/**
 * Header: "RPO1", flags (bit 0: encrypted, bit 1: zstd), 3 bytes 0, key id (16), SHA-256 of the place's name cut to 16 bytes, plain length (u32), stored
 * length (u32), number of the writing (16, random), keyed hash over the header so far and the stored bytes (32). Then the stored bytes; encrypted:
 * ciphertext and tag (16). Each writing has a key of its own (`objectKey("WRITING PLACE")`), so the nonce is 0, also where a place is written again.
 */
export function sealObject(key: DataKey, place: string, plain: Uint8Array): Buffer {
  const squeezed = zstdCompressSync(plain, { params: { [constants.ZSTD_c_compressionLevel]: 3 } });
  const pays = squeezed.byteLength < plain.byteLength;
  let stored: Buffer = pays ? squeezed : Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength);
  const writing = randomBytes(16);
  if (key.encrypts) {
    const cipher = createCipheriv("aes-256-gcm", key.objectKey(`${writing.toString("hex")} ${place}`), NONCE);
    stored = Buffer.concat([cipher.update(stored), cipher.final(), cipher.getAuthTag()]);
  }
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt8((key.encrypts ? 1 : 0) | (pays ? 2 : 0), 4);
  header.set(Buffer.from(key.id, "hex"), 8);
  header.set(nameTag(place), 24);
  header.writeUInt32LE(plain.byteLength, 40);
  header.writeUInt32LE(stored.byteLength, 44);
  header.set(writing, 48);
  header.set(keyedHash(key.hashKey, header.subarray(0, HASH_AT), stored), HASH_AT);
  return Buffer.concat([header, stored]);
}

/** @throws DamageError */
export function openObject(key: DataKey, place: string, bytes: Uint8Array): Buffer {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (all.byteLength < HEADER_BYTES || !all.subarray(0, 4).equals(MAGIC)) throw new DamageError(place, "it is no object of this format");
  if (all.subarray(8, 24).toString("hex") !== key.id) throw new DamageError(place, "it was written with another key");
  if (!all.subarray(24, 40).equals(nameTag(place))) throw new DamageError(place, "it was written under another name");
  const stored = all.subarray(HEADER_BYTES);
  if (all.readUInt32LE(44) !== stored.byteLength) throw new DamageError(place, "its length is not what its header says");
  if (!timingSafeEqual(keyedHash(key.hashKey, all.subarray(0, HASH_AT), stored), all.subarray(HASH_AT, HEADER_BYTES)))
    throw new DamageError(place, "its checksum does not match");
  const flags = all.readUInt8(4);
  const plainBytes = all.readUInt32LE(40);
  if (plainBytes > MAX_PLAIN_BYTES) throw new DamageError(place, "it is larger than any object");
  try {
    const opened = (flags & 1) === 0 ? stored : decrypted(key, `${all.subarray(48, HASH_AT).toString("hex")} ${place}`, stored);
    const plain = (flags & 2) === 0 ? opened : zstdDecompressSync(opened, { maxOutputLength: Math.max(1, plainBytes) });
    if (plain.byteLength !== plainBytes) throw new Error("another length");
    return plain;
  } catch (error) {
    throw new DamageError(place, "it cannot be decrypted or decompressed", { cause: error });
  }
}

/** The id of the key that an object was written with. Undefined for bytes that are no object. */
export function keyIdOfObject(bytes: Uint8Array): string | undefined {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return all.byteLength < HEADER_BYTES || !all.subarray(0, 4).equals(MAGIC) ? undefined : all.subarray(8, 24).toString("hex");
}

function decrypted(key: DataKey, objectId: string, stored: Buffer): Buffer {
  const decipher = createDecipheriv("aes-256-gcm", key.objectKey(objectId), NONCE);
  decipher.setAuthTag(stored.subarray(stored.byteLength - TAG_BYTES));
  return Buffer.concat([decipher.update(stored.subarray(0, stored.byteLength - TAG_BYTES)), decipher.final()]);
}

function nameTag(place: string): Buffer {
  return createHash("sha256").update(place).digest().subarray(0, 16);
}
