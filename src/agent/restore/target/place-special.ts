import * as calls from "../../files/calls.ts";
import { codeOf, isGone } from "../../files/error-codes.ts";
import type { FolderEntry } from "../../source/source.ts";
import { setAttributes } from "./attributes.ts";
import type { Level } from "./directory-stack.ts";
import { partialName } from "./partial-file.ts";
import { makeFifo } from "./system-programs.ts";
import type { Placement } from "./target.ts";

/** Where an entry goes: a name in a directory that is held open. */
export interface Spot {
  readonly entry: FolderEntry;
  readonly level: Level;
  readonly name: string;
  readonly overwrite: boolean;
  readonly remark: (problems: readonly string[]) => void;
}

export const DONE: Placement = { outcome: "done" };
export const STANDS: Placement = { outcome: "refused", why: "something else of this name stands there" };
export const FOLDER_STANDS: Placement = { outcome: "refused", why: "a folder stands there" };

/** What stands there, itself, not what a link leads to; undefined when the place is free. */
export async function standingAt({
  level,
  name,
}: Pick<Spot, "level" | "name">): Promise<Awaited<ReturnType<typeof calls.lstat>> | undefined> {
  try {
    return await calls.lstat(level.directory.at(name));
  } catch (error) {
    if (!isGone(codeOf(error))) throw error;
  }
}

export async function placeSymlink(spot: Spot): Promise<Placement> {
  const { entry, level, name } = spot;
  const target = entry.target ?? new Uint8Array();
  if (target.length === 0 || target.includes(0)) return { outcome: "refused", why: "a link leads to no path" };
  const standing = await standingAt(spot);
  if (standing?.isSymbolicLink() === true && Buffer.from(target).equals(await calls.readlink(level.directory.at(name)))) return DONE;
  return put(spot, standing, async (path) => {
    await calls.symlink(target, path);
    return "symlink";
  });
}

export async function placeFifo(spot: Spot): Promise<Placement> {
  const standing = await standingAt(spot);
  if (standing?.isFIFO() === true) return DONE;
  return put(spot, standing, async () =>
    (await makeFifo(spot.level.directory.atForOthers(partialName(spot.name)), spot.entry.mode & 0o777)) ? "fifo" : undefined,
  );
}

/** Makes another name of a file. */
export function placeLink(spot: Spot, standing: Awaited<ReturnType<typeof standingAt>>, existing: Buffer): Promise<Placement> {
  return put(spot, standing, async (path) => {
    await calls.link(existing, path);
    return "link";
  });
}

/** Makes it under its partial name, then gives it its own: what stood there is replaced at once, or not at all. `make` answers its kind, undefined when it cannot. */
async function put(
  spot: Spot,
  standing: Awaited<ReturnType<typeof standingAt>>,
  make: (path: Buffer) => Promise<"symlink" | "fifo" | "link" | undefined>,
): Promise<Placement> {
  const { entry, level, name, overwrite, remark } = spot;
  if (standing?.isDirectory() === true) return FOLDER_STANDS;
  if (standing !== undefined && !overwrite) return STANDS;
  const partial = level.directory.at(partialName(name));
  await calls.unlink(partial).catch((error: unknown) => {
    if (!isGone(codeOf(error))) throw error;
  });
  const kind = await make(partial);
  if (kind === undefined) return { outcome: "skipped", why: `a ${entry.type} cannot be made here` };
  // Another name of a file has that file's attributes.
  if (kind !== "link") remark(await setAttributes(partial, entry, { calls, setsMode: false, isOwn: level.givesOwnOwner }));
  await calls.rename(partial, level.directory.at(name));
  return DONE;
}
