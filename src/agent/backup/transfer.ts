/**
 * The way of units into the store, for one attempt at one disk or folder: hash, compare, compress, encrypt (away from this thread), send, and seal what was
 * sent. In: buffers with what is known of them. Out: where each block is. Memory is bounded by the buffers lent out, whatever the size of the disk.
 *
 * Units go to the open segment as they are done. `seal` waits for all of them, seals the segment and only then knows their places; units that the store has
 * lost meanwhile are made again from the source. Killed before, the next attempt finds the units by their ids.
 */
import { BufferPool } from "../pipeline/buffers.ts";
import { Turns } from "../pipeline/turns.ts";
import type { SealResult } from "../pipeline/unit-work.ts";
import { WORKERS, type WorkerPool } from "../pipeline/worker-pool.ts";
import { maxUnitBytes } from "../format/unit.ts";
import { packUnitId } from "../format/ids.ts";
import { MAX_UNITS_PER_SEGMENT, UnitsMissingError, type BlockStore } from "../../store/blocks/block-store.ts";
import type { TransferCounts } from "./counts.ts";

/** The most plain bytes in one unit. */
export const UNIT_BYTES = 4 * 1024 * 1024;
/** More blocks than this do not share a unit. */
export const MAX_UNIT_BLOCKS = 1_024;

const READ_AHEAD = 2;
/** On their way to the store: what a cut costs at most. What the workers have finished meanwhile waits, however many they are. */
const UNITS_IN_FLIGHT = 8;
const JOBS = WORKERS * 2;
/** How often units that the store forgot are made again before that counts as a fault. */
const SEAL_TRIES = 5;

export interface UnitPlace {
  readonly segment: string;
  readonly offset: number;
  readonly lengthBytes: number;
}

export interface UnitInput {
  readonly unitNumber: number;
  readonly lengths: readonly number[];
  readonly places: readonly number[];
  readonly expected?: Uint8Array | undefined;
  readonly candidates: Uint8Array;
}

/** What became of one unit's worth of blocks. */
export interface UnitOutcome {
  readonly hashes: Uint8Array;
  readonly changed: readonly number[];
  readonly packed: readonly number[];
  /** Of a unit that is in the store already. */
  readonly known?: Uint8Array;
  /** Known once the segment is sealed. */
  readonly sent?: SentUnit;
}

export interface SentUnit {
  readonly id: string;
  readonly sizeBytes: number;
  place?: UnitPlace;
}

/** Fills the buffer again, for a unit that was lost. */
export type ReadAgain = (plain: Uint8Array) => Promise<void>;

interface Pending {
  readonly input: UnitInput;
  readonly readAgain: ReadAgain;
  outcome: UnitOutcome;
  readonly changedTo: (outcome: UnitOutcome) => void;
}

export interface TransferOptions {
  readonly store: BlockStore;
  readonly workers: WorkerPool;
  readonly attempt: number;
  readonly segmentName: (number: number) => string;
  readonly counts: TransferCounts;
  /** After each unit that the store has taken. */
  readonly onSent?: () => Promise<void>;
  readonly signal: AbortSignal;
}

export class Transfer {
  readonly plain = new BufferPool(READ_AHEAD + JOBS, UNIT_BYTES);
  readonly #output = new BufferPool(UNITS_IN_FLIGHT + JOBS, maxUnitBytes(UNIT_BYTES, MAX_UNIT_BLOCKS));
  readonly #line = new Turns(UNITS_IN_FLIGHT);
  readonly #options: TransferOptions;
  readonly #underWay = new Set<Promise<void>>();
  #sent: Pending[] = [];
  #segment = 1;
  #sequence = 0;
  #failure: unknown;

  constructor(options: TransferOptions) {
    this.#options = options;
  }

