/**
 * A tree page: some entries of a folder, in the folder's order, with the places of their blocks. In: entries. Out: bytes. A file whose blocks do not fit goes on
 * in the next page.
 *
 * Plain form: JSON `{"segments":[names],"entries":[…]}`. An entry: `p` path (text, or `{"b64":…}` when it is not UTF-8), `t` type, `m` mode, `u`, `g` owner,
 * `mt`, `ct` times in ns (text), `s` size, `i` inode, and as needed `l` target of a link, `same` path whose content it shares, `b` blocks, `part` (1: more
 * blocks follow in the next entry, 2: goes on with the blocks of the entry before). A block: `[hash in base64url, length, segment number, offset, length of
 * the unit, number in the unit]`, zeros: `["", length]`.
 */
import { z } from "zod";
import type { EntryType, FolderEntry } from "../source/source.ts";
import { DamageError } from "./damage.ts";
import { ZERO_HASH, isZeroHash, type BlockPlace } from "./index-page.ts";

/** How much goes into one page. */
export const TREE_PAGE_WEIGHT = 8_192;

export interface TreeBlock {
  readonly hash: Uint8Array;
  readonly lengthBytes: number;
  /** Undefined for zeros. */
  readonly place: BlockPlace | undefined;
}

export interface TreeEntry {
  readonly entry: FolderEntry;
  readonly blocks: readonly TreeBlock[];
  /** Its blocks go on in the next entry of the same path. */
  readonly more: boolean;
  /** It goes on with the entry before. */
  readonly continues: boolean;
}

const types: Readonly<Record<EntryType, string>> = {
  file: "f",
  directory: "d",
  symlink: "l",
  fifo: "p",
  socket: "s",
  "character-device": "c",
  "block-device": "b",
};
const typeNames = Object.fromEntries(Object.entries(types).map(([name, letter]) => [letter, name])) as Readonly<Record<string, EntryType>>;

const bytesText = z.union([z.string(), z.object({ b64: z.base64() })]);
type BytesText = z.infer<typeof bytesText>;
const block = z.union([
  z.tuple([z.literal(""), z.int().min(1)]),
  z.tuple([z.string(), z.int().min(1), z.int().min(0), z.int().min(0), z.int().min(1), z.int().min(0)]),
]);
const pageShape = z.object({
  segments: z.array(z.string()),
  entries: z.array(
    z.object({
      p: bytesText,
      t: z.enum(["f", "d", "l", "p", "s", "c", "b"]),
      m: z.int().min(0).max(0o7777),
      u: z.int(),
      g: z.int(),
      mt: z.string(),
      ct: z.string(),
      s: z.int().min(0),
      i: z.string(),
      n: z.int(),
      l: bytesText.optional(),
      same: bytesText.optional(),
      b: z.array(block).optional(),
      part: z.union([z.literal(1), z.literal(2), z.literal(3)]).optional(),
    }),
  ),
});

export function encodeTreePage(entries: readonly TreeEntry[]): { readonly bytes: Buffer; readonly segments: readonly string[] } {
  const segments: string[] = [];
  const numbers = new Map<string, number>();
  const numberOf = (name: string): number => {
    const known = numbers.get(name);
    if (known !== undefined) return known;
    numbers.set(name, segments.push(name) - 1);
    return segments.length - 1;
  };
  const rows = entries.map(({ entry, blocks, more, continues }) => ({
    p: textOf(entry.path),
    t: types[entry.type],
    m: entry.mode,
    u: entry.uid,
    g: entry.gid,
    mt: String(entry.mtimeNs),
    ct: String(entry.ctimeNs),
    s: entry.sizeBytes,
    i: entry.inode,
    n: entry.links,
    ...(entry.target !== undefined && { l: textOf(entry.target) }),
    ...(entry.sameAs !== undefined && { same: textOf(entry.sameAs) }),
    ...(blocks.length > 0 && {
      b: blocks.map(({ hash, lengthBytes, place }) =>
        place === undefined
          ? ["", lengthBytes]
          : [Buffer.from(hash).toString("base64url"), lengthBytes, numberOf(place.segment), place.offset, place.lengthBytes, place.inner],
      ),
    }),
    ...((more || continues) && { part: (more ? 1 : 0) + (continues ? 2 : 0) }),
  }));
  return { bytes: Buffer.from(JSON.stringify({ segments, entries: rows })), segments };
}

/** @throws DamageError */
export function decodeTreePage(place: string, bytes: Uint8Array): readonly TreeEntry[] {
  let page: z.infer<typeof pageShape>;
  try {
    page = pageShape.parse(JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8")));
  } catch (error) {
    throw new DamageError(place, "it is no tree page", { cause: error });
  }
  const segmentOf = (number: number): string => {
    const name = page.segments[number];
    if (name === undefined) throw new DamageError(place, "it names a segment that is not in its table");
    return name;
  };
  return page.entries.map((row) => ({
    entry: {
      path: bytesOf(row.p),
      type: typeNames[row.t] ?? "file",
      mode: row.m,
      uid: row.u,
      gid: row.g,
      mtimeNs: BigInt(row.mt),
      ctimeNs: BigInt(row.ct),
      sizeBytes: row.s,
      inode: row.i,
      links: row.n,
      ...(row.l !== undefined && { target: bytesOf(row.l) }),
      ...(row.same !== undefined && { sameAs: bytesOf(row.same) }),
    },
    blocks: (row.b ?? []).map((each) => {
      if (each.length === 2) return { hash: ZERO_HASH, lengthBytes: each[1], place: undefined };
      const [hash, lengthBytes, segment, offset, unitBytes, inner] = each;
      return {
        hash: Buffer.from(hash, "base64url"),
        lengthBytes,
        place: { segment: segmentOf(segment), offset, lengthBytes: unitBytes, inner },
      };
    }),
    more: row.part === 1 || row.part === 3,
    continues: row.part === 2 || row.part === 3,
  }));
}

export function zeroBlock(lengthBytes: number): TreeBlock {
  return { hash: ZERO_HASH, lengthBytes, place: undefined };
}

export function isZeroBlock(block: TreeBlock): boolean {
  return isZeroHash(block.hash);
}

function textOf(bytes: Uint8Array): BytesText {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString("utf8");
  return Buffer.from(text, "utf8").equals(buffer) ? text : { b64: buffer.toString("base64") };
}

function bytesOf(text: BytesText): Buffer {
  return typeof text === "string" ? Buffer.from(text, "utf8") : Buffer.from(text.b64, "base64");
}
