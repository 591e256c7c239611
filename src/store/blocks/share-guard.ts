import { mkdir, stat } from "node:fs/promises";
import { isMissing, translating } from "../directory-files.ts";
import { StoreError } from "../store.ts";
import type { Folders } from "./directory-segments.ts";

export interface ShareGuard {
  /** For what writes: makes the store's folder if it was never seen, and refuses where it was and is no more. */
  writing<T>(what: string, signal: AbortSignal | undefined, run: () => Promise<T>): Promise<T>;
  /** For what reads: an answer that says "not there" counts only while the store's folder is. */
  reading<T>(what: string, signal: AbortSignal | undefined, run: () => Promise<T>): Promise<T>;
  /** True when the root is there. @throws StoreError STORE_UNREACHABLE when the store was there before and is not any more */
  rootIsThere(): Promise<boolean>;
}

/**
 * Tells a share that vanished from a store that is empty. A mount point whose share is gone is an empty directory of this machine's own disk: nothing may
 * be read into that, and nothing written there. So the folder of the segments serves as the mark: once seen, it has to be there.
 */
export function createShareGuard({ top, data }: Folders): ShareGuard {
  let seen = false;

  const gone = (cause?: unknown): StoreError =>
    new StoreError("STORE_UNREACHABLE", `The store ${top} was there and is not any more. Is the share or the drive still connected?`, {
      cause,
    });

  const isThere = async (): Promise<boolean> => {
    const found = await stat(data).catch(undefinedIfMissing);
    if (found === undefined && seen) throw gone();
    seen ||= found !== undefined;
    return seen;
  };

  /** "Input/output error" is what some file systems say when their server or drive is gone; others show an empty folder. */
  const explained = async (error: unknown): Promise<unknown> => {
    if (!(error instanceof StoreError) || error.code === "STORE_UNREACHABLE" || error.code === "STORE_FULL") return error;
    try {
      await isThere();
      return error;
    } catch (second) {
      return second instanceof StoreError ? second : gone();
    }
  };

  const guarded = async <T>(what: string, signal: AbortSignal | undefined, run: () => Promise<T>): Promise<T> => {
    signal?.throwIfAborted();
    try {
      return await translating(what, top, run);
    } catch (error) {
      signal?.throwIfAborted();
      throw await explained(error);
    }
  };

  return {
    rootIsThere: () =>
      guarded("look for the store", undefined, async () => {
        if (await isThere()) return true;
        return (await stat(top).catch(undefinedIfMissing))?.isDirectory() === true;
      }),
    reading: (what, signal, run) =>
      guarded(what, signal, async () => {
        const result = await run();
        if (seen) await isThere();
        return result;
      }),
    writing: (what, signal, run) =>
      guarded(what, signal, async () => {
        if (!(await isThere())) {
          await mkdir(data, { recursive: true });
          seen = true;
        }
        const result = await run();
        // Written into the bare mount point: then it is not acknowledged.
        await isThere();
        return result;
      }),
  };
}

function undefinedIfMissing(error: unknown): undefined {
  if (isMissing(error)) return undefined;
  throw error;
}
