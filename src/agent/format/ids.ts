/** Names that nobody else uses, and the ids of units, which say what is in them. */
import { randomBytes } from "node:crypto";

/** Bytes of a keyed hash of a block. */
export const HASH_BYTES = 32;
/** Of a unit's id: 48 bytes, so that its base64 fits into a block id of Azure Blob Storage (64 characters, all of one length). */
const UNIT_ID_BYTES = 48;
const UNIT_ID_VERSION = 1;

export interface UnitId {
  /** Number of the attempt that sent it. */
  readonly attempt: number;
  /** Disks: which aligned group of blocks. Folders: 0. */
  readonly unitNumber: number;
  /** Keyed hash over the unit's number and its blocks' places and hashes. */
  readonly hash: Uint8Array;
}

/** 16 random bytes in hexadecimal. */
export function newId(): string {
  return randomBytes(16).toString("hex");
}

/**
 * Hexadecimal of: version (1 byte), 1 byte 0, attempt (4 bytes), unit number (6 bytes), 4 bytes 0, hash (32 bytes); numbers little-endian.
 */
export function packUnitId({ attempt, unitNumber, hash }: UnitId): string {
  const bytes = Buffer.alloc(UNIT_ID_BYTES);
  bytes.writeUInt8(UNIT_ID_VERSION, 0);
  bytes.writeUInt32LE(attempt, 2);
  bytes.writeUIntLE(unitNumber, 6, 6);
  bytes.set(hash, 16);
  return bytes.toString("hex");
}

/** Undefined for an id that this version did not make: such a unit is not ours, and is left alone. */
export function unpackUnitId(id: string): UnitId | undefined {
  if (id.length !== UNIT_ID_BYTES * 2 || !/^[0-9a-f]+$/.test(id)) return undefined;
  const bytes = Buffer.from(id, "hex");
  if (bytes.readUInt8(0) !== UNIT_ID_VERSION) return undefined;
  return { attempt: bytes.readUInt32LE(2), unitNumber: bytes.readUIntLE(6, 6), hash: Uint8Array.from(bytes.subarray(16)) };
}
