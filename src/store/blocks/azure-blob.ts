/**
 * The block store in a container of Azure Blob Storage: a segment is one block blob, a unit a staged block, sealing Put Block List "if nothing is there".
 * In: a container client whose own repeats are off (`retryOptions: { maxTries: 1 }`), for each call is one request that the caller repeats. Out: the
 * `BlockStore` contract. The first write makes the container.
 *
 * Lost answers. A repeated Put Block stages the same bytes again. A repeated Put Block List is refused because the first went through: the committed list
 * is compared then. Where the service misses blocks, the list of blocks says which.
 *
 * Not promised: that bytes are checked on their way (TLS does that; the MD5 is an option): whoever reads compares hashes. On the real service staged
 * blocks live for a week after the last one.
 */
import type { ContainerClient } from "@azure/storage-blob";
import { accessAdvice } from "../azure-blob-access.ts";
import { isAbsent, isImmutable, isTaken, refusedWith, translated } from "../azure-blob-errors.ts";
import { openAzureBlobStore } from "../azure-blob.ts";
import { isSegment } from "../keys.ts";
import { StoreError } from "../store.ts";
import { sdkTransport } from "./azure-transport.ts";
import type { BlobTransport } from "./azure-transport.ts";
import { SegmentSealedError, UnitsMissingError } from "./block-store.ts";
import type { BlockStore, CallOptions, SegmentState } from "./block-store.ts";
import { checkRange, checkSegment, checkSegmentPrefix, checkUnit, checkUnitList, recordsBesideSegments } from "./segment-rules.ts";

export interface AzureBlockStoreOptions {
  /** Segments before every key, without a slash at the ends. */
  readonly prefix?: string;
  readonly transport?: BlobTransport;
}

