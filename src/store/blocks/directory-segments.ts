/** The files of one segment: `+data/<name>+/`, with a file per unit named by its id, and `+sealed`, the list that makes a segment of them. */
import { randomUUID } from "node:crypto";
import { link, mkdir, open, readFile, readdir, rename, rmdir, stat, unlink } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { fsCode, isMissing, removeTemp, syncFolders } from "../directory-files.ts";
import { compareKeys, isSegment } from "../keys.ts";
import { StoreError } from "../store.ts";
import type { SegmentName, StoredUnit } from "./block-store.ts";
import { SEGMENT_FOLDER } from "./block-store.ts";

/** No key can contain `+`: records and segments never meet. */
const SEALED = "+sealed";
const FORMAT = "reprise-segment-1";

/** Where things are below a store's root. */
export interface Folders {
  readonly top: string;
  readonly data: string;
  readonly temps: string;
  readonly segment: (name: string) => string;
}

export function foldersOf(top: string): Folders {
  const data = join(top, "+data");
  return { top, data, temps: join(top, "+tmp"), segment: (name) => join(data, `${name.slice(SEGMENT_FOLDER.length)}+`) };
}

/**
 * Writes a whole file: under a name of its own, flushed, then renamed. Does nothing more once the signal is aborted, since then the bytes may not be
 * what they were.
 */
export async function writeWhole(
  folders: Folders,
  path: string,
  bytes: Uint8Array,
  signal: AbortSignal | undefined,
  place: (temp: string, path: string) => Promise<void> = rename,
): Promise<void> {
  const temp = join(folders.temps, randomUUID());
  const file = await openNew(temp, folders.temps);
  try {
    try {
      await file.writeFile(bytes);
      await file.datasync();
    } finally {
      // A network file system may say only now that its disk is full.
      await file.close();
    }
    signal?.throwIfAborted();
    await place(temp, path).catch(async (error: unknown) => {
      if (fsCode(error) !== "ENOENT") throw error;
      await mkdir(join(path, ".."), { recursive: true });
      await place(temp, path);
    });
  } catch (error) {
    await removeTemp(temp);
    throw error;
  }
}

async function openNew(path: string, folder: string): Promise<FileHandle> {
  try {
    return await open(path, "wx");
  } catch (error) {
    if (fsCode(error) !== "ENOENT") throw error;
    await mkdir(folder, { recursive: true });
    return open(path, "wx");
  }
}

/** Undefined when there is no such folder. */
export async function unitFiles(folder: string): Promise<StoredUnit[] | undefined> {
  const names = await readdir(folder).catch(undefinedIfMissing);
  if (names === undefined) return undefined;
  const units: StoredUnit[] = [];
  for (const id of names) {
    if (!/^[0-9a-f]+$/.test(id)) continue;
    const info = await stat(join(folder, id)).catch(undefinedIfMissing);
    if (info?.isFile() === true) units.push({ id, sizeBytes: info.size });
  }
  return units;
}

/** The units of a sealed segment in order; undefined when it is not sealed. */
export async function readSealed(folder: string, segment: string): Promise<readonly StoredUnit[] | undefined> {
  const text = await readFile(join(folder, SEALED), "utf8").catch(undefinedIfMissing);
  if (text === undefined) return undefined;
  const lines = text.split("\n");
  const units = lines.slice(1, -2).map((line) => {
    const [, id = "", size = ""] = /^([0-9a-f]{2,96}) (\d{1,10})$/.exec(line) ?? [];
    return { id, sizeBytes: Number(size) };
  });
  if (lines[0] !== FORMAT || lines.at(-2) !== `${units.length} units` || lines.at(-1) !== "" || units.some(({ id }) => id === ""))
    throw new StoreError("STORE_DAMAGED_RECORD", `The list of the segment ${segment} in ${folder} cannot be read.`);
  return units;
}

/** File systems that have no hard links (FAT, some shares) say one of these. */
const NO_LINKS = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EINVAL", "EISDIR"]);

/** Leaves alone what stands there already: a rename would replace it. */
async function placeOnce(temp: string, path: string): Promise<void> {
  try {
    await link(temp, path);
  } catch (error) {
    if (fsCode(error) !== "EEXIST") {
      if (!NO_LINKS.has(fsCode(error))) throw error;
      return rename(temp, path);
    }
  }
  await removeTemp(temp);
}

/** The first list stays, whoever else writes one: the caller looks which it is. */
export async function writeSealed(folders: Folders, folder: string, units: readonly StoredUnit[], signal?: AbortSignal): Promise<void> {
  const lines = [FORMAT, ...units.map(({ id, sizeBytes }) => `${id} ${sizeBytes}`), `${units.length} units`, ""];
  // The units' names have to last before the list that relies on them.
  await mkdir(folder, { recursive: true });
  await syncFolders(folder, folders.top);
  await writeWhole(folders, join(folder, SEALED), new TextEncoder().encode(lines.join("\n")), signal, placeOnce);
  await syncFolders(folder, folder);
}

/** Removes the units that the list does not name. What a killed process leaves over is in nobody's way. */
export async function removeOthers(folder: string, ids: readonly string[]): Promise<void> {
  const kept = new Set(ids);
  for (const { id } of (await unitFiles(folder)) ?? []) if (!kept.has(id)) await unlink(join(folder, id)).catch(undefinedIfMissing);
}

/** Sealed and unsealed segments, in the order of their names. `below` is a folder of `+data`, "" or ending in "/". */
export async function* segmentsBelow(data: string, below: string, start: string): AsyncGenerator<SegmentName> {
  const entries = await readdir(join(data, below), { withFileTypes: true }).catch(undefinedIfMissing);
  const names = (entries ?? [])
    .filter((entry) => entry.isDirectory() && entry.name.startsWith(start))
    .map(({ name }) => (name.endsWith("+") ? name.slice(0, -1) : `${name}/`))
    .filter((name) => isSegment(name.replace(/\/$/, "")))
    .sort(compareKeys);
  for (const name of names) {
    if (name.endsWith("/")) {
      yield* segmentsBelow(data, below + name, "");
      continue;
    }
    const folder = join(data, `${below}${name}+`);
    const sealed = (await stat(join(folder, SEALED)).catch(undefinedIfMissing)) !== undefined;
    // An empty folder is what a deletion that was cut short leaves.
    if (sealed || (await readdir(folder).catch(undefinedIfMissing))?.length) yield { name: SEGMENT_FOLDER + below + name, sealed };
  }
}

/** The list first: then it is no sealed segment any more, however far this gets. */
export async function removeSegment(folder: string): Promise<void> {
  const names = await readdir(folder).catch(undefinedIfMissing);
  if (names === undefined) return;
  if (names.includes(SEALED)) {
    await unlink(join(folder, SEALED)).catch(undefinedIfMissing);
    await syncFolders(folder, folder);
  }
  for (const name of names) if (name !== SEALED) await unlink(join(folder, name)).catch(undefinedIfMissing);
  await rmdir(folder).catch(() => undefined);
}

function undefinedIfMissing(error: unknown): undefined {
  if (isMissing(error)) return undefined;
  throw error;
}
