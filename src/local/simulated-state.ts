/** What a simulated run keeps beside its task hub so that a killed process can go on: which estate it was, and what happened to it. */
import { createHash } from "node:crypto";
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Estate } from "./azure/estate/estate.ts";
import type { Journal } from "./azure/journal.ts";
import { readNewestTimestampMs } from "./durable/newest-timestamp.ts";
import { makeStateDirectory } from "./state-directory.ts";

export class OtherEstateError extends Error {
  readonly code = "STATE_OTHER_ESTATE";
  constructor(stateDir: string) {
    super(`The state in ${stateDir} belongs to another estate. Use another --state or --run-id, or delete that directory.`);
    this.name = "OtherEstateError";
  }
}

export interface SimulatedState {
  readonly journal: Journal;
  /** Where the virtual clock goes on; undefined at the first start. */
  readonly newestMs: number | undefined;
  close(): void;
}

export async function openSimulatedState(stateDir: string, estate: Estate): Promise<SimulatedState> {
  await makeStateDirectory(stateDir);
  await rememberEstate(stateDir, estate);
  const file = join(stateDir, "estate-journal.jsonl");
  const handle = openSync(file, "a");
  const times = [readNewestTimestampMs(join(stateDir, "hub.db")), newestJournalMs(file)].filter((ms) => ms !== undefined);
  return {
    newestMs: times.length === 0 ? undefined : Math.max(...times),
    journal: {
      read: () => readFileSync(file, "utf8").split("\n"),
      append: (line) => {
        // Survives a killed process; a power cut takes the run store's newest records along anyway.
        writeSync(handle, `${line}\n`);
      },
    },
    close: () => closeSync(handle),
  };
}

/** An activity that waits moves the clock before the task hub hears of it: a trigger may be newer than anything there. Jobs must not lie in the future. */
function newestJournalMs(file: string): number | undefined {
  const times = Array.from(readFileSync(file, "utf8").matchAll(/^\{"kind":"trigger","atMs":(\d+),/gm), ([, atMs]) => Number(atMs));
  return times.length === 0 ? undefined : Math.max(...times);
}

async function rememberEstate(stateDir: string, estate: Estate): Promise<void> {
  const file = join(stateDir, "estate.sha256");
  const hash = createHash("sha256").update(JSON.stringify(estate)).digest("hex");
  try {
    await writeFile(file, hash, { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const before = await readFile(file, "utf8");
    if (before === hash) return;
    // A process that was killed while it wrote leaves a part.
    if (!hash.startsWith(before)) throw new OtherEstateError(stateDir);
    await writeFile(file, hash);
  }
}
