import type { BigIntStats } from "node:fs";
import { asBytes } from "../files/open-directory.ts";
import type { EntryType, FolderEntry } from "./source.ts";

const TYPE_BITS = 0o170000;
const TYPES: ReadonlyMap<number, EntryType> = new Map([
  [0o100000, "file"],
  [0o040000, "directory"],
  [0o120000, "symlink"],
  [0o010000, "fifo"],
  [0o140000, "socket"],
  [0o020000, "character-device"],
  [0o060000, "block-device"],
]);

/** Undefined for a kind that this table does not know. */
export const typeOf = (info: BigIntStats): EntryType | undefined => TYPES.get(Number(info.mode) & TYPE_BITS);

interface Links {
  readonly target?: Uint8Array;
  readonly sameAs?: Uint8Array;
}

/** The path is text as of `asText`. */
export function folderEntry(path: string, type: EntryType, info: BigIntStats, links?: Links): FolderEntry {
  return {
    path: asBytes(path),
    type,
    mode: Number(info.mode) & 0o7777,
    uid: Number(info.uid),
    gid: Number(info.gid),
    mtimeNs: info.mtimeNs,
    ctimeNs: info.ctimeNs,
    sizeBytes: type === "file" ? Number(info.size) : 0,
    inode: `${info.dev}:${info.ino}`,
    links: Number(info.nlink),
    ...links,
  };
}
