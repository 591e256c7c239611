/**
 * The block store in a directory, also on a share: the records of `openDirectoryStore`, and beside them a folder per segment with a file per unit. In: a
 * root (made by the first write). Out: the `BlockStore` contract. Sealing writes a small list; no bytes are copied.
 *
 * Why it holds. A unit is written whole under another name, flushed, and renamed: none is ever listed half written, however full the disk or dead the
 * process. The list of a sealed segment is written the same way, once the units' names are flushed. A power cut may lose units that were acknowledged
 * since (never a part of one): `seal` says so. A share that vanishes is unreachable, not empty (`share-guard.ts`).
 *
 * Not promised: that a signal ends a call into a file system that hangs (a hard NFS mount): the caller is let go, the thread waits on.
 */
import { open } from "node:fs/promises";
import { join, resolve } from "node:path";
import { isMissing, syncFolders } from "../directory-files.ts";
import { openDirectoryStore } from "../directory.ts";
import { StoreError } from "../store.ts";
import type { RepeatableStore } from "../store.ts";
import { SEGMENT_FOLDER, SegmentSealedError, UnitsMissingError } from "./block-store.ts";
import type { BlockStore, StoredUnit } from "./block-store.ts";
import {
  foldersOf,
  readSealed,
  removeOthers,
  removeSegment,
  segmentsBelow,
  unitFiles,
  writeSealed,
  writeWhole,
} from "./directory-segments.ts";
import { createListCache } from "./list-cache.ts";
import { createShareGuard } from "./share-guard.ts";
import type { ShareGuard } from "./share-guard.ts";
import { checkRange, checkSegment, checkSegmentPrefix, checkUnit, checkUnitList, recordsBesideSegments } from "./segment-rules.ts";

