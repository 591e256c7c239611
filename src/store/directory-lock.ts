import { statSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { DatabaseSync } from "node:sqlite";
import { StoreError } from "./store.ts";

/** SQLite's own wait for a lock blocks the thread: keep it short, and let the event loop turn in between. */
const BLOCKING_WAIT_MS = 25;
const MAX_WAITS = 1200;
/** https://www.sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;

/**
 * Mutual exclusion between processes that share a directory. In: a synchronous step. Out: its result, with no other holder meanwhile. Node has no
 * `flock`, so the lock is that of an empty SQLite file: a byte-range lock of the kernel, given back by the kernel however the process ends, so that
 * there is no stale lock to find and break. It does not promise to hold between machines on a share whose server does not pass locks on.
 */
export function createDirectoryLock(file: string): <T>(step: () => T) => Promise<T> {
  let opened: { readonly db: DatabaseSync; readonly ino: bigint } | undefined;

  const open = (): DatabaseSync => {
    const now = statSync(file, { bigint: true, throwIfNoEntry: false });
    // A lock on a file that was removed with its directory keeps nobody out.
    if (opened !== undefined && opened.ino === now?.ino) return opened.db;
    opened?.db.close();
    // Loaded here, not on top: whoever never writes to a directory store need not load SQLite.
    const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
    const db = new DatabaseSync(file);
    db.exec(`PRAGMA busy_timeout = ${BLOCKING_WAIT_MS}; PRAGMA journal_mode = MEMORY;`);
    opened = { db, ino: statSync(file, { bigint: true }).ino };
    return db;
  };

  /** Undefined while another process holds it. */
  const acquire = (): DatabaseSync | undefined => {
    try {
      const db = open();
      db.exec("BEGIN IMMEDIATE");
      if (statSync(file, { bigint: true, throwIfNoEntry: false })?.ino === opened?.ino) return db;
      db.exec("COMMIT");
    } catch (error) {
      if (isBusy(error)) return undefined;
      throw new StoreError("STORE_FAILED", `Could not lock ${file}: ${(error as Error).message}. Check permissions and free space.`, {
        cause: error,
      });
    }
    return undefined;
  };

  return async (step) => {
    for (let wait = 0; wait < MAX_WAITS; wait++) {
      const db = acquire();
      if (db !== undefined) {
        // In the same turn of the event loop: nobody else of this process comes in between.
        try {
          return step();
        } finally {
          db.exec("COMMIT");
        }
      }
      await nextTurn();
    }
    throw new StoreError(
      "STORE_BUSY",
      `Another process has held ${file} for ${(MAX_WAITS * BLOCKING_WAIT_MS) / 1000} s. Is one of them stopped (Ctrl+Z)?`,
    );
  };
}

function isBusy(error: unknown): boolean {
  const code = (error as { errcode?: unknown }).errcode;
  return typeof code === "number" && (code & 0xff) === SQLITE_BUSY;
}
