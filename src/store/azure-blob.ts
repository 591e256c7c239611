/**
 * The store in a container of Azure Blob Storage: one block blob per key. In: a container client, whose own retry policy repeats requests after 500, 503
 * and broken connections (enough for small records). Out: the `Store` contract, over any number of machines. The first write makes the container.
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
import { isAbsent, refusedWith, translated } from "./azure-blob-errors.ts";
import { checkKey, isSegment, splitPrefix } from "./keys.ts";
import { StoreError } from "./store.ts";
import type { Store } from "./store.ts";

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

export function openAzureBlobStore(container: ContainerClient, options: AzureBlobStoreOptions = {}): Store {
  const before = options.prefix === undefined ? "" : `${options.prefix}/`;
  const place = new URL(container.url);
  const where = `the store ${place.origin}${place.pathname}`;
  const blobOf = (key: string) => container.getBlockBlobClient(before + key);

  const attempt = async <T>(what: string, run: () => Promise<T>): Promise<T> => {
    try {
      return await run();
    } catch (error) {
      throw translated(what, where, error);
    }
  };

  /** Uploads under a condition; makes the container when it is missing. */
  const upload = async (
    key: string,
    bytes: Uint8Array,
    writers: readonly string[],
    conditions: { ifNoneMatch?: string; ifMatch?: string },
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
  const writersOf = async (key: string): Promise<readonly string[] | undefined> => {
    const properties = await blobOf(key).getProperties(timed()).catch(undefinedIfAbsent);
    return properties === undefined ? undefined : writersIn(properties.metadata);
  };

  return {
    async get(key) {
      checkKey(key);
      return attempt(`read ${key}`, async () => {
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
    async put(key, bytes) {
      checkKey(key);
      await attempt(`write ${key}`, () => upload(key, bytes, [newWriter()], {}));
    },
    async create(key, bytes) {
      checkKey(key);
      return attempt(`create ${key}`, async () => {
        const writer = newWriter();
        for (let round = 1; round <= MAX_ROUNDS; round++) {
          try {
            await upload(key, bytes, [writer], { ifNoneMatch: "*" });
            return true;
          } catch (error) {
            if (!refusedWith(error, "BlobAlreadyExists", "ConditionNotMet")) throw error;
          }
          const writers = await writersOf(key);
          // Deleted since it was refused: then it can be created after all.
          if (writers !== undefined) return writers.includes(writer);
        }
        throw new StoreError("STORE_BUSY", `Could not create ${key} in ${where}: others make and delete it all the time.`);
      });
    },
    async replace(key, bytes, version) {
      checkKey(key);
      const seen = readVersion(version);
      if (seen === undefined) return false;
      return attempt(`replace ${key}`, async () => {
        const writer = newWriter();
        try {
          await upload(key, bytes, [...seen.writers, writer].slice(-REMEMBERED_WRITES), { ifMatch: seen.etag });
          return true;
        } catch (error) {
          if (isAbsent(error)) return false;
          if (!refusedWith(error, "ConditionNotMet")) throw error;
          return (await writersOf(key))?.includes(writer) ?? false;
        }
      });
    },
    async delete(key) {
      checkKey(key);
      await attempt(`delete ${key}`, async () => {
        await blobOf(key).deleteIfExists(timed()).catch(undefinedIfAbsent);
      });
    },
    async remove(key, version) {
      checkKey(key);
      const seen = readVersion(version);
      return attempt(`remove ${key}`, async () => {
        if (seen === undefined) return (await writersOf(key)) === undefined;
        try {
          await blobOf(key).deleteIfExists({ ...timed(), conditions: { ifMatch: seen.etag } });
          return true;
        } catch (error) {
          if (isAbsent(error)) return true;
          if (!refusedWith(error, "ConditionNotMet")) throw error;
          return (await writersOf(key)) === undefined;
        }
      });
    },
    async *list(prefix) {
      splitPrefix(prefix);
      let last = "";
      try {
        for await (const { name } of container.listBlobsFlat({ prefix: before + prefix })) {
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
        if (!refusedWith(error, "ContainerNotFound")) throw translated(`list ${prefix}`, where, error);
      }
    },
  };
}

function timed(): { readonly abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS) };
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
