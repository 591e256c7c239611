/** What the tests of the sources share: a folder to fill, and a walk through it. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { openSource } from "../../../src/agent/source/open-source.ts";
import type { DiskSource, FolderEntry, FolderSource, SkippedEntry } from "../../../src/agent/source/source.ts";

export function freshFolder(parent = tmpdir()): string {
  const path = mkdtempSync(join(parent, "reprise-source-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** For what is put on disk in earnest: a busy disk takes seconds for each time. */
export function folderInMemory(): string {
  return freshFolder(existsSync("/dev/shm") ? "/dev/shm" : tmpdir());
}

export async function folderAt(path: string): Promise<FolderSource> {
  const source = await openSource(path);
  if (source.kind !== "folder") throw new Error(`${path} is no folder`);
  return source;
}

export async function diskAt(path: string): Promise<DiskSource> {
  const source = await openSource(path);
  if (source.kind !== "disk") throw new Error(`${path} is no disk`);
  onTestFinished(() => source.close());
  return source;
}

export interface Walked {
  readonly entries: FolderEntry[];
  /** The paths, one character for each byte. */
  readonly paths: string[];
  readonly skipped: { path: string; why: string }[];
}

export const textOf = (path: Uint8Array): string => Buffer.from(path).toString("latin1");

/** `at` is called with each entry, when it is given out. */
export async function walkOf(source: FolderSource, at: (path: string) => Promise<void> | void = () => undefined): Promise<Walked> {
  const entries: FolderEntry[] = [];
  const skipped: { path: string; why: string }[] = [];
  const onSkip = (entry: SkippedEntry): void => void skipped.push({ path: textOf(entry.path), why: entry.why });
  for await (const entry of source.entries(onSkip)) {
    entries.push(entry);
    await at(textOf(entry.path));
  }
  return { entries, paths: entries.map(({ path }) => textOf(path)), skipped };
}

export async function contentOf(source: FolderSource, entry: FolderEntry): Promise<string> {
  const file = await source.openFile(entry);
  if (file === undefined) throw new Error("the file is gone");
  const buffer = Buffer.alloc(entry.sizeBytes + 10);
  const length = await file.read(buffer, 0);
  await file.close();
  return buffer.subarray(0, length).toString("latin1");
}