export function openAzureBlockStore(container: ContainerClient, options: AzureBlockStoreOptions = {}): BlockStore {
  const before = options.prefix === undefined ? "" : `${options.prefix}/`;
  const place = new URL(container.url);
  const where = `the store ${place.origin}${place.pathname}`;
  const advice = accessAdvice(container);
  const transport = options.transport ?? sdkTransport(container);
  const blobOf = (segment: string) => container.getBlockBlobClient(before + segment);

  const attempt = async <T>(what: string, { signal }: CallOptions, run: (aborted: Aborted) => Promise<T>): Promise<T> => {
    signal?.throwIfAborted();
    try {
      return await run(signal === undefined ? {} : { abortSignal: signal });
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof UnitsMissingError || error instanceof SegmentSealedError) throw error;
      throw translated(what, where, error, advice);
    }
  };

  const makingContainer = async <T>(aborted: Aborted, send: () => Promise<T>): Promise<T> => {
    try {
      return await send();
    } catch (error) {
      if (!refusedWith(error, "ContainerNotFound")) throw error;
      await container.createIfNotExists(aborted);
      return send();
    }
  };

  const blocksOf = async (segment: string, aborted: Aborted): Promise<SegmentState | undefined> => {
    const lists = await blobOf(segment).getBlockList("all", aborted).catch(undefinedIfAbsent);
    if (lists === undefined) return undefined;
    const { committedBlocks = [], uncommittedBlocks = [] } = lists;
    // Without any block it is a sealed segment of none: what has never been committed has staged blocks.
    const sealed = committedBlocks.length > 0 || uncommittedBlocks.length === 0;
    return {
      sealed,
      units: (sealed ? committedBlocks : uncommittedBlocks).map(({ name, size }) => ({ id: hexOf(name), sizeBytes: size })),
    };
  };

  /** A blob that was never committed is not there for Delete Blob: committing nothing drops its blocks. False: an empty blob may not come of it. */
  const dropStaged = async (segment: string, aborted: Aborted): Promise<boolean> => {
    const lists = await blobOf(segment).getBlockList("uncommitted", aborted).catch(undefinedIfAbsent);
    if ((lists?.uncommittedBlocks ?? []).length === 0) return true;
    // An immutable container would keep the empty blob for years; staged blocks are dropped within a week.
    if (await mayBeImmutable(container, aborted)) return false;
    try {
      await blobOf(segment).commitBlockList([], { ...aborted, conditions: { ifNoneMatch: "*" } });
    } catch (error) {
      // Sealed, with blocks staged since: they go with it.
      if (!isTaken(error)) throw error;
    }
    return true;
  };

  return {
    ...recordsBesideSegments(openAzureBlobStore(container, options)),
    overNetwork: true,
    async putUnit(segment, id, bytes, options = {}) {
      checkSegment(segment);
      checkUnit(id, bytes);
      await attempt(`write a unit of ${segment}`, options, (aborted) =>
        makingContainer(aborted, () => transport.stageBlock(before + segment, base64Of(id), bytes, options.signal)),
      );
    },
    async listUnits(segment, options = {}) {
      checkSegment(segment);
      return attempt(`list the units of ${segment}`, options, (aborted) => blocksOf(segment, aborted));
    },
    async seal(segment, ids, options = {}) {
      checkSegment(segment);
      checkUnitList(ids);
      await attempt(`seal ${segment}`, options, async (aborted) => {
        const commit = () => blobOf(segment).commitBlockList(ids.map(base64Of), { ...aborted, conditions: { ifNoneMatch: "*" } });
        try {
          // Without units the container may not be there either; with units it is no use to make it now.
          await (ids.length === 0 ? makingContainer(aborted, commit) : commit());
        } catch (error) {
          if (!isTaken(error) && !isAbsent(error) && !refusedWith(error, "InvalidBlockList")) throw error;
          const state = await blocksOf(segment, aborted);
          if (state?.sealed === true) {
            if (sameIds(state, ids)) return;
            throw new SegmentSealedError(segment);
          }
          if (isTaken(error)) throw error;
          const there = new Set(state?.units.map(({ id }) => id));
          const missing = [...new Set(ids)].filter((id) => !there.has(id));
          throw missing.length === 0 ? error : new UnitsMissingError(segment, missing);
        }
      });
    },
    async readRange(segment, offset, lengthBytes, options = {}) {
      checkSegment(segment);
      checkRange(offset, lengthBytes);
      if (lengthBytes === 0) return new Uint8Array();
      return attempt(`read ${segment}`, options, async () => {
        const short = (): StoreError =>
          new StoreError("STORE_DAMAGED_RECORD", `The segment ${segment} in ${where} ends before byte ${offset + lengthBytes}.`);
        try {
          const bytes = await transport.getRange(before + segment, offset, lengthBytes, options.signal);
          if (bytes.byteLength < lengthBytes) throw short();
          return bytes;
        } catch (error) {
          if (refusedWith(error, "InvalidRange")) throw short();
          if (isAbsent(error)) throw new StoreError("STORE_NOT_FOUND", `There is no segment ${segment} in ${where}.`, { cause: error });
          throw error;
        }
      });
    },
    async *listSegments(prefix, options = {}) {
      checkSegmentPrefix(prefix);
      const aborted: Aborted = options.signal === undefined ? {} : { abortSignal: options.signal };
      try {
        for await (const { name, properties } of container.listBlobsFlat({
          ...aborted,
          prefix: before + prefix,
          includeUncommitedBlobs: true,
        })) {
          const segment = name.slice(before.length);
          if (!segment.split("/").every(isSegment)) continue;
          // The listing does not tell staged from empty.
          const sealed = (properties.contentLength ?? 0) > 0 || (await blocksOf(segment, aborted))?.sealed;
          if (sealed !== undefined) yield { name: segment, sealed };
        }
      } catch (error) {
        options.signal?.throwIfAborted();
        if (!refusedWith(error, "ContainerNotFound")) throw translated(`list ${prefix}`, where, error, advice);
      }
    },
    async deleteSegment(segment, options = {}) {
      checkSegment(segment);
      return attempt(`delete ${segment}`, options, async (aborted) => {
        try {
          if (!(await dropStaged(segment, aborted))) return "later";
          await blobOf(segment).deleteIfExists(aborted).catch(undefinedIfAbsent);
          return "deleted";
        } catch (error) {
          if (isImmutable(error)) return "later";
          throw error;
        }
      });
    },
    async exists(options = {}) {
      return attempt("look for the container", options, async (aborted) => {
        try {
          // Not `container.exists`: a SAS of the container may list, but not ask for its properties.
          await container.listBlobsFlat(aborted).byPage({ maxPageSize: 1 }).next();
          return true;
        } catch (error) {
          if (refusedWith(error, "ContainerNotFound")) return false;
          throw error;
        }
      });
    },
    async probe(options = {}) {
      await attempt("reach the service", options, async (aborted) => {
        try {
          await container.getProperties(aborted);
        } catch (error) {
          // "Not found" and "not allowed" are answers too.
          if (!isAnswer(error)) throw error;
        }
      });
    },
  };
}

interface Aborted {
  readonly abortSignal?: AbortSignal;
}

/** True also when that may not be asked (a SAS of the container). */
async function mayBeImmutable(container: ContainerClient, aborted: Aborted): Promise<boolean> {
  try {
    const { hasImmutabilityPolicy, hasLegalHold } = await container.getProperties(aborted);
    return hasImmutabilityPolicy === true || hasLegalHold === true;
  } catch (error) {
    if ((error as { statusCode?: unknown }).statusCode === 403) return true;
    throw error;
  }
}

function isAnswer(error: unknown): boolean {
  const status = (error as { statusCode?: unknown }).statusCode;
  return typeof status === "number" && status < 500 && status !== 408 && status !== 429;
}

function sameIds(state: SegmentState, ids: readonly string[]): boolean {
  return state.units.length === ids.length && state.units.every(({ id }, index) => id === ids[index]);
}

function base64Of(hex: string): string {
  return Buffer.from(hex, "hex").toString("base64");
}

function hexOf(base64: string): string {
  return Buffer.from(base64, "base64").toString("hex");
}

function undefinedIfAbsent(error: unknown): undefined {
  if (isAbsent(error)) return undefined;
  throw error;
}
