/**
 * Copies of segments of which a unit is bad. In: what the records of damage of source and target say of a point's disk. Out: which units a point can do without,
 * so that one made whole by a later backup is copied, although it still names the segment. In the target such a unit is zeros, and on record there as bad before
 * it is written: no point that needs it is taken for copied, and no backup to the target relies on it.
 */
import { DamageError } from "../format/damage.ts";
import { BadUnits } from "../repository/bad-units.ts";
import { readDamage, recordDamage } from "../repository/damage-records.ts";
import type { Repository } from "../repository/repository.ts";
import type { OpenPoint } from "../restore/read-point.ts";
import { readPageBlocks } from "../verify/page-blocks.ts";
import type { SpareUnits } from "./copy-segment.ts";

interface DiskDamage {
  readonly from: BadUnits;
  readonly to: BadUnits;
}

export class BadInCopy {
  readonly #from: Repository;
  readonly #to: Repository;
  readonly #now: () => string;
  readonly #disks = new Map<string, DiskDamage>();

  constructor(from: Repository, to: Repository, now: () => string) {
    this.#from = from;
    this.#to = to;
    this.#now = now;
  }

  /** @throws DamageError when the target lacks a unit that the point needs */
  async sparedBy(opened: OpenPoint): Promise<SpareUnits> {
    const { from, to } = await this.#of(opened);
    const needed = new Set<string>();
    const { manifest, pagePlace, key } = opened;
    if (manifest.segments.some((segment) => from.namesSegment(segment) || to.namesSegment(segment)))
      for (const [number, id] of manifest.pages.entries()) {
        if (id === null) continue;
        for (const { place } of await readPageBlocks(this.#from, pagePlace(id), manifest, number)) {
          if (to.holds(place)) throw new DamageError(place.segment, `the target was copied without its unit at ${place.offset}`);
          if (from.holds(place)) needed.add(`${place.segment} ${place.offset}`);
        }
      }
    return {
      has: (unit) => from.holds(unit) && !needed.has(`${unit.segment} ${unit.offset}`),
      leaveOut: async ({ segment, offset }) => {
        const lacking = new BadUnits();
        lacking.add(segment, offset);
        await recordDamage(this.#to, lacking, to, () => key, this.#now());
      },
    };
  }

  async #of({ point }: OpenPoint): Promise<DiskDamage> {
    const disk = { machine: point.machineName, disk: point.diskName };
    const name = `${disk.machine}/${disk.disk}`;
    const known = this.#disks.get(name) ?? { from: (await readDamage(this.#from, disk)).bad, to: (await readDamage(this.#to, disk)).bad };
    this.#disks.set(name, known);
    return known;
  }
}
