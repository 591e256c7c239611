/**
 * Cuts files into blocks and packs the blocks of several files into units. In: files in the folder's order. Out: for each file its blocks, with places once their
 * segment is sealed. A unit ends where it is full, before a file that fills one by itself, and after files that their path picks: so that after a change the
 * units that follow are cut as before, and an attempt that was cut off is found again.
 */
import { HASH_BYTES } from "../format/ids.ts";
import { NO_HASH, hashAt } from "../format/index-page.ts";
import { isZeroBlock, zeroBlock, type TreeBlock } from "../format/tree-page.ts";
import { FileUnreadError } from "../source/source.ts";
import type { BadUnits } from "../repository/bad-units.ts";
import type { FolderEntry, FolderSource, OpenFile } from "../source/source.ts";
import type { TaskCounts } from "./counts.ts";
import type { FolderResumeIndex } from "./resume-index.ts";
import { endsUnit } from "./unit-boundary.ts";
import { MAX_UNIT_BLOCKS, UNIT_BYTES, type Transfer, type UnitOutcome } from "./transfer.ts";

const NO_CANDIDATES = new Uint8Array();

interface Slot {
  readonly entry: FolderEntry;
  readonly offset: number;
  readonly lengthBytes: number;
  /** The block that stood there before. */
  readonly before: TreeBlock | undefined;
  /** … or stood there, in a unit that cannot be used. */
  readonly damaged: TreeBlock | undefined;
  /** Its number among the blocks of its unit. */
  number: number;
  outcome?: UnitOutcome;
}

/** A file of which the tree does not know everything yet. */
export class PendingFile {
  readonly entry: FolderEntry;
  readonly before: readonly TreeBlock[];
  slots: (Slot | TreeBlock)[] = [];
  isWhole: boolean;
  /** Blocks of it stand in the tree already. */
  continues = false;

  constructor(entry: FolderEntry, before: readonly TreeBlock[], isWhole: boolean) {
    this.entry = entry;
    this.before = before;
    this.isWhole = isWhole;
  }
}

export interface FilePackerOptions {
  readonly transfer: Transfer;
  readonly source: FolderSource;
  readonly resume: FolderResumeIndex;
  /** Units of the point before that cannot be used: their blocks count as not in the store. */
  readonly bad: BadUnits;
  readonly blockSize: number;
  readonly counts: TaskCounts;
  readonly onProgress: (bytes: number) => void;
}

export interface FileRead {
  /** False: it is to be left out, with what was read of it. */
  readonly there: boolean;
  readonly bytes: number;
  /** What was odd about it. */
  readonly why?: string;
  /** It is there, and could not be read. */
  readonly unread: boolean;
}

export class FilePacker {
  readonly #options: FilePackerOptions;
  #unit: { readonly buffer: ArrayBuffer; readonly slots: Slot[]; bytes: number } | undefined;
  /** Entries and blocks that wait for their places. */
  weight = 0;

  constructor(options: FilePackerOptions) {
    this.#options = options;
  }

  withoutContent(entry: FolderEntry): PendingFile {
    this.weight++;
    return new PendingFile(entry, [], true);
  }

  /** Content that the store has lost is read, whatever size and times say. */
  isDamaged({ place }: TreeBlock): boolean {
    return place !== undefined && this.#options.bad.holds(place);
  }

  unchanged(entry: FolderEntry, blocks: readonly TreeBlock[]): PendingFile {
    const { counts } = this.#options;
    for (const block of blocks) {
      if (isZeroBlock(block)) counts.blocksZero++;
      else counts.blocksReused++;
    }
    const file = new PendingFile(entry, [], true);
    file.slots = [...blocks];
    this.weight += 1 + blocks.length;
    return file;
  }

  /** Reads the file to its end. `makeRoom` is called when what waits has to go to the store first. */
  async read(file: PendingFile, makeRoom: () => Promise<void>, mostWeight: number): Promise<FileRead> {
    this.weight++;
    try {
      return await this.#read(file, makeRoom, mostWeight);
    } catch (error) {
      if (!(error instanceof FileUnreadError)) throw error;
      return { there: false, bytes: 0, why: `it cannot be read and is left out: ${error.why}.`, unread: true };
    }
  }

