/** What was found damaged: each place once, with the points that cannot be restored because of it. */
import { pointKey } from "../../policy/chain/chain.ts";

export interface PointName {
  readonly id: string;
  readonly machine: string;
  readonly disk: string;
}

export interface Damage {
  readonly place: string;
  readonly why: string;
  readonly points: readonly PointName[];
}

export class DamageList {
  readonly #places = new Map<string, { why: string; more: number; readonly points: Map<string, PointName> }>();

  add(place: string, why: string, points: Iterable<PointName> = []): void {
    const entry = this.#places.get(place) ?? { why, more: -1, points: new Map<string, PointName>() };
    this.#places.set(place, entry);
    if (entry.why !== why || entry.more < 0) entry.more++;
    for (const { id, machine, disk } of points) entry.points.set(pointKey({ id, machine, disk }), { id, machine, disk });
  }

  breaks(place: string, point: PointName): void {
    const { id, machine, disk } = point;
    this.#places.get(place)?.points.set(pointKey(point), { id, machine, disk });
  }

  list(): readonly Damage[] {
    return [...this.#places]
      .map(([place, { why, more, points }]) => ({ place, why: more > 0 ? `${why} (and ${more} more)` : why, points: [...points.values()] }))
      .toSorted((a, b) => (a.place < b.place ? -1 : 1));
  }
}
