/**
 * The store in a container of Azure Blob Storage: one block blob per key. In: a container client, whose own retry policy repeats requests after 500, 503
 * and broken connections (enough for small records), or one without, whose caller repeats calls. Out: the `Store` contract, over any number of machines.
 * The first write makes the container.
 *
 * Lost answers. The client repeats a request whose answer was lost; a conditional write that had gone through is then refused because of itself. So
 * each blob's metadata names the calls that wrote it, the newest last: a refused call that finds itself among them knows that it won, even when
 * others have replaced its bytes since. What cannot be known: that a write went through whose answer was lost, when the blob was deleted,
 * overwritten by `put` or replaced `REMEMBERED_WRITES` times before the repeat. A repeated `put` or `delete` is carried out again, also over what
 * others wrote in between.
 *
 * Not promised: accounts with a hierarchical namespace, which list in another order (said when it happens); bytes much beyond a record's size.
 */
import { randomBytes } from "node:crypto";
import { buffer } from "node:stream/consumers";
import type { ContainerClient } from "@azure/storage-blob";
import { accessAdvice } from "./azure-blob-access.ts";
import { isAbsent, isImmutable, isTaken, refusedWith, translated } from "./azure-blob-errors.ts";
import { checkKey, isSegment, splitPrefix } from "./keys.ts";
import { StoreError } from "./store.ts";
import type { CallOptions, RepeatableStore } from "./store.ts";

export interface AzureBlobStoreOptions {
  /** Segments before every key, without a slash at the ends. */
  readonly prefix?: string;
}

/** For one call with all its repeats. Without it a call over a dead connection would sit for minutes. */
const CALL_TIMEOUT_MS = 100_000;
const REMEMBERED_WRITES = 8;
/** How often a key may vanish or change under a call before that counts as a fault. */
const MAX_ROUNDS = 10;

interface Written {
  readonly etag: string;
  /** Ids of the calls that wrote the blob, newest last. */
  readonly writers: readonly string[];
}

