/**
 * What earlier attempts of a transfer have in the store. In: the segments of its draft; those that were cut off before they were sealed are sealed now, with
 * what arrived. Out: for a unit's number the hashes that are there, and their places. Only the segments around the place of reading are held.
 */
import { HASH_BYTES, unpackUnitId } from "../format/ids.ts";
import type { BadUnits } from "../repository/bad-units.ts";
import { findHash } from "../pipeline/unit-work.ts";
import { SegmentSealedError, UnitsMissingError, type BlockStore, type StoredUnit } from "../../store/blocks/block-store.ts";
import type { UnitPlace } from "./transfer.ts";

interface KnownSegment {
  readonly name: string;
  readonly min: number;
  readonly max: number;
}

interface KnownUnit {
  readonly unitNumber: number;
  readonly hash: Uint8Array;
  readonly place: UnitPlace;
}

const SEAL_TRIES = 5;

/** All segments of a draft, sealed, one at a time. Units in them that are not of this format are left out of account. */
async function* sealedSegments(
  store: BlockStore,
  prefix: string,
): AsyncGenerator<{ readonly name: string; readonly units: readonly StoredUnit[] }> {
  for await (const { name } of store.listSegments(prefix)) {
    const units = await sealWhatArrived(store, name);
    if (units.length > 0) yield { name, units };
  }
}

async function sealWhatArrived(store: BlockStore, name: string): Promise<readonly StoredUnit[]> {
  for (let tries = 1; ; tries++) {
    const state = await store.listUnits(name);
    if (state === undefined) return [];
    if (state.sealed) return state.units;
    const ours = state.units
      .map((unit) => ({ unit, number: unpackUnitId(unit.id)?.unitNumber }))
      .filter(({ number }) => number !== undefined)
      .toSorted((a, b) => (a.number ?? 0) - (b.number ?? 0))
      .map(({ unit }) => unit);
    if (ours.length === 0) return [];
    try {
      await store.seal(
        name,
        ours.map(({ id }) => id),
      );
      return ours;
    } catch (error) {
      // Sealed meanwhile by the writer that was held up: what it sealed is looked at.
      const isOther = error instanceof UnitsMissingError || error instanceof SegmentSealedError;
      if (!isOther || tries === SEAL_TRIES) throw error;
    }
  }
}

/** Those that can be used. */
function* unitsOf(segment: string, units: readonly StoredUnit[], bad: BadUnits): Generator<KnownUnit> {
  let offset = 0;
  for (const { id, sizeBytes } of units) {
    const unpacked = unpackUnitId(id);
    const place = { segment, offset, lengthBytes: sizeBytes };
    if (unpacked !== undefined && !bad.holds(place)) yield { ...unpacked, place };
    offset += sizeBytes;
  }
}

/** For disks. */
export class DiskResumeIndex {
  readonly #store: BlockStore;
  readonly #segments: readonly KnownSegment[];
  readonly #bad: BadUnits;
  readonly #held = new Map<string, Map<number, KnownUnit[]>>();

  private constructor(store: BlockStore, segments: readonly KnownSegment[], bad: BadUnits) {
    this.#store = store;
    this.#segments = segments;
    this.#bad = bad;
  }

  static async open(store: BlockStore, prefix: string, bad: BadUnits): Promise<DiskResumeIndex> {
    const segments: KnownSegment[] = [];
    for await (const { name, units } of sealedSegments(store, prefix)) {
      const numbers = units.map(({ id }) => unpackUnitId(id)?.unitNumber ?? 0);
      segments.push({ name, min: Math.min(...numbers), max: Math.max(...numbers) });
    }
    return new DiskResumeIndex(store, segments, bad);
  }

  get isEmpty(): boolean {
    return this.#segments.length === 0;
  }

  /** Hashes of the units of this number, 32 bytes each. Numbers are asked for in ascending order. */
  async candidates(unitNumber: number): Promise<Uint8Array> {
    const found: Uint8Array[] = [];
    for (const { name, min, max } of this.#segments) {
      if (unitNumber < min || unitNumber > max) continue;
      for (const { hash } of (await this.#hold(name)).get(unitNumber) ?? []) found.push(hash);
    }
    return found.length === 0 ? NOTHING : Buffer.concat(found);
  }

  /** The place of a unit that `candidates` named. */
  async place(unitNumber: number, hash: Uint8Array): Promise<UnitPlace> {
    for (const { name, min, max } of this.#segments) {
      if (unitNumber < min || unitNumber > max) continue;
      const unit = (await this.#hold(name)).get(unitNumber)?.find((each) => Buffer.compare(each.hash, hash) === 0);
      if (unit !== undefined) return unit.place;
    }
    throw new Error(`The unit ${unitNumber} is not among those of earlier attempts.`);
  }

  async #hold(name: string): Promise<ReadonlyMap<number, KnownUnit[]>> {
    const held = this.#held.get(name);
    if (held !== undefined) {
      // Used last, dropped last.
      this.#held.delete(name);
      this.#held.set(name, held);
      return held;
    }
    const byNumber = new Map<number, KnownUnit[]>();
    const state = await this.#store.listUnits(name);
    for (const unit of unitsOf(name, state?.units ?? [], this.#bad)) {
      const same = byNumber.get(unit.unitNumber);
      if (same === undefined) byNumber.set(unit.unitNumber, [unit]);
      else same.push(unit);
    }
    this.#held.set(name, byNumber);
    for (const oldest of this.#held.keys()) if (this.#held.size > MOST_HELD) this.#held.delete(oldest);
    return byNumber;
  }
}

const MOST_HELD = 16;
const NOTHING = new Uint8Array();

/** For folders, whose units have no numbers of their own: one table of hashes, shared with the workers. */
export class FolderResumeIndex {
  readonly hashes: SharedArrayBuffer;
  readonly #places: readonly UnitPlace[];

  private constructor(units: readonly KnownUnit[]) {
    const ordered = units.toSorted((a, b) => Buffer.compare(a.hash, b.hash));
    this.hashes = new SharedArrayBuffer(ordered.length * HASH_BYTES);
    const table = new Uint8Array(this.hashes);
    for (const [index, { hash }] of ordered.entries()) table.set(hash, index * HASH_BYTES);
    this.#places = ordered.map(({ place }) => place);
  }

  static async open(store: BlockStore, prefix: string, bad: BadUnits): Promise<FolderResumeIndex> {
    const known: KnownUnit[] = [];
    for await (const { name, units } of sealedSegments(store, prefix)) known.push(...unitsOf(name, units, bad));
    return new FolderResumeIndex(known);
  }

  place(hash: Uint8Array): UnitPlace {
    const place = this.#places[findHash(new Uint8Array(this.hashes), hash) ?? -1];
    if (place === undefined) throw new Error("A unit is not among those of earlier attempts.");
    return place;
  }
}
