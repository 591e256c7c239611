import { compareKeys } from "../keys.ts";
import { createMemoryStore } from "../memory.ts";
import { StoreError } from "../store.ts";
import { SegmentSealedError, UnitsMissingError } from "./block-store.ts";
import type { BlockStore, StoredUnit } from "./block-store.ts";
import { checkRange, checkSegment, checkSegmentPrefix, checkUnit, checkUnitList, recordsBesideSegments } from "./segment-rules.ts";

interface Segment {
  readonly units: Map<string, Uint8Array>;
  sealed?: { readonly units: readonly StoredUnit[]; readonly bytes: Uint8Array };
}

/** A block store that lives as long as the process, for tests. Promises the whole contract, within the process. */
export function createMemoryBlockStore(): BlockStore {
  const segments = new Map<string, Segment>();
  const records = recordsBesideSegments(createMemoryStore());
  let written = false;
  const noting =
    <A extends unknown[], R>(write: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      const result = await write(...args);
      written = true;
      return result;
    };
  return {
    ...records,
    put: noting(records.put),
    create: noting(records.create),
    async putUnit(segment, id, bytes, { signal } = {}) {
      checkSegment(segment);
      checkUnit(id, bytes);
      signal?.throwIfAborted();
      written = true;
      const found = segments.get(segment) ?? { units: new Map<string, Uint8Array>() };
      if (found.sealed === undefined) found.units.set(id, Uint8Array.from(bytes));
      segments.set(segment, found);
    },
    async listUnits(segment, { signal } = {}) {
      checkSegment(segment);
      signal?.throwIfAborted();
      const found = segments.get(segment);
      if (found === undefined) return undefined;
      if (found.sealed !== undefined) return { sealed: true, units: found.sealed.units };
      return { sealed: false, units: [...found.units].map(([id, bytes]) => ({ id, sizeBytes: bytes.byteLength })) };
    },
    async seal(segment, ids, { signal } = {}) {
      checkSegment(segment);
      checkUnitList(ids);
      signal?.throwIfAborted();
      const found = segments.get(segment) ?? { units: new Map<string, Uint8Array>() };
      if (found.sealed !== undefined) {
        if (found.sealed.units.map(({ id }) => id).join() !== ids.join()) throw new SegmentSealedError(segment);
        return;
      }
      const missing = [...new Set(ids)].filter((id) => !found.units.has(id));
      if (missing.length > 0) throw new UnitsMissingError(segment, missing);
      const parts = ids.map((id) => found.units.get(id) ?? new Uint8Array());
      written = true;
      found.sealed = {
        units: ids.map((id, index) => ({ id, sizeBytes: parts[index]?.byteLength ?? 0 })),
        bytes: Uint8Array.from(Buffer.concat(parts)),
      };
      found.units.clear();
      segments.set(segment, found);
    },
    async readRange(segment, offset, lengthBytes, { signal } = {}) {
      checkSegment(segment);
      checkRange(offset, lengthBytes);
      signal?.throwIfAborted();
      const bytes = segments.get(segment)?.sealed?.bytes;
      if (bytes === undefined) throw new StoreError("STORE_NOT_FOUND", `There is no segment ${segment} in memory.`);
      if (offset + lengthBytes > bytes.byteLength)
        throw new StoreError("STORE_DAMAGED_RECORD", `The segment ${segment} in memory ends before byte ${offset + lengthBytes}.`);
      return bytes.slice(offset, offset + lengthBytes);
    },
    async *listSegments(prefix) {
      checkSegmentPrefix(prefix);
      for (const name of [...segments.keys()].filter((name) => name.startsWith(prefix)).sort(compareKeys))
        yield { name, sealed: segments.get(name)?.sealed !== undefined };
    },
    async deleteSegment(segment) {
      checkSegment(segment);
      segments.delete(segment);
      return "deleted";
    },
    exists: async () => written,
    probe: async () => {},
  };
}
