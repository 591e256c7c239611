/** Opens SQLite files that one process owns. Node's module is loaded on first use, without the warning that some versions print for it. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import type * as Sqlite from "node:sqlite";
import { HubLockedError } from "./hub-locked-error.ts";

/** The file was written by a version with another layout. */
export class HubVersionError extends Error {
  readonly code = "HUB_VERSION";
  constructor(file: string, found: number, expected: number) {
    super(
      `The task hub ${file} has layout version ${found}; this version reads ${expected}. Choose another state folder, or delete the file.`,
    );
    this.name = "HubVersionError";
  }
}

export interface OwnedDatabase {
  readonly database: Sqlite.DatabaseSync;
  /** Puts the log into the file and gives up the lock. */
  close(): void;
}

/**
 * The lock is SQLite's own, held for as long as the process lives, so that none is left behind by a killed process. The pid beside the file is only
 * there to be named. Throws `HubLockedError`, `HubVersionError`, or SQLite's error for a file that is none.
 */
export function openOwned(file: string, layout: { readonly version: number; readonly statements: string }): OwnedDatabase {
  const isFile = file !== ":memory:";
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(file);
  try {
    database.exec(
      "PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 4000;",
    );
    database.exec("BEGIN IMMEDIATE");
    const found = Number(database.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
    if (found === 0) database.exec(`${layout.statements}; PRAGMA user_version = ${layout.version};`);
    else if (found !== layout.version) throw new HubVersionError(file, found, layout.version);
    database.exec("COMMIT");
  } catch (error) {
    database.close();
    if (isBusy(error)) throw new HubLockedError(file, readPid(ownerFile(file)), { cause: error });
    throw error;
  }
  if (isFile) writeFileSync(ownerFile(file), `${process.pid}\n`);
  return {
    database,
    close: () => {
      if (isFile) {
        database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
        rmSync(ownerFile(file), { force: true });
      }
      database.close();
    },
  };
}

function ownerFile(file: string): string {
  return `${file}.owner`;
}

function readPid(file: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(file, "utf8"), 10);
    return Number.isSafeInteger(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** SQLITE_BUSY and its extended codes. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && (Number(error.errcode) & 0xff) === 5;
}

function loadSqlite(): typeof Sqlite {
  const emit = process.emitWarning.bind(process) as (...args: unknown[]) => void;
  const { value } = Object.getOwnPropertyDescriptor(process, "emitWarning") ?? { value: emit };
  process.emitWarning = (...args: unknown[]): void => {
    if (!String(args[0]).includes("SQLite is an experimental feature")) emit(...args);
  };
  try {
    return process.getBuiltinModule("node:sqlite");
  } finally {
    process.emitWarning = value as typeof process.emitWarning;
  }
}
