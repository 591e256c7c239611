import { checkKey, splitPrefix } from "../keys.ts";
import { InvalidKeyError, StoreError } from "../store.ts";
import type { RepeatableStore } from "../store.ts";
import { MAX_UNITS_PER_SEGMENT, MAX_UNIT_BYTES, SEGMENT_FOLDER } from "./block-store.ts";
import type { BlockStore } from "./block-store.ts";

const UNIT_ID = /^(?:[0-9a-f]{2}){1,48}$/;

/** @throws InvalidKeyError for a name that is no key below `SEGMENT_FOLDER` */
export function checkSegment(segment: string): void {
  checkKey(segment);
  if (!segment.startsWith(SEGMENT_FOLDER)) throw new InvalidKeyError(segment);
}

/** @throws InvalidKeyError for a prefix that does not start with `SEGMENT_FOLDER` */
export function checkSegmentPrefix(prefix: string): void {
  splitPrefix(prefix);
  if (!prefix.startsWith(SEGMENT_FOLDER)) throw new InvalidKeyError(prefix);
}

/** @throws RangeError: a mistake of the caller, not of the store */
export function checkUnit(id: string, bytes: Uint8Array): void {
  checkUnitId(id);
  if (bytes.byteLength < 1 || bytes.byteLength > MAX_UNIT_BYTES)
    throw new RangeError(`A unit of ${bytes.byteLength} bytes; allowed: 1 to ${MAX_UNIT_BYTES}.`);
}

/** @throws RangeError */
export function checkUnitList(ids: readonly string[]): void {
  if (ids.length > MAX_UNITS_PER_SEGMENT) throw new RangeError(`${ids.length} units in a segment; allowed: ${MAX_UNITS_PER_SEGMENT}.`);
  for (const id of ids) {
    checkUnitId(id);
    if (id.length !== ids[0]?.length)
      throw new RangeError(`The unit ids ${ids[0]} and ${id} differ in length; allowed: one length within a segment.`);
  }
}

/** @throws RangeError */
export function checkRange(offset: number, lengthBytes: number): void {
  if (!Number.isSafeInteger(offset) || offset < 0 || !Number.isSafeInteger(lengthBytes) || lengthBytes < 0)
    throw new RangeError(`The range of ${lengthBytes} bytes at ${offset}; allowed: whole numbers from 0.`);
}

function checkUnitId(id: string): void {
  if (!UNIT_ID.test(id))
    throw new RangeError(`The unit id ${JSON.stringify(id.slice(0, 120))}; allowed: 1 to 48 bytes in lower-case hexadecimal.`);
}

type Records = Pick<BlockStore, "keepsWriters" | "get" | "put" | "create" | "replace" | "delete" | "remove" | "list" | "deleteRecord">;

/** The records of a store that keeps segments beside them: no segment is a record, whatever the store underneath would show. */
export function recordsBesideSegments(store: RepeatableStore): Records {
  const check = (key: string): void => {
    if (key.startsWith(SEGMENT_FOLDER)) throw new InvalidKeyError(key);
  };
  const deleteRecord: Records["deleteRecord"] = async (key, options) => {
    check(key);
    try {
      await store.delete(key, options);
      return "deleted";
    } catch (error) {
      if (error instanceof StoreError && error.code === "STORE_IMMUTABLE") return "later";
      throw error;
    }
  };
  return {
    keepsWriters: store.keepsWriters ?? false,
    async get(key, options) {
      check(key);
      return store.get(key, options);
    },
    async put(key, bytes, options) {
      check(key);
      await store.put(key, bytes, options);
    },
    async create(key, bytes, options) {
      check(key);
      return store.create(key, bytes, options);
    },
    async replace(key, bytes, version, options) {
      check(key);
      return store.replace(key, bytes, version, options);
    },
    async remove(key, version, options) {
      check(key);
      return store.remove(key, version, options);
    },
    async delete(key, options) {
      check(key);
      await store.delete(key, options);
    },
    async *list(prefix, options) {
      check(prefix);
      for await (const key of store.list(prefix, options)) if (!key.startsWith(SEGMENT_FOLDER)) yield key;
    },
    deleteRecord,
  };
}
