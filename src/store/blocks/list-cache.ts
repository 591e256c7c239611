import type { StoredUnit } from "./block-store.ts";

/** A thousand units each, some 100 KiB: as many as a restore reads from at a time, and more. */
const MOST_LISTS = 64;

export interface UnitPart {
  readonly id: string;
  /** In the unit. */
  readonly offset: number;
  readonly lengthBytes: number;
  /** In the range that was asked for. */
  readonly at: number;
}

export interface UnitOffsets {
  readonly sizeBytes: number;
  /** The pieces of units that a range within the segment consists of, in order. */
  parts(offset: number, lengthBytes: number): UnitPart[];
}

export interface ListCache {
  of(segment: string, read: () => Promise<readonly StoredUnit[]>): Promise<UnitOffsets>;
  forget(segment: string): void;
}

/** Remembers where the units of sealed segments begin: which never changes. What was not asked for longest goes first. */
export function createListCache(most: number = MOST_LISTS): ListCache {
  const known = new Map<string, UnitOffsets>();
  return {
    async of(segment, read) {
      const found = known.get(segment) ?? offsetsOf(await read());
      known.delete(segment);
      known.set(segment, found);
      for (const oldest of known.keys()) {
        if (known.size <= most) break;
        known.delete(oldest);
      }
      return found;
    },
    forget: (segment) => void known.delete(segment),
  };
}

function offsetsOf(units: readonly StoredUnit[]): UnitOffsets {
  /** Where each unit ends. */
  const ends: number[] = [];
  let sizeBytes = 0;
  for (const unit of units) ends.push((sizeBytes += unit.sizeBytes));
  return {
    sizeBytes,
    parts(offset, lengthBytes) {
      const parts: UnitPart[] = [];
      let at = 0;
      for (let index = firstAfter(ends, offset); index < units.length && at < lengthBytes; index++) {
        const { id, sizeBytes: unitBytes } = units[index] ?? { id: "", sizeBytes: 0 };
        const begin = offset + at - ((ends[index] ?? 0) - unitBytes);
        const length = Math.min(unitBytes - begin, lengthBytes - at);
        parts.push({ id, offset: begin, lengthBytes: length, at });
        at += length;
      }
      return parts;
    },
  };
}

/** Index of the first end beyond `offset`. */
function firstAfter(ends: readonly number[], offset: number): number {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ends[middle] ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