  /** Rejects once anything has gone wrong or the caller was told to stop. */
  check(): void {
    this.#options.signal.throwIfAborted();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** True when the open segment might not take another unit. */
  get isFull(): boolean {
    return this.#sent.length + this.#underWay.size >= MAX_UNITS_PER_SEGMENT;
  }

  /**
   * Starts work on a filled buffer, which is given back to `plain`; `onOutcome` is called when its blocks are where they belong, and again should its unit be
   * made anew.
   */
  submit(plain: ArrayBuffer, input: UnitInput, onOutcome: (outcome: UnitOutcome) => void, readAgain: ReadAgain): void {
    const run = this.#carry(plain, input).then(
      (outcome) => {
        onOutcome(outcome);
        if (outcome.sent !== undefined) this.#sent.push({ input, readAgain, outcome, changedTo: onOutcome });
        return undefined;
      },
      (error: unknown) => {
        this.#failure ??= error;
        this.plain.fail(error);
        this.#output.fail(error);
      },
    );
    this.#underWay.add(run);
    void run.finally(() => this.#underWay.delete(run));
  }

  /** Waits for everything under way. */
  async drain(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    this.check();
  }

  /** Waits for all units, and makes a segment of them. Afterwards each has a place. */
  async seal(): Promise<void> {
    await this.drain();
    if (this.#sent.length === 0) return;
    const name = this.#options.segmentName(this.#segment);
    for (let tries = 1; ; tries++) {
      this.check();
      try {
        await this.#options.store.seal(
          name,
          this.#sent.flatMap(({ outcome }) => outcome.sent?.id ?? []),
          { signal: this.#options.signal },
        );
        break;
      } catch (error) {
        if (!(error instanceof UnitsMissingError) || tries === SEAL_TRIES) throw error;
        await this.#makeAgain(new Set(error.missing));
      }
    }
    let offset = 0;
    for (const { outcome } of this.#sent) {
      if (outcome.sent === undefined) continue;
      outcome.sent.place = { segment: name, offset, lengthBytes: outcome.sent.sizeBytes };
      offset += outcome.sent.sizeBytes;
    }
    this.#sent = [];
    this.#segment++;
  }

  async #carry(plain: ArrayBuffer, input: UnitInput): Promise<UnitOutcome> {
    const { workers, attempt, counts } = this.#options;
    const output = await this.#output.take();
    const result = await workers.seal({ plain, ...input, sequence: this.#sequence++, output });
    this.plain.give(result.plain);
    const outcome = { hashes: result.hashes, changed: result.changed, packed: result.packed };
    if (result.outcome === "nothing" || result.unitHash === undefined) {
      this.#output.give(result.output);
      return outcome;
    }
    if (result.outcome === "known") {
      this.#output.give(result.output);
      counts.resumed(result.packed.length);
      return { ...outcome, known: result.unitHash };
    }
    const id = packUnitId({ attempt, unitNumber: input.unitNumber, hash: result.unitHash });
    await this.#send(id, result);
    return { ...outcome, sent: { id, sizeBytes: result.lengthBytes } };
  }

  async #send(id: string, { output, lengthBytes, packed }: SealResult): Promise<void> {
    const { store, segmentName, counts, onSent, signal } = this.#options;
    await this.#line.take();
    try {
      this.check();
      await store.putUnit(segmentName(this.#segment), id, new Uint8Array(output, 0, lengthBytes), { signal });
    } finally {
      this.#line.give();
      this.#output.give(output);
    }
    counts.sent(packed.length, lengthBytes);
    await onSent?.();
  }

  /** The source may have changed meanwhile: then it is another unit, and its blocks are others. */
  async #makeAgain(missing: ReadonlySet<string>): Promise<void> {
    for (const each of this.#sent) {
      if (each.outcome.sent === undefined || !missing.has(each.outcome.sent.id)) continue;
      const plain = await this.plain.take();
      await each.readAgain(new Uint8Array(plain));
      this.#options.counts.lost(each.outcome.packed.length);
      each.outcome = await this.#carry(plain, { ...each.input, candidates: new Uint8Array() });
      each.changedTo(each.outcome);
    }
  }
}
