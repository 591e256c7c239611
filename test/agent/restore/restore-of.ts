/** What the tests of folder targets share: a restore as the engine does it, from a folder or from entries that are made up. */
import { openFolderTarget } from "../../../src/agent/restore/target/folder-target.ts";
import type { FolderTarget, Placement, TargetFile } from "../../../src/agent/restore/target/target.ts";
import type { FolderEntry, FolderSource } from "../../../src/agent/source/source.ts";
import { contentOf, folderAt, textOf, walkOf } from "../source/walk-of.ts";

interface Options {
  readonly overwrite?: boolean;
}

export const target = (path: string, { overwrite = false }: Options = {}): Promise<FolderTarget> =>
  openFolderTarget({ path, overwrite, onRemark: ({ path, why }) => expectNoRemark(textOf(path), why) });

function expectNoRemark(path: string, why: string): never {
  throw new Error(`${path}: ${why}`);
}

/** A file of seven bytes, unless told otherwise. */
export function entry(path: string, over: Partial<FolderEntry>): FolderEntry {
  const ids = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0, inode: "1:1", links: 1 };
  const directory = over.type === "directory";
  return {
    path: Buffer.from(path, "latin1"),
    type: "file",
    mode: directory ? 0o755 : 0o644,
    ...ids,
    mtimeNs: 6_000_000_000n,
    ctimeNs: 6_000_000_000n,
    sizeBytes: over.type === undefined || over.type === "file" ? 7 : 0,
    ...over,
  };
}

/** The outcome of each entry by its path; "kept" for a file that stood there with the same content. */
export type Outcomes = Map<string, string>;

async function carryOut(folder: FolderTarget, entry: FolderEntry, content: () => Promise<string>): Promise<string> {
  let placed: Placement = await folder.place(entry);
  if (placed.outcome === "exists") {
    const there = Buffer.alloc(entry.sizeBytes);
    await placed.file.read(there, 0);
    if (there.toString("latin1") === (await content())) {
      await placed.file.keep();
      return "kept";
    }
    placed = await placed.file.replace();
  }
  if (placed.outcome === "write") await fill(placed.file, Buffer.from(await content(), "latin1"));
  return "why" in placed ? `${placed.outcome}: ${placed.why}` : placed.outcome;
}

const STEP_BYTES = 1024 * 1024;

async function fill(file: TargetFile, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; at += STEP_BYTES) {
    const step = bytes.subarray(at, at + STEP_BYTES);
    if (step.equals(Buffer.alloc(step.length))) await file.zeros(at, step.length);
    else await file.write(at, step);
  }
  await file.finish();
}

export async function restore(path: string, entries: readonly FolderEntry[], options: Options = {}): Promise<Outcomes> {
  const folder = await target(path, options);
  const outcomes: Outcomes = new Map();
  for (const entry of entries) outcomes.set(textOf(entry.path), await carryOut(folder, entry, () => Promise.resolve("content")));
  await folder.finish();
  return outcomes;
}

export async function restoreFolder(from: string, to: string, options: Options = {}): Promise<Outcomes> {
  const source: FolderSource = await folderAt(from);
  const folder = await target(to, options);
  const outcomes: Outcomes = new Map();
  for (const entry of (await walkOf(source)).entries)
    outcomes.set(textOf(entry.path), await carryOut(folder, entry, () => contentOf(source, entry)));
  await folder.finish();
  return outcomes;
}