export function openAzureBlobStore(container: ContainerClient, options: AzureBlobStoreOptions = {}): RepeatableStore {
  const before = options.prefix === undefined ? "" : `${options.prefix}/`;
  const place = new URL(container.url);
  const where = `the store ${place.origin}${place.pathname}`;
  const advice = accessAdvice(container);
  const blobOf = (key: string) => container.getBlockBlobClient(before + key);

  const attempt = async <T>(what: string, { signal }: CallOptions, run: (timed: Timed) => Promise<T>): Promise<T> => {
    signal?.throwIfAborted();
    try {
      return await run(() => timed(signal));
    } catch (error) {
      signal?.throwIfAborted();
      throw translated(what, where, error, advice);
    }
  };

  /** Uploads under a condition; makes the container when it is missing. */
  const upload = async (
    key: string,
    bytes: Uint8Array,
    writers: readonly string[],
    conditions: { ifNoneMatch?: string; ifMatch?: string },
    timed: Timed,
  ) => {
    const send = () => blobOf(key).upload(bytes, bytes.byteLength, { ...timed(), conditions, metadata: { writers: writers.join(" ") } });
    try {
      await send();
    } catch (error) {
      if (!refusedWith(error, "ContainerNotFound") || conditions.ifMatch !== undefined) throw error;
      await container.createIfNotExists(timed());
      await send();
    }
  };

  /** Who wrote what is there now; undefined when nothing is. */
  const writersOf = async (key: string, timed: Timed): Promise<readonly string[] | undefined> => {
    const properties = await blobOf(key).getProperties(timed()).catch(undefinedIfAbsent);
    return properties === undefined ? undefined : writersIn(properties.metadata);
  };

  return {
    keepsWriters: true,
    async get(key, options = {}) {
      checkKey(key);
      return attempt(`read ${key}`, options, async (timed) => {
        for (let round = 1; ; round++) {
          const { abortSignal } = timed();
          const answer = await blobOf(key).download(0, undefined, { abortSignal, maxRetryRequests: 0 }).catch(undefinedIfAbsent);
          if (answer === undefined) return undefined;
          const { etag, metadata, readableStreamBody } = answer;
          if (etag === undefined || readableStreamBody === undefined) throw new Error(`The answer for ${key} has no ETag or no body.`);
          try {
            const bytes = Uint8Array.from(await buffer(readableStreamBody));
            return { bytes, version: versionText({ etag, writers: writersIn(metadata) }) };
          } catch (error) {
            // The body broke off (the client calls that an abort, and does not resume). The whole is small, and may have changed: read it anew.
            if (abortSignal.aborted || round === MAX_ROUNDS) throw error;
          }
        }
      });
    },
    async put(key, bytes, options = {}) {
      checkKey(key);
      await attempt(`write ${key}`, options, (timed) => upload(key, bytes, [newWriter()], {}, timed));
    },
    async create(key, bytes, options = {}) {
      checkKey(key);
      return attempt(`create ${key}`, options, async (timed) => {
        const writer = options.writer ?? newWriter();
        for (let round = 1; round <= MAX_ROUNDS; round++) {
          try {
            await upload(key, bytes, [writer], { ifNoneMatch: "*" }, timed);
            return true;
          } catch (error) {
            if (!isTaken(error)) throw error;
            const writers = await writersOf(key, timed);
            if (writers !== undefined) return writers.includes(writer);
            // Deleted since it was refused: then it can be created after all. Unless nothing at all may be written there.
            if (isImmutable(error)) throw error;
          }
        }
        throw new StoreError("STORE_BUSY", `Could not create ${key} in ${where}: others make and delete it all the time.`);
      });
    },
    async replace(key, bytes, version, options = {}) {
      checkKey(key);
      const seen = readVersion(version);
      if (seen === undefined) return false;
      return attempt(`replace ${key}`, options, async (timed) => {
        const writer = options.writer ?? newWriter();
        try {
          await upload(key, bytes, [...seen.writers, writer].slice(-REMEMBERED_WRITES), { ifMatch: seen.etag }, timed);
          return true;
        } catch (error) {
          if (isAbsent(error)) return false;
          if (!refusedWith(error, "ConditionNotMet")) throw error;
          return (await writersOf(key, timed))?.includes(writer) ?? false;
        }
      });
    },
    async delete(key, options = {}) {
      checkKey(key);
      await attempt(`delete ${key}`, options, async (timed) => {
        await blobOf(key).deleteIfExists(timed()).catch(undefinedIfAbsent);
      });
    },
    async remove(key, version, options = {}) {
      checkKey(key);
      const seen = readVersion(version);
      return attempt(`remove ${key}`, options, async (timed) => {
        if (seen === undefined) return (await writersOf(key, timed)) === undefined;
        try {
          await blobOf(key).deleteIfExists({ ...timed(), conditions: { ifMatch: seen.etag } });
          return true;
        } catch (error) {
          if (isAbsent(error)) return true;
          if (!refusedWith(error, "ConditionNotMet")) throw error;
          return (await writersOf(key, timed)) === undefined;
        }
      });
    },
    async *list(prefix, { signal } = {}) {
      splitPrefix(prefix);
      let last = "";
      try {
        for await (const { name } of container.listBlobsFlat({
          prefix: before + prefix,
          ...(signal === undefined ? {} : { abortSignal: signal }),
        })) {
          const key = name.slice(before.length);
          if (!key.split("/").every(isSegment)) continue;
          if (key < last) {
            throw new StoreError(
              "STORE_FAILED",
              `Cannot list ${where}: its keys do not come in order. An account with a hierarchical namespace cannot be used.`,
            );
          }
          last = key;
          yield key;
        }
      } catch (error) {
        signal?.throwIfAborted();
        if (!refusedWith(error, "ContainerNotFound")) throw translated(`list ${prefix}`, where, error, advice);
      }
    },
  };
}

type Timed = () => { readonly abortSignal: AbortSignal };

function timed(signal: AbortSignal | undefined): { readonly abortSignal: AbortSignal } {
  const timeout = AbortSignal.timeout(CALL_TIMEOUT_MS);
  return { abortSignal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]) };
}

function undefinedIfAbsent(error: unknown): undefined {
  if (isAbsent(error)) return undefined;
  throw error;
}

function newWriter(): string {
  return randomBytes(8).toString("hex");
}

function writersIn(metadata: Readonly<Record<string, string>> | undefined): readonly string[] {
  return (metadata?.["writers"] ?? "").split(" ").filter((writer) => /^[0-9a-f]{16}$/.test(writer));
}

function versionText({ etag, writers }: Written): string {
  return JSON.stringify([etag, ...writers]);
}

/** Undefined for a text that this store never gave out: no blob has such a version. */
function readVersion(version: string): Written | undefined {
  if (!version.startsWith("[")) return undefined;
  const [etag, ...writers] = JSON.parse(version) as readonly string[];
  return etag === undefined ? undefined : { etag, writers };
}