export function openDirectoryBlockStore(root: string): BlockStore {
  const folders = foldersOf(resolve(root));
  const guard = createShareGuard(folders);
  const lists = createListCache();

  const sealedUnits = async (segment: string): Promise<readonly StoredUnit[]> => {
    const units = await readSealed(folders.segment(segment), segment);
    if (units === undefined) throw new StoreError("STORE_NOT_FOUND", `There is no segment ${segment} in the store ${folders.top}.`);
    return units;
  };

  const readUnit = async (segment: string, id: string, offset: number, into: Uint8Array): Promise<void> => {
    const damaged = (cause?: unknown): StoreError =>
      new StoreError(
        "STORE_DAMAGED_RECORD",
        `The unit ${id} of the segment ${segment} in the store ${folders.top} is missing or too short.`,
        {
          cause,
        },
      );
    const file = await open(join(folders.segment(segment), id), "r").catch((error: unknown) => {
      throw isMissing(error) ? damaged(error) : error;
    });
    try {
      for (let filled = 0; filled < into.byteLength;) {
        const { bytesRead } = await file.read(into, filled, into.byteLength - filled, offset + filled);
        if (bytesRead === 0) throw damaged();
        filled += bytesRead;
      }
    } finally {
      await file.close();
    }
  };

  return {
    ...recordsBesideSegments(guardedRecords(openDirectoryStore(folders.top), guard)),
    async putUnit(segment, id, bytes, { signal } = {}) {
      checkSegment(segment);
      checkUnit(id, bytes);
      await guard.writing(`write a unit of ${segment}`, signal, () =>
        writeWhole(folders, join(folders.segment(segment), id), bytes, signal),
      );
    },
    async listUnits(segment, { signal } = {}) {
      checkSegment(segment);
      return guard.reading(`list the units of ${segment}`, signal, async () => {
        const folder = folders.segment(segment);
        const sealed = await readSealed(folder, segment);
        if (sealed !== undefined) return { sealed: true, units: sealed };
        const units = await unitFiles(folder);
        return units === undefined || units.length === 0 ? undefined : { sealed: false, units };
      });
    },
    async seal(segment, ids, { signal } = {}) {
      checkSegment(segment);
      checkUnitList(ids);
      await guard.writing(`seal ${segment}`, signal, async () => {
        const folder = folders.segment(segment);
        const sealed = await readSealed(folder, segment);
        if (sealed !== undefined && !sameIds(sealed, ids)) throw new SegmentSealedError(segment);
        if (sealed === undefined) {
          const sizes = new Map((await unitFiles(folder))?.map(({ id, sizeBytes }) => [id, sizeBytes]));
          const missing = [...new Set(ids)].filter((id) => !sizes.has(id));
          if (missing.length > 0) throw new UnitsMissingError(segment, missing);
          const units = ids.map((id) => ({ id, sizeBytes: sizes.get(id) ?? 0 }));
          await writeSealed(folders, folder, units, signal);
        }
        await syncFolders(folder, folder);
        await removeOthers(folder, ids);
      });
    },
    async readRange(segment, offset, lengthBytes, { signal } = {}) {
      checkSegment(segment);
      checkRange(offset, lengthBytes);
      const bytes = new Uint8Array(lengthBytes);
      if (lengthBytes === 0) return bytes;
      return guard.reading(`read ${segment}`, signal, async () => {
        const list = await lists.of(segment, () => sealedUnits(segment));
        if (offset + lengthBytes > list.sizeBytes) {
          throw new StoreError(
            "STORE_DAMAGED_RECORD",
            `The segment ${segment} in the store ${folders.top} ends before byte ${offset + lengthBytes}.`,
          );
        }
        try {
          for (const part of list.parts(offset, lengthBytes)) {
            signal?.throwIfAborted();
            await readUnit(segment, part.id, part.offset, bytes.subarray(part.at, part.at + part.lengthBytes));
          }
        } catch (error) {
          // Deleted meanwhile by another process? Then that is what is wrong.
          lists.forget(segment);
          await sealedUnits(segment);
          throw error;
        }
        return bytes;
      });
    },
    async *listSegments(prefix, { signal } = {}) {
      checkSegmentPrefix(prefix);
      const below = prefix.slice(SEGMENT_FOLDER.length);
      const cut = below.lastIndexOf("/") + 1;
      const names = segmentsBelow(folders.data, below.slice(0, cut), below.slice(cut));
      for (;;) {
        const next = await guard.reading(`list ${prefix}`, signal, () => names.next());
        if (next.done === true) return;
        yield next.value;
      }
    },
    async deleteSegment(segment, { signal } = {}) {
      checkSegment(segment);
      lists.forget(segment);
      await guard.reading(`delete ${segment}`, signal, () => removeSegment(folders.segment(segment)));
      return "deleted";
    },
    exists: () => guard.rootIsThere(),
    async probe() {
      await guard.rootIsThere();
    },
  };
}

/** The records know neither signals nor vanished shares. */
function guardedRecords(store: RepeatableStore, guard: ShareGuard): RepeatableStore {
  return {
    get: (key, { signal } = {}) => guard.reading(`read ${key}`, signal, () => store.get(key)),
    put: (key, bytes, { signal } = {}) => guard.writing(`write ${key}`, signal, () => store.put(key, bytes)),
    create: (key, bytes, { signal } = {}) => guard.writing(`create ${key}`, signal, () => store.create(key, bytes)),
    replace: (key, bytes, version, { signal } = {}) => guard.reading(`replace ${key}`, signal, () => store.replace(key, bytes, version)),
    delete: (key, { signal } = {}) => guard.reading(`delete ${key}`, signal, () => store.delete(key)),
    remove: (key, version, { signal } = {}) => guard.reading(`remove ${key}`, signal, () => store.remove(key, version)),
    async *list(prefix, { signal } = {}) {
      const keys = store.list(prefix)[Symbol.asyncIterator]();
      for (;;) {
        const next = await guard.reading(`list ${prefix}`, signal, () => keys.next());
        if (next.done === true) return;
        yield next.value;
      }
    },
  };
}

function sameIds(units: readonly StoredUnit[], ids: readonly string[]): boolean {
  return units.length === ids.length && units.every(({ id }, index) => id === ids[index]);
}
