/** A directory store with a point of a disk or folder, damaged as a failing disk would do it: in the files of its segments. */
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Repository } from "../../../src/agent/repository/repository.ts";
import type { AgentJob } from "../../../src/policy/job/job.ts";
import { openDirectoryBlockStore } from "../../../src/store/blocks/directory.ts";
import { jobOf, openTestRepository, testFolder } from "../../support/agent-store.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
export const BLOCK_BYTES = 64 * KIB;

export type SourceKind = "disk" | "folder";

export interface Workplace {
  readonly store: string;
  readonly source: string;
  readonly job: AgentJob;
  readonly folder: string;
  /** Opened anew: nothing of an earlier process is remembered. */
  readonly open: () => Promise<Repository>;
}

/** A disk of 12 MiB (three units), or a folder with one large file and many small ones. */
export function workplace(kind: SourceKind, password?: string): Workplace {
  const folder = testFolder();
  const store = join(folder, "store");
  const source = join(folder, "source");
  if (kind === "disk") writeFileSync(source, randomBytes(12 * MIB));
  else {
    mkdirSync(join(source, "many"), { recursive: true });
    writeFileSync(join(source, "large"), randomBytes(9 * MIB + 5));
    writeFileSync(join(source, "empty"), "");
    for (let each = 0; each < 60; each++) writeFileSync(join(source, "many", `f${each}`), randomBytes(1 + each * 700));
  }
  return {
    folder,
    store,
    source,
    job: jobOf({ d: kind === "disk" ? source : `${source}/` }, { blockSizeBytes: BLOCK_BYTES }),
    open: () => openTestRepository(openDirectoryBlockStore(store), password === undefined ? {} : { password, encrypt: true }),
  };
}

/** Folders of segments, in the order of their names. */
export function segmentFolders(store: string): readonly string[] {
  return readdirSync(join(store, "+data"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith("+"))
    .sort()
    .map((name) => join(store, "+data", name));
}

/** Files of units in a segment, largest first. */
export function unitsIn(segment: string): readonly string[] {
  return readdirSync(segment)
    .filter((name) => /^[0-9a-f]{96}$/.test(name))
    .map((name) => join(segment, name))
    .toSorted((a, b) => statSync(b).size - statSync(a).size || (a < b ? -1 : 1));
}

/** Turns a bit of every block's bytes, so that no block of the unit can be used. */
export function spoil(unit: string): void {
  const bytes = readFileSync(unit);
  for (let at = 64 + 1; at < bytes.byteLength; at += 512) bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  writeFileSync(unit, bytes);
}

export function removeSegment(segment: string): void {
  rmSync(segment, { recursive: true });
}

/** Whether two sources are the same, byte for byte. */
export function sameContent(one: string, other: string): boolean {
  if (!statSync(one).isDirectory()) return readFileSync(one).equals(readFileSync(other));
  const names = (path: string): readonly string[] => readdirSync(path, { recursive: true, encoding: "utf8" }).sort();
  if (JSON.stringify(names(one)) !== JSON.stringify(names(other))) return false;
  return names(one).every(
    (name) => statSync(join(one, name)).isDirectory() || readFileSync(join(one, name)).equals(readFileSync(join(other, name))),
  );
}
