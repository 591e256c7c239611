/**
 * The store's records of damage: which units a reader found bad, so that the next backup sends their blocks again. In: what failed when it was read. Out: records
 * that are written once, each by one reader under a name of its own: what is bad is what any of them says. None of them makes data go away: one that is wrong, or
 * outdated because the segment came back, costs that its blocks are sent once more.
 */
import { DamageError } from "../format/damage.ts";
import { newId } from "../format/ids.ts";
import { places } from "../format/places.ts";
import { damageRecord, type DamageRecord } from "../format/records.ts";
import { BadUnits } from "./bad-units.ts";
import { forEachKey } from "./catalog.ts";
import type { Repository, StoreKey } from "./repository.ts";

export interface RecordedDamage {
  readonly bad: BadUnits;
  /** Records that cannot be read, and why. */
  readonly unreadable: readonly { readonly place: string; readonly why: string }[];
}

/** Of one disk of a machine (by their names in keys), or of all: one list, and what it names. */
export async function readDamage(
  repository: Repository,
  of?: { readonly machine: string; readonly disk: string },
): Promise<RecordedDamage> {
  const bad = new BadUnits();
  const unreadable: { place: string; why: string }[] = [];
  await forEachKey(repository.store.list(places.damageOf(of?.machine, of?.disk)), async (place) => {
    const segment = places.damagedSegment(place);
    try {
      const record = await repository.readRecord(place, damageRecord);
      if (record === undefined) return;
      if (record.segment !== segment) throw new DamageError(place, "it speaks of another segment than its name");
      bad.addAll(segment, { units: new Set(record.units), endBytes: record.endBytes ?? Infinity });
    } catch (error) {
      if (!(error instanceof DamageError)) throw error;
      // Somebody found something bad there, and cannot say any more what: nothing of it is relied on.
      bad.cutAt(segment, 0);
      unreadable.push({ place, why: error.message });
    }
  });
  return { bad, unreadable };
}

/** Writes down what `found` has beyond `recorded`, and adds it there. `keyOf`: that the segment's units were made with. */
export async function recordDamage(
  repository: Repository,
  found: BadUnits,
  recorded: BadUnits,
  keyOf: (segment: string) => StoreKey | undefined,
  foundAt: string,
): Promise<void> {
  for (const [segment, damage] of found.beyond(recorded)) {
    const { units, endBytes } = damage;
    const record: DamageRecord = {
      format: 1,
      segment,
      foundAt,
      units: [...units].sort((a, b) => a - b),
      ...(endBytes !== Infinity && { endBytes }),
    };
    await repository.createRecord(places.damage(segment, newId()), record, keyOf(segment));
    recorded.addAll(segment, damage);
  }
}
