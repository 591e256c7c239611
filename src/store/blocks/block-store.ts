/**
 * The port of the block engine: the records of `Store`, and *segments* beside them. In: units (opaque bytes of up to some MiB, each with an id) that are put
 * into a segment in any order, until the segment is sealed once with the list of the units that form it, in that order. Out: ranges of the sealed segment,
 * which reads as the concatenation of those units.
 *
 * On Azure Blob Storage a segment is one block blob: a unit is a staged block, sealing is Put Block List. In a directory units stay files, and sealing
 * writes a small list. So a unit that was put cannot be read back before its segment is sealed, only listed: its id has to say what is in it.
 *
 * Not promised: that a unit which was acknowledged is still there (an emulator that is killed forgets some, the service drops staged blocks a week after
 * the last one was put): `listUnits` and `seal` decide. One writer per segment: names have a part that nobody else uses.
 */
import type { CallOptions, RepeatableStore } from "../store.ts";

export type { CallOptions } from "../store.ts";

/** A segment's name is a key below this folder; records never are. */
export const SEGMENT_FOLDER = "data/";

/** Fewest limits of all stores: a block blob takes 50,000 blocks, and the offsets in a manifest have 32 bits. */
export const MAX_UNITS_PER_SEGMENT = 1_000;
export const MAX_UNIT_BYTES = 4_250_000;

export interface StoredUnit {
  /** Lower-case hexadecimal, of one length within a segment, at most 96 characters (48 bytes; base64 of them is a block id). */
  readonly id: string;
  readonly sizeBytes: number;
}

export interface SegmentState {
  readonly sealed: boolean;
  /** Sealed: in the order of the segment. Not sealed: each id once, in no order. */
  readonly units: readonly StoredUnit[];
}

export interface SegmentName {
  readonly name: string;
  readonly sealed: boolean;
}

export interface BlockStore extends RepeatableStore {
  /** A call that has no answer may be dropped and made again: nothing of it holds on to this machine. Not so a write to a file system. */
  readonly overNetwork?: boolean;
  /** Puts a unit; the same id again replaces it. Durable when it returns, but not readable before the segment is sealed. The bytes must not change meanwhile. */
  putUnit(segment: string, id: string, bytes: Uint8Array, options?: CallOptions): Promise<void>;
  /** Undefined when there is neither a unit nor a sealed segment of that name. */
  listUnits(segment: string, options?: CallOptions): Promise<SegmentState | undefined>;
  /**
   * Makes the segment of these units, in this order; every other unit of it is dropped. Atomic: a reader sees no segment or the whole one. Repeated with the
   * same list it changes nothing (a lost answer may be asked for again).
   * @throws UnitsMissingError when some are not there: nothing is sealed then
   * @throws SegmentSealedError when it is sealed with another list
   */
  seal(segment: string, ids: readonly string[], options?: CallOptions): Promise<void>;
  /** Exactly these bytes of a sealed segment. @throws StoreError STORE_NOT_FOUND without such a segment, STORE_DAMAGED_RECORD when it is shorter */
  readRange(segment: string, offset: number, lengthBytes: number, options?: CallOptions): Promise<Uint8Array>;
  /** Sealed and unsealed segments whose names start with `prefix` (which starts with `SEGMENT_FOLDER`), in order of their names. */
  listSegments(prefix: string, options?: CallOptions): AsyncIterable<SegmentName>;
  /** Sealed or not; one that is not there is no error. "later" when an immutability policy or a legal hold keeps it. */
  deleteSegment(segment: string, options?: CallOptions): Promise<"deleted" | "later">;
  /** Like `delete`, but "later" where an immutability policy keeps the record. */
  deleteRecord(key: string, options?: CallOptions): Promise<"deleted" | "later">;
  /** True when the container or directory is there. The first write makes it. */
  exists(options?: CallOptions): Promise<boolean>;
  /** A cheap question that any working connection answers; rejects as long as there is none. */
  probe(options?: CallOptions): Promise<void>;
}

export class UnitsMissingError extends Error {
  readonly code = "STORE_UNITS_MISSING";
  readonly segment: string;
  readonly missing: readonly string[];
  constructor(segment: string, missing: readonly string[]) {
    super(`${missing.length} units of ${segment} that were sent are not there any more.`);
    this.name = "UnitsMissingError";
    this.segment = segment;
    this.missing = missing;
  }
}

export class SegmentSealedError extends Error {
  readonly code = "STORE_SEGMENT_SEALED";
  constructor(segment: string) {
    super(`The segment ${segment} is sealed with other units already.`);
    this.name = "SegmentSealedError";
  }
}
