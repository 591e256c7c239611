/**
 * The small object-store port that both parts stand on. In: keys and bytes. Out: bytes with a version. It does not promise transactions over several
 * keys, nor that a listing shows what is written while it runs. Implementations: `memory.ts`, `directory.ts`, `azure-blob.ts`; one contract suite
 * holds for all three.
 *
 * A key is one or more segments joined by `/`, at most 800 characters in all; a segment is 1 to 200 characters of `[A-Za-z0-9._~=-]` that does not
 * end in a dot (blob storage and Windows drop it, and `.` and `..` go with it). Anything else is refused with `InvalidKeyError` before anything is
 * touched, so that untrusted text cannot leave the store's root. Two things are up to the caller, because not every store can tell: no key may be
 * the folder of another (`a` and `a/b`), and no two keys may differ by case only.
 *
 * Who retries: an implementation may repeat a request over a broken connection, and still answers truthfully whether the write was this call's own.
 * What is left over is thrown as `StoreError`; after one thrown by a write the caller must not assume that nothing was written.
 */
export interface StoredObject {
  /** A copy; changing it changes nothing in the store. */
  readonly bytes: Uint8Array;
  /** Opaque; changes whenever the bytes do (the same bytes written again may keep it). Hand it to `replace`. */
  readonly version: string;
}

export interface Store {
  /** Undefined when there is no such key. Sees every write that returned before the call. */
  get(key: string): Promise<StoredObject | undefined>;
  /** Writes or overwrites; may be repeated. A reader sees the old bytes or the new ones, never a part. Durable when it returns. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Exclusive create: true when this call made the key, false when it existed already. Of many callers at once exactly one gets true. */
  create(key: string, bytes: Uint8Array): Promise<boolean>;
  /** Compare-and-swap: true when the key still had `version` and now holds `bytes`; false when it was changed or deleted meanwhile. */
  replace(key: string, bytes: Uint8Array, version: string): Promise<boolean>;
  /** Deleting what is not there is no error. */
  delete(key: string): Promise<void>;
  /**
   * Deletes the key if it still has `version`: false when it was changed meanwhile. True also when the key is gone: an answer that was lost cannot be told
   * from somebody else's delete, and the key is not there either way.
   */
  remove(key: string, version: string): Promise<boolean>;
  /** All keys that start with `prefix` (which may end within a segment), in ascending order of their UTF-8 bytes. */
  list(prefix: string): AsyncIterable<string>;
}

export interface CallOptions {
  /** Ends the call; it rejects with the signal's reason. What the store has received by then may have been done. */
  readonly signal?: AbortSignal | undefined;
}

export interface WriteOptions extends CallOptions {
  /** 16 hexadecimal digits that no other call has, the same when a call is repeated because its answer was lost: then it is told that it had won. */
  readonly writer?: string | undefined;
}

/** A store for callers that repeat calls themselves. */
export interface RepeatableStore extends Store {
  /** True when `writer` is kept with the bytes. Where it is not, a repeated call that says "false" may have won before: only the bytes tell. */
  readonly keepsWriters?: boolean;
  get(key: string, options?: CallOptions): Promise<StoredObject | undefined>;
  put(key: string, bytes: Uint8Array, options?: CallOptions): Promise<void>;
  create(key: string, bytes: Uint8Array, options?: WriteOptions): Promise<boolean>;
  replace(key: string, bytes: Uint8Array, version: string, options?: WriteOptions): Promise<boolean>;
  delete(key: string, options?: CallOptions): Promise<void>;
  remove(key: string, version: string, options?: CallOptions): Promise<boolean>;
  list(prefix: string, options?: CallOptions): AsyncIterable<string>;
}

export class InvalidKeyError extends Error {
  readonly code = "STORE_INVALID_KEY";
  readonly key: string;
  constructor(key: string) {
    super(
      `Invalid store key ${JSON.stringify(key.slice(0, 300))}: expected segments of 1 to 200 characters [A-Za-z0-9._~=-] that do not end in ".", joined by "/", ` +
        `at most 800 characters in all.`,
    );
    this.name = "InvalidKeyError";
    this.key = key;
  }
}

export type StoreErrorCode =
  /** No space left, or over quota. */
  | "STORE_FULL"
  /** The credential or the user may not do this. */
  | "STORE_DENIED"
  /** The place cannot be reached or does not answer. */
  | "STORE_UNREACHABLE"
  /** A writer that neither ends nor dies holds the store, or a key changes faster than it can be updated. */
  | "STORE_BUSY"
  /** A key is the folder of another. */
  | "STORE_KEY_CONFLICT"
  /** There is nothing of that name. */
  | "STORE_NOT_FOUND"
  /** In the archive tier: it has to be rehydrated first. */
  | "STORE_ARCHIVED"
  /** An immutability policy or a legal hold forbids the change. */
  | "STORE_IMMUTABLE"
  /** What is stored under a key cannot be read. */
  | "STORE_DAMAGED_RECORD"
  | "STORE_FAILED";

/** Whatever a store cannot do, in words for a person; `cause` is the error underneath. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StoreError";
    this.code = code;
  }
}
