/**
 * The store in a directory: the object `a/b.json` is the plain file `a/b.json`, to be read with any tool. In: a root (made by the first write, never by
 * reading). Out: the `Store` contract, for any number of processes.
 *
 * Why it holds. Bytes are first written whole to a file in `+tmp` (no key can contain `+`) and flushed. What makes them visible is one rename, which
 * a reader sees done or not done. Every rename and removal happens under one lock of the kernel (`directory-lock.ts`), together with the look at
 * what is there now: so `create` and `replace` decide and act in one step. The step is synchronous and short, and a process killed in it, at any
 * instruction, gives the lock back and leaves the old file or the new one. All it can leave over is a file in `+tmp`: never listed, and removed
 * by a later process once an hour old; a writer asleep for so long gets an error, not a wrong answer. The version is a hash of the bytes.
 *
 * Not promised: names that differ by case only on a file system that ignores case; exclusion between machines on a share without locks; anything
 * once somebody else writes into the directory. A folder stays when its last key goes.
 */
import { hash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, statSync, unlinkSync } from "node:fs";
import { readFile, readdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { isMissing, removeTemp, sweepTemps, syncFolders, translating, writeTemp, writeTempAtOnce } from "./directory-files.ts";
import { createDirectoryLock } from "./directory-lock.ts";
import { checkKey, compareKeys, isSegment, splitPrefix } from "./keys.ts";
import { StoreError } from "./store.ts";
import type { Store } from "./store.ts";

export interface DirectoryStoreOptions {
  /**
   * False leaves out the flushes to the device: kill-proof, but not proof against a power cut. Small files on the machine's own disk are then read and
   * written without a detour over the thread pool, which costs ten times the call itself. For simulated runs. Default true.
   */
  readonly durable?: boolean;
}

export function openDirectoryStore(root: string, options: DirectoryStoreOptions = {}): Store {
  const top = resolve(root);
  const durable = options.durable ?? true;
  const temps = join(top, "+tmp");
  const locked = createDirectoryLock(join(top, "+lock"));
  const pathOf = (key: string): string => join(top, key);
  const read = async (path: string): Promise<Uint8Array | undefined> =>
    durable ? readFile(path).catch(undefinedIfAbsent) : readAtOnce(path);
  const isFile = async (path: string): Promise<boolean> =>
    durable ? (await stat(path).catch(undefinedIfAbsent))?.isFile() === true : isFileNow(path);
  let swept = false;

  /** Puts `bytes` in place if `admit`, asked under the lock, says yes. */
  const write = async (key: string, bytes: Uint8Array, admit: (path: string) => boolean): Promise<boolean> => {
    const path = pathOf(key);
    const temp = durable ? await writeTemp(temps, bytes) : writeTempAtOnce(temps, bytes);
    if (!swept) {
      swept = true;
      await sweepTemps(temps);
    }
    const folder = dirname(path);
    let highestNew = folder;
    let written = false;
    try {
      written = await locked(() => {
        if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) throw conflict(key);
        if (!admit(path)) return false;
        const made = mkdirSync(folder, { recursive: true });
        if (made !== undefined) highestNew = dirname(made);
        renameSync(temp, path);
        return true;
      });
    } finally {
      if (!written) await removeTemp(temp);
    }
    if (written && durable) await syncFolders(folder, highestNew);
    return written;
  };

  return {
    get: async (key) => {
      checkKey(key);
      return translating(`read ${key}`, top, async () => {
        const bytes = await read(pathOf(key));
        return bytes === undefined ? undefined : { bytes: Uint8Array.from(bytes), version: versionOf(bytes) };
      });
    },
    put: async (key, bytes) => {
      checkKey(key);
      await translating(`write ${key}`, top, () => write(key, bytes, () => true));
    },
    create: async (key, bytes) => {
      checkKey(key);
      return translating(`create ${key}`, top, async () => {
        // Most losers are late ones: they need no temporary file.
        if (await isFile(pathOf(key))) return false;
        return write(key, bytes, (path) => statSync(path, { throwIfNoEntry: false }) === undefined);
      });
    },
    replace: async (key, bytes, version) => {
      checkKey(key);
      return translating(`replace ${key}`, top, async () => {
        const seen = await read(pathOf(key));
        if (seen === undefined || versionOf(seen) !== version) return false;
        return write(key, bytes, (path) => currentVersion(path) === version);
      });
    },
    delete: async (key) => {
      checkKey(key);
      await translating(`delete ${key}`, top, async () => {
        const path = pathOf(key);
        if (!(await isFile(path))) return;
        await locked(() => {
          try {
            unlinkSync(path);
          } catch (error) {
            if (!isMissing(error)) throw error;
          }
        });
        if (durable) await syncFolders(dirname(path), dirname(path));
      });
    },
    remove: async (key, version) => {
      checkKey(key);
      return translating(`remove ${key}`, top, async () => {
        const path = pathOf(key);
        const removed = await locked(() => {
          const current = currentVersion(path);
          if (current !== undefined && current !== version) return false;
          if (current !== undefined) unlinkSync(path);
          return true;
        });
        if (removed && durable) await syncFolders(dirname(path), dirname(path)).catch(undefinedIfAbsent);
        return removed;
      });
    },
    async *list(prefix) {
      const { folder, start } = splitPrefix(prefix);
      yield* walk(top, folder, start);
    },
  };
}

async function* walk(top: string, folder: string, start: string): AsyncGenerator<string> {
  const entries = await translating(`list ${folder}`, top, () =>
    readdir(join(top, folder), { withFileTypes: true }).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    }),
  );
  const names = entries
    .filter((entry) => entry.name.startsWith(start) && isSegment(entry.name) && (entry.isFile() || entry.isDirectory()))
    // A folder's keys go on with "/": that decides their place among `b`, `b-c`, `b/d` and `b0`.
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .sort(compareKeys);
  for (const name of names) {
    if (name.endsWith("/")) yield* walk(top, folder + name, "");
    else yield folder + name;
  }
}

/** A miss is common, and an exception costs ten times the look. */
function isFileNow(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch (error) {
    undefinedIfAbsent(error);
    return false;
  }
}

function readAtOnce(path: string): Uint8Array | undefined {
  try {
    return isFileNow(path) ? readFileSync(path) : undefined;
  } catch (error) {
    return undefinedIfAbsent(error);
  }
}

function versionOf(bytes: Uint8Array): string {
  return hash("sha256", bytes, "hex");
}

function currentVersion(path: string): string | undefined {
  try {
    return versionOf(readFileSync(path));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** A folder of that name is no object either. */
function undefinedIfAbsent(error: unknown): undefined {
  if (isMissing(error) || (error as NodeJS.ErrnoException).code === "EISDIR") return undefined;
  throw error;
}

function conflict(key: string): StoreError {
  return new StoreError("STORE_KEY_CONFLICT", `Cannot write ${key}: other keys have it as their folder.`);
}
