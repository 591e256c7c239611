/**
 * Which points a person means. In: the catalog, an id or `latest`, and names. Out: one point of each disk of one machine, or one clear error that lists what
 * there is. A point that cannot be restored is never passed over for an older one.
 */
import type { Catalog, CatalogPoint, LostPoint } from "../repository/catalog.ts";

export interface PointChoice {
  /** An id, or `latest`: the newest of each disk. */
  readonly point: string;
  readonly machine?: string | undefined;
  readonly disk?: string | undefined;
}

/** The choice fits nothing, or too much. */
export class PointChoiceError extends Error {
  readonly code = "POINT_CHOICE_WRONG";
  constructor(message: string) {
    super(message);
    this.name = "PointChoiceError";
  }
}

/** What was chosen cannot be restored (J13). */
export class BrokenPointError extends Error {
  readonly code = "POINT_BROKEN";
  constructor(message: string) {
    super(message);
    this.name = "BrokenPointError";
  }
}

const MOST_LISTED = 20;
export const LATEST = "latest";

/** @throws PointChoiceError, BrokenPointError */
export function choosePoints(catalog: Catalog, choice: PointChoice): readonly CatalogPoint[] {
  const { machine, disk, point } = choice;
  const fits = (task: { readonly machine: string; readonly disk: string }): boolean =>
    (machine === undefined || task.machine === machine) && (disk === undefined || task.disk === disk);
  const points = catalog.points.filter(({ row }) => fits(row));
  const lost = catalog.lost.filter(fits);
  if (points.length === 0 && lost.length === 0) throw nothingFits(catalog, choice);
  const chosen = point === LATEST ? latestOf(points, lost) : withId(point, points, lost);
  const machines = [...new Set(chosen.map(({ row }) => row.machine))];
  if (machines.length > 1)
    throw new PointChoiceError(`--machine: found none, and there are points of several machines; allowed: ${listed(machines)}.`);
  const twice = chosen.find(({ row }, index) => chosen.findIndex((each) => each.row.disk === row.disk) !== index);
  if (twice !== undefined) throw new BrokenPointError(`Point ${twice.row.id} of ${twice.row.disk} is listed twice in the store.`);
  const broken = chosen.find((each) => each.broken !== undefined);
  if (broken?.broken !== undefined) throw new BrokenPointError(`${broken.broken}${adviceFor(broken.row, points)}`);
  return chosen;
}

function latestOf(points: readonly CatalogPoint[], lost: readonly LostPoint[]): readonly CatalogPoint[] {
  const disks = Map.groupBy(points, ({ row }) => JSON.stringify([row.machine, row.disk]));
  for (const each of lost) {
    const own = disks.get(JSON.stringify([each.machine, each.disk])) ?? [];
    // Ids of sessions begin with their time.
    if (own.every(({ row }) => row.id < each.id)) throw new BrokenPointError(`${each.reason}${adviceFor(each, points)}`);
  }
  return [...disks.values()].flatMap((own) => newest(own) ?? []);
}

/** That no other follows: after a clock was set back the newest by time is not the end of its chain. */
function newest(points: readonly CatalogPoint[]): CatalogPoint | undefined {
  const followed = new Set(points.map(({ row }) => row.parent));
  return points.findLast(({ row }) => !followed.has(row.id)) ?? points.at(-1);
}

function withId(id: string, points: readonly CatalogPoint[], lost: readonly LostPoint[]): readonly CatalogPoint[] {
  const chosen = points.filter(({ row }) => row.id === id);
  const gone = lost.find((each) => each.id === id);
  if (gone !== undefined) throw new BrokenPointError(`${gone.reason}${adviceFor(gone, points)}`);
  if (chosen.length > 0) return chosen;
  const ids = [...new Set(points.map(({ row }) => row.id))].toReversed();
  throw new PointChoiceError(`--point: found ${JSON.stringify(id)}; allowed: ${LATEST}, ${listed(ids)}.`);
}

function adviceFor(
  task: { readonly machine: string; readonly disk: string; readonly id: string },
  points: readonly CatalogPoint[],
): string {
  const intact = points.findLast(
    ({ row, broken }) => broken === undefined && row.machine === task.machine && row.disk === task.disk && row.id !== task.id,
  );
  return intact === undefined
    ? " No other point of it is intact."
    : ` The newest intact one is ${intact.row.id}: ask for it with --point ${intact.row.id} --machine ${JSON.stringify(task.machine)} --disk ${JSON.stringify(task.disk)}.`;
}

function nothingFits({ points, damaged }: Catalog, { machine, disk }: PointChoice): PointChoiceError {
  const rest = damaged.length === 0 ? "" : ` ${damaged[0]?.why ?? ""}`;
  if (points.length === 0) return new PointChoiceError(`--from: found a store without restore points; allowed: one that has some.${rest}`);
  if (machine !== undefined && !points.some(({ row }) => row.machine === machine)) {
    const machines = new Set(points.map(({ row }) => row.machine));
    return new PointChoiceError(`--machine: found ${JSON.stringify(machine)}; allowed: ${listed([...machines])}.${rest}`);
  }
  const disks = points.filter(({ row }) => machine === undefined || row.machine === machine).map(({ row }) => row.disk);
  return new PointChoiceError(`--disk: found ${JSON.stringify(disk)}; allowed: ${listed([...new Set(disks)])}.${rest}`);
}

function listed(names: readonly string[]): string {
  const first = names.slice(0, MOST_LISTED).map((name) => JSON.stringify(name));
  return names.length > MOST_LISTED ? `${first.join(", ")} and ${names.length - MOST_LISTED} more` : first.join(", ");
}
