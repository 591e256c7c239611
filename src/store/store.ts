/**
 * The small object-store port that both parts stand on. In: keys and bytes. Out: bytes with a version. It does not promise transactions over several
 * keys, nor that a listing shows what is written while it runs.
 *
 * A key is one or more segments joined by `/`; a segment is 1 to 200 characters of `[A-Za-z0-9._~=-]`, not `.` or `..`. Anything else is refused with
 * `InvalidKeyError` before anything is touched, so that untrusted text cannot leave the store's root.
 */
export interface StoredObject {
  readonly bytes: Uint8Array;
  /** Opaque; changes with every write of the key. Hand it to `replace`. */
  readonly version: string;
}

export interface Store {
  /** Undefined when there is no such key. */
  get(key: string): Promise<StoredObject | undefined>;
  /** Writes or overwrites; may be repeated. A reader sees the old bytes or the new ones, never a part. Durable when it returns. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Exclusive create: true when this call made the key, false when it existed already. Of many callers at once exactly one gets true. */
  create(key: string, bytes: Uint8Array): Promise<boolean>;
  /** Compare-and-swap: true when the key still had `version` and now holds `bytes`; false when it was changed or deleted meanwhile. */
  replace(key: string, bytes: Uint8Array, version: string): Promise<boolean>;
  /** Deleting what is not there is no error. */
  delete(key: string): Promise<void>;
  /** All keys that start with `prefix` (which may end within a segment), in ascending order of their UTF-8 bytes. */
  list(prefix: string): AsyncIterable<string>;
}

export class InvalidKeyError extends Error {
  readonly code = "STORE_INVALID_KEY";
  readonly key: string;
  constructor(key: string) {
    super(`Invalid store key ${JSON.stringify(key)}: segments of 1 to 200 characters [A-Za-z0-9._~=-], joined by "/".`);
    this.name = "InvalidKeyError";
    this.key = key;
  }
}
