/**
 * What of segments cannot be used. In: what failed when it was read, or what the store's records of damage say. Out: whether a block lies in it. Memory grows with
 * the damage, not with the store, and not without end: beyond a limit a segment counts as bad as a whole, so that at worst more is sent again than had to be.
 */
import type { BlockPlace } from "../format/index-page.ts";

export interface SegmentDamage {
  /** Offsets of units. */
  readonly units: ReadonlySet<number>;
  /** From here on nothing can be used: 0 when the segment is gone. */
  readonly endBytes: number;
}

type UnitPlace = Pick<BlockPlace, "segment" | "offset" | "lengthBytes">;

const MOST_UNITS = 200_000;

export class BadUnits {
  readonly #segments = new Map<string, { readonly units: Set<number>; endBytes: number }>();
  readonly #mostUnits: number;
  #units = 0;

  constructor(mostUnits = MOST_UNITS) {
    this.#mostUnits = mostUnits;
  }

  get isEmpty(): boolean {
    return this.#segments.size === 0;
  }

  add(segment: string, offset: number): void {
    const { units, endBytes } = this.#of(segment);
    if (offset >= endBytes || units.has(offset)) return;
    if (this.#units >= this.#mostUnits) return this.cutAt(segment, 0);
    units.add(offset);
    this.#units++;
  }

  cutAt(segment: string, endBytes: number): void {
    const damage = this.#of(segment);
    damage.endBytes = Math.min(damage.endBytes, endBytes);
    for (const offset of damage.units) if (offset >= damage.endBytes && damage.units.delete(offset)) this.#units--;
  }

  namesSegment(segment: string): boolean {
    return this.#segments.has(segment);
  }

  holds({ segment, offset, lengthBytes }: UnitPlace): boolean {
    const damage = this.#segments.get(segment);
    return damage !== undefined && (damage.units.has(offset) || offset + lengthBytes > damage.endBytes);
  }

  /** What is bad here and not in `others`. */
  *beyond(others: BadUnits): Generator<readonly [segment: string, damage: SegmentDamage]> {
    for (const [segment, { units, endBytes }] of this.#segments) {
      const known = others.#segments.get(segment);
      const fresh = new Set([...units].filter((offset) => known === undefined || (offset < known.endBytes && !known.units.has(offset))));
      const cut = endBytes < (known?.endBytes ?? Infinity);
      if (fresh.size > 0 || cut) yield [segment, { units: fresh, endBytes: cut ? endBytes : Infinity }];
    }
  }

  addAll(segment: string, { units, endBytes }: SegmentDamage): void {
    if (endBytes !== Infinity) this.cutAt(segment, endBytes);
    for (const offset of units) this.add(segment, offset);
  }

  #of(segment: string): { readonly units: Set<number>; endBytes: number } {
    const damage = this.#segments.get(segment) ?? { units: new Set<number>(), endBytes: Infinity };
    this.#segments.set(segment, damage);
    return damage;
  }
}
