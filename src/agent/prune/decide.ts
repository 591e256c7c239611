/**
 * What retention does with the points of one machine, and whether anything of it may be deleted at all. In: the catalog, the machine's name in keys, the rules.
 * Out: the points that stay and go, or why nothing is touched: where it cannot be told what the machine's points need, a person has to look first.
 */
import { pointKey } from "../../policy/chain/chain.ts";
import { applyRetention } from "../../policy/chain/retention.ts";
import type { RetentionRules } from "../../policy/job/job.ts";
import { DAY_MS } from "../../policy/times.ts";
import { DamageError } from "../format/damage.ts";
import { places } from "../format/places.ts";
import { draftRecord, type Draft } from "../format/records.ts";
import type { Catalog, CatalogPoint } from "../repository/catalog.ts";
import type { Repository } from "../repository/repository.ts";
import { readPoint } from "../restore/read-point.ts";

/** A transfer that nobody has gone on with for so long is given up. */
const ABANDONED_MS = 7 * DAY_MS;

export interface PointDecision {
  readonly point: CatalogPoint;
  readonly keep: boolean;
  readonly reasons: readonly string[];
}

export interface MachineDecision {
  readonly decisions: readonly PointDecision[];
  /** Transfers that may go on, by the disk's name in keys. */
  readonly drafts: ReadonlyMap<string, Draft>;
  /** Keys of drafts that are given up. */
  readonly abandoned: readonly string[];
}

export type Decided = MachineDecision | { readonly blocked: string };

export interface DecideInput {
  readonly repository: Repository;
  readonly catalog: Catalog;
  readonly machineName: string;
  readonly rules: RetentionRules;
  readonly nowMs: number;
}

export async function decideMachine(input: DecideInput): Promise<Decided> {
  const { repository, catalog, machineName, rules } = input;
  const gone = missingRecord(catalog, machineName);
  if (gone !== undefined) return { blocked: gone };
  const own = catalog.points.filter((point) => point.machineName === machineName);
  // A machine whose encryption was switched has points under two names: they are counted together.
  const names = new Set(own.map(({ row }) => row.machine));
  const points = catalog.points.filter(({ row }) => names.has(row.machine));
  const broken = new Set<string>();
  for (const point of points) {
    const why = point.broken ?? (await unreadable(repository, point));
    if (why === undefined) continue;
    if (point.machineName === machineName) return { blocked: why };
    broken.add(pointKey(point.row));
  }
  const found = await readDrafts(input);
  if ("blocked" in found) return found;
  const startedMs = new Map(catalog.files.map((file) => [file.id, file.startedMs]));
  const dated = points.map((point) => {
    const { id, machine, disk } = point.row;
    return { id, machine, disk, atMs: startedMs.get(point.file) ?? Date.parse(point.row.createdAt), point };
  });
  const { keep, remove } = applyRetention(dated, rules, { broken });
  const isOwn = ({ point }: { readonly point: CatalogPoint }): boolean => point.machineName === machineName;
  const isNeeded = ({ diskName, row }: CatalogPoint): boolean => found.drafts.get(diskName)?.parent === row.id;
  const decisions: PointDecision[] = keep
    .filter((each) => isOwn(each.point))
    .map(({ point: { point }, reasons }) => ({ point, keep: true, reasons }));
  for (const { point } of remove.filter(isOwn))
    decisions.push(
      isNeeded(point)
        ? { point, keep: true, reasons: ["a transfer that was cut off goes on from it"] }
        : { point, keep: false, reasons: ["no rule keeps it"] },
    );
  return { decisions, ...found };
}

/** Why it cannot be told which points the machine has. */
function missingRecord({ lost, damaged }: Catalog, machineName: string): string | undefined {
  const own = lost.find((each) => each.machineName === machineName);
  if (own !== undefined) return own.reason;
  const witnesses = damaged.find(({ place }) => place.startsWith(`${places.points}${machineName}/`));
  if (witnesses !== undefined) return witnesses.why;
  // A part that no witness speaks of may list points of any machine.
  const known = new Set(lost.map(({ file, part }) => places.filePart(file, part)));
  return damaged.find(({ place }) => place.startsWith(places.files) && !known.has(place))?.why;
}

async function unreadable(repository: Repository, point: CatalogPoint): Promise<string | undefined> {
  try {
    await readPoint(repository, point);
    return undefined;
  } catch (error) {
    if (error instanceof DamageError) return error.message;
    throw error;
  }
}

async function readDrafts({
  repository,
  machineName,
  nowMs,
}: DecideInput): Promise<Pick<MachineDecision, "drafts" | "abandoned"> | { readonly blocked: string }> {
  const drafts = new Map<string, Draft>();
  const abandoned: string[] = [];
  for await (const place of repository.state.list(places.draftsOf(machineName))) {
    try {
      const found = await repository.readState(place, draftRecord);
      if (found === undefined) continue;
      const disk = place.slice(places.draftsOf(machineName).length).replace(/\.json$/, "");
      if (nowMs - Date.parse(found.value.touchedAt) >= ABANDONED_MS) abandoned.push(place);
      else drafts.set(disk, found.value);
    } catch (error) {
      if (error instanceof DamageError) return { blocked: error.message };
      throw error;
    }
  }
  return { drafts, abandoned };
}
