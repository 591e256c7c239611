/**
 * The keys that the format needs, derived from one secret. Encrypted: from the 32-byte master key that passwords unwrap. Plain: from the store's public
 * salt, so that one code path makes hashes and names either way.
 */
import { createHmac, hkdfSync } from "node:crypto";

export interface DataKey {
  /** 16 bytes in hexadecimal; `PLAIN_KEY_ID` when nothing is encrypted. */
  readonly id: string;
  readonly encrypts: boolean;
  /** Of the keyed hash (HMAC-SHA-256) of blocks, units and names. */
  readonly hashKey: Uint8Array;
  /** AES-256 key for all units of one attempt: with it a unit's number in the attempt is a nonce that never repeats. */
  unitKey(draftId: string, attempt: number): Uint8Array;
  /** AES-256 key for one object that is written once. */
  objectKey(objectId: string): Uint8Array;
}

export const PLAIN_KEY_ID = "0".repeat(32);

export function dataKeyOf(secret: Uint8Array, id: string): DataKey {
  const derive = (info: string): Uint8Array => new Uint8Array(hkdfSync("sha256", secret, Buffer.from(id, "hex"), `reprise 1 ${info}`, 32));
  return {
    id,
    encrypts: id !== PLAIN_KEY_ID,
    hashKey: derive("hash"),
    unitKey: (draftId, attempt) => derive(`unit ${draftId} ${attempt}`),
    objectKey: (objectId) => derive(`object ${objectId}`),
  };
}

/** What stands for the name of a machine, disk or job in keys: 20 hexadecimal digits that tell nothing of it. */
export function opaqueName(key: DataKey, kind: "machine" | "disk" | "job", name: string): string {
  return createHmac("sha256", key.hashKey).update(`${kind}\0${name}`).digest("hex").slice(0, 20);
}

/** The keyed hash of bytes. */
export function keyedHash(hashKey: Uint8Array, ...parts: readonly (Uint8Array | string)[]): Buffer {
  const hmac = createHmac("sha256", hashKey);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}
