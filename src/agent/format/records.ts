/** The records of a store that are JSON inside, as they are written and as they are checked when read. */
import { z } from "zod";

const hex = z.string().regex(/^[0-9a-f]+$/);
const time = z.iso.datetime();
const text = z.string().max(4_096);
const count = z.int().min(0);

/** `store.json`, the one record that is neither compressed nor encrypted. */
export const storeRecord = z.object({ format: z.literal(1), salt: hex.length(64), createdAt: time });
export type StoreRecord = z.infer<typeof storeRecord>;

/** How the content of a disk or folder was cut and packed; what J8 compares. */
export const shapeRecord = z.object({
  /** A power of two. */
  blockSize: z.int().min(4_096).max(4_194_304),
  compression: z.union([z.object({ codec: z.literal("none") }), z.object({ codec: z.literal("zstd"), level: z.int().min(-7).max(22) })]),
  keyId: hex.length(32),
});
export type Shape = z.infer<typeof shapeRecord>;

/** A disk or folder of a machine, and where it is read from. */
const scopePart = z.object({ disk: text, path: z.string() });

/** A restore point of one disk, as the part of a backup file lists it. */
export const pointRow = z.object({
  id: text,
  machine: text,
  disk: text,
  kind: z.enum(["full", "incremental"]),
  createdAt: time,
  sizeBytes: count,
  storedBytes: count,
  /** The point it was compared with. */
  parent: text.optional(),
  /** Key of the manifest. */
  manifest: text,
});
export type PointRow = z.infer<typeof pointRow>;

/** A part of a backup file; written once, the parts of a file are numbered from 1 without gaps. */
export const filePart = z.object({
  file: text,
  session: text,
  layout: z.enum(["per-machine", "single-file"]),
  kind: z.enum(["full", "incremental"]),
  /** Of the session: the order of a chain. */
  startedAt: time,
  createdAt: time,
  points: z.array(pointRow).min(1),
});
export type FilePart = z.infer<typeof filePart>;

export const manifestRecord = z.object({
  format: z.literal(1),
  point: text,
  session: text,
  machine: text,
  disk: text,
  kind: z.enum(["full", "incremental"]),
  source: z.object({ kind: z.enum(["disk", "folder"]), path: z.string() }),
  createdAt: time,
  parent: text.optional(),
  shape: shapeRecord,
  /** Disks: its size. Folders: the sum of its files. */
  sizeBytes: count,
  storedBytes: count,
  /** All disks and folders of the machine in the job. */
  scope: z.array(scopePart),
  /** Disks: a page per `PAGE_BLOCKS` blocks, null where all is zeros. Folders: tree pages in order. Ids below `index/MACHINE/DISK/`. */
  pages: z.array(hex.nullable()),
  /** All segments that the pages name, so that what is in use can be told without reading the pages. */
  segments: z.array(text),
  entries: count.optional(),
  consistency: z.enum(["crash-consistent", "application-consistent"]),
  remarks: z.array(text),
});
export type Manifest = z.infer<typeof manifestRecord>;

/** What a transfer under way has to know when it is resumed; changed by compare-and-swap. */
export const draftRecord = z.object({
  format: z.literal(1),
  draft: hex.length(32),
  machine: text,
  disk: text,
  createdAt: time,
  shape: shapeRecord,
  scope: z.array(scopePart),
  /** The newest point of the disk. */
  parent: text.optional(),
  attempts: z.int().min(1),
  /** When the attempt began, or sent something, to the hour. */
  touchedAt: time,
});
export type Draft = z.infer<typeof draftRecord>;

/** `points/…`: that this point was published, and where; so that a lost record is noticed. */
export const pointWitness = z.object({
  file: text,
  part: z.int().min(1),
  point: text,
  machine: text,
  disk: text,
  parent: text.optional(),
  /** What a list of points shows of it, should its record be lost. */
  kind: z.enum(["full", "incremental"]).optional(),
  createdAt: time.optional(),
  sizeBytes: count.optional(),
  storedBytes: count.optional(),
});
export type PointWitness = z.infer<typeof pointWitness>;

export const removalRecord = z.object({ point: text, machine: text, disk: text, removedAt: time, reason: text });
export type Removal = z.infer<typeof removalRecord>;

/** `damage/…`: what a reader found bad in a segment; several about one segment add up. */
export const damageRecord = z.object({
  format: z.literal(1),
  /** Key of the segment. */
  segment: text,
  foundAt: time,
  /** Offsets of units in it that could not be read, decrypted or did not have their hashes. */
  units: z.array(count),
  /** From here on nothing of it is there; 0: the segment is missing. */
  endBytes: count.optional(),
});
export type DamageRecord = z.infer<typeof damageRecord>;

export const sessionRecord = z.looseObject({ session: text, job: text, at: time, what: text });
export type SessionStep = z.infer<typeof sessionRecord>;
