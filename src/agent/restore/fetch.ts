/**
 * Fetches blocks: in large ranges, several at a time, decrypted, decompressed and checked against the index in worker threads. In: blocks that are wanted, with
 * their places. Out: their bytes, in whatever order they arrive. Memory is bounded by the ranges under way.
 */
import { DamageError } from "../format/damage.ts";
import type { BlockPlace } from "../format/index-page.ts";
import type { WorkerPool } from "../pipeline/worker-pool.ts";
import { MAX_UNIT_BYTES, type BlockStore } from "../../store/blocks/block-store.ts";

/** Bigger ranges only cost memory. */
const RANGE_BYTES = 16 * 1024 * 1024;
const RANGES_UNDER_WAY = 3;
/** Bytes in between that are read and thrown away rather than asked for separately. */
const GAP_BYTES = 128 * 1024;

export interface WantedBlock {
  readonly hash: Uint8Array;
  readonly lengthBytes: number;
  readonly place: BlockPlace;
  /** In the disk or file that is restored. */
  readonly offset: number;
  /** Called once, with checked bytes. */
  readonly arrived: (bytes: Uint8Array) => Promise<void>;
}

interface WantedUnit {
  readonly offset: number;
  readonly lengthBytes: number;
  readonly blocks: WantedBlock[];
}

interface WantedRange {
  readonly segment: string;
  readonly offset: number;
  readonly lengthBytes: number;
  readonly units: readonly WantedUnit[];
}

export interface DamagedUnit {
  readonly segment: string;
  readonly offset: number;
  readonly why: string;
  /** There is no such segment at all. */
  readonly isGone?: boolean;
}

export class Fetcher {
  readonly #store: BlockStore;
  readonly #workers: WorkerPool;
  readonly #signal: AbortSignal;
  readonly #onDamage: ((unit: DamagedUnit) => void) | undefined;
  readonly #underWay = new Set<Promise<void>>();
  #failure: unknown;
  blocksVerified = 0;

  /** Without `onDamage` the first damaged unit ends everything; with it the others go on. */
  constructor(store: BlockStore, workers: WorkerPool, signal: AbortSignal, onDamage?: (unit: DamagedUnit) => void) {
    this.#store = store;
    this.#workers = workers;
    this.#signal = signal;
    this.#onDamage = onDamage;
  }

  check(): void {
    this.#signal.throwIfAborted();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Returns when all ranges of these blocks are asked for; waits while too many are under way. */
  async want(blocks: readonly WantedBlock[], allArrived?: () => Promise<void>): Promise<void> {
    const ranges = rangesOf(blocks);
    let left = ranges.length;
    if (left === 0) await allArrived?.();
    for (const range of ranges) {
      this.check();
      while (this.#underWay.size >= RANGES_UNDER_WAY) await Promise.race(this.#underWay);
      const run = this.#fetch(range)
        .then(() => (--left === 0 ? allArrived?.() : undefined))
        .catch((error: unknown) => {
          this.#failure ??= error;
        });
      this.#underWay.add(run);
      void run.finally(() => this.#underWay.delete(run));
    }
  }

  async drain(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    this.check();
  }

  async #fetch(range: WantedRange): Promise<void> {
    const { segment, offset, units } = range;
    const bytes = await this.#read(range);
    if (bytes === undefined) return;
    const { units: opened } = await this.#workers.open({
      bytes,
      units: units.map((unit) => ({
        at: unit.offset - offset,
        lengthBytes: unit.lengthBytes,
        blocks: unit.blocks.map(({ place, hash, lengthBytes }) => ({ inner: place.inner, hash, lengthBytes })),
      })),
    });
    for (const [index, { blocks, offset }] of units.entries()) {
      const found = opened[index];
      if (found === undefined || typeof found === "string") {
        this.#damaged({ segment, offset, why: found ?? "nothing came back" });
        continue;
      }
      for (const [each, block] of blocks.entries()) {
        await block.arrived(found[each] ?? new Uint8Array());
        this.blocksVerified++;
      }
    }
  }

  /** Undefined when the range, or some of it, is not there: what is there is fetched unit by unit then. */
  async #read(range: WantedRange): Promise<ArrayBuffer | undefined> {
    const { segment, offset, lengthBytes, units } = range;
    try {
      return ownBuffer(await this.#store.readRange(segment, offset, lengthBytes, { signal: this.#signal }));
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== "STORE_NOT_FOUND" && code !== "STORE_DAMAGED_RECORD") throw error;
      if (this.#onDamage === undefined || units.length === 1)
        this.#damaged(
          code === "STORE_NOT_FOUND" ? { segment, offset, why: "the segment is missing", isGone: true } : { segment, offset, why: message },
        );
      else for (const unit of units) await this.#fetch({ segment, offset: unit.offset, lengthBytes: unit.lengthBytes, units: [unit] });
      return undefined;
    }
  }

  #damaged(unit: DamagedUnit): void {
    if (this.#onDamage !== undefined) return this.#onDamage(unit);
    throw new DamageError(unit.segment, `the unit at ${unit.offset} cannot be used: ${unit.why.replace(/\.$/, "")}`);
  }
}

/** Neighbouring units become one range. */
function rangesOf(blocks: readonly WantedBlock[]): readonly WantedRange[] {
  const segments = new Map<string, Map<number, WantedUnit>>();
  for (const block of blocks) {
    const { segment, offset, lengthBytes } = block.place;
    // What an index says of lengths is not trusted with memory.
    if (lengthBytes > MAX_UNIT_BYTES) throw new DamageError(segment, `an index says that its unit at ${offset} has ${lengthBytes} bytes`);
    const units = segments.get(segment) ?? new Map<number, WantedUnit>();
    segments.set(segment, units);
    const unit = units.get(offset);
    if (unit === undefined) units.set(offset, { offset, lengthBytes, blocks: [block] });
    else unit.blocks.push(block);
  }
  const ranges: WantedRange[] = [];
  for (const [segment, units] of segments) {
    let open: WantedUnit[] = [];
    const close = (): void => {
      const [first] = open;
      const last = open.at(-1);
      if (first !== undefined && last !== undefined)
        ranges.push({ segment, offset: first.offset, lengthBytes: last.offset + last.lengthBytes - first.offset, units: open });
      open = [];
    };
    for (const unit of [...units.values()].sort((a, b) => a.offset - b.offset)) {
      const [first] = open;
      const last = open.at(-1);
      if (
        first !== undefined &&
        last !== undefined &&
        (unit.offset - last.offset - last.lengthBytes > GAP_BYTES || unit.offset + unit.lengthBytes - first.offset > RANGE_BYTES)
      )
        close();
      open.push(unit);
    }
    close();
  }
  return ranges;
}

/** Worker threads are handed buffers whole. */
function ownBuffer(bytes: Uint8Array): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = bytes;
  if (buffer instanceof ArrayBuffer && byteOffset === 0 && byteLength === buffer.byteLength) return buffer;
  return Uint8Array.from(bytes).buffer;
}