  async #read(file: PendingFile, makeRoom: () => Promise<void>, mostWeight: number): Promise<FileRead> {
    const { source, transfer, blockSize, counts, onProgress } = this.#options;
    const { entry } = file;
    if (entry.sizeBytes >= UNIT_BYTES) await this.finishUnit();
    const opened = await source.openFile(entry);
    if (opened === undefined)
      return { there: false, bytes: 0, why: "it vanished or was replaced before it was read, and is left out.", unread: false };
    let offset = 0;
    try {
      while (offset < entry.sizeBytes) {
        transfer.check();
        if (this.weight >= mostWeight || transfer.isFull) await makeRoom();
        const got = await this.#readBlock(file, opened, offset, Math.min(blockSize, entry.sizeBytes - offset));
        counts.bytesRead += got;
        onProgress(got);
        offset += got;
        if (got === 0) break;
      }
      const changed = offset < entry.sizeBytes || (await opened.changed());
      file.isWhole = true;
      if (endsUnit(entry.path)) await this.finishUnit();
      return { there: true, bytes: offset, unread: false, ...(changed && { why: "it changed while it was read." }) };
    } finally {
      await opened.close();
    }
  }

  /** Sends what is packed so far. */
  async finishUnit(): Promise<void> {
    const unit = this.#unit;
    if (unit === undefined) return;
    this.#unit = undefined;
    if (unit.slots.length === 0) return this.#options.transfer.plain.give(unit.buffer);
    const { slots } = unit;
    const expected = new Uint8Array(slots.length * HASH_BYTES);
    for (const [index, { before, lengthBytes }] of slots.entries())
      expected.set(before?.lengthBytes === lengthBytes ? before.hash : NO_HASH, index * HASH_BYTES);
    const input = {
      unitNumber: 0,
      lengths: slots.map(({ lengthBytes }) => lengthBytes),
      places: slots.map((_, index) => index),
      expected,
      candidates: NO_CANDIDATES,
    };
    let counted = false;
    this.#options.transfer.submit(
      unit.buffer,
      input,
      (outcome) => {
        for (const slot of slots) slot.outcome = outcome;
        if (!counted) this.#count(slots, outcome);
        counted = true;
      },
      (again) => this.#readAgain(slots, again),
    );
  }

  /** The block's place, once its segment is sealed. */
  settled(slot: Slot | TreeBlock): TreeBlock {
    if (!("outcome" in slot) || slot.outcome === undefined) {
      if ("hash" in slot) return slot;
      throw new Error("A block has no place although its segment is sealed.");
    }
    const { outcome, number, lengthBytes, before } = slot;
    const hash = hashAt(outcome.hashes, number);
    const inner = outcome.packed.indexOf(number);
    if (inner >= 0) {
      const unit = outcome.known === undefined ? outcome.sent?.place : this.#options.resume.place(outcome.known);
      if (unit === undefined) throw new Error("A unit has no place although its segment is sealed.");
      return { hash, lengthBytes, place: { ...unit, inner } };
    }
    return outcome.changed.includes(number) || before === undefined ? zeroBlock(lengthBytes) : before;
  }

  async #readBlock(file: PendingFile, opened: OpenFile, offset: number, lengthBytes: number): Promise<number> {
    const { transfer, blockSize } = this.#options;
    if (this.#unit !== undefined && (this.#unit.bytes + lengthBytes > UNIT_BYTES || this.#unit.slots.length >= MAX_UNIT_BLOCKS))
      await this.finishUnit();
    this.#unit ??= { buffer: await transfer.plain.take(), slots: [], bytes: 0 };
    const unit = this.#unit;
    const got = await opened.read(new Uint8Array(unit.buffer, unit.bytes, lengthBytes), offset);
    if (got === 0) return 0;
    const known = file.before[offset / blockSize];
    const isBad = known !== undefined && this.isDamaged(known);
    const slot: Slot = {
      entry: file.entry,
      offset,
      lengthBytes: got,
      before: isBad ? undefined : known,
      damaged: isBad ? known : undefined,
      number: unit.slots.length,
    };
    unit.slots.push(slot);
    unit.bytes += got;
    file.slots.push(slot);
    this.weight++;
    return got;
  }

  #count(slots: readonly Slot[], outcome: UnitOutcome): void {
    const { counts } = this.#options;
    const packed = new Set(outcome.packed);
    const changed = new Set(outcome.changed);
    for (const { number, before, damaged } of slots) {
      if (damaged !== undefined && packed.has(number) && Buffer.compare(hashAt(outcome.hashes, number), damaged.hash) === 0)
        counts.blocksHealed++;
      if (packed.has(number)) continue;
      if (changed.has(number) || before === undefined || isZeroBlock(before)) counts.blocksZero++;
      else counts.blocksReused++;
    }
  }

  async #readAgain(slots: readonly Slot[], plain: Uint8Array): Promise<void> {
    let at = 0;
    let opened: OpenFile | undefined;
    let of: FolderEntry | undefined;
    try {
      for (const { entry, offset, lengthBytes } of slots) {
        if (of !== entry) {
          await opened?.close();
          opened = await this.#options.source.openFile(entry);
          of = entry;
        }
        const got = (await opened?.read(plain.subarray(at, at + lengthBytes), offset)) ?? 0;
        if (got < lengthBytes)
          throw new Error(
            `${Buffer.from(entry.path).toString("utf8")} is gone or shorter, and what was sent of it was lost; the next attempt reads it anew.`,
          );
        at += lengthBytes;
      }
    } finally {
      await opened?.close();
    }
  }
}
