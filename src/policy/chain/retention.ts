/**
 * Which points stay, and why (J13). Each disk of each machine is counted for itself: a machine that failed for days, or one disk of it, keeps as many points
 * as the rules say. A rule keeps the newest point of each of the last N periods that have one, so that gaps use nothing up. The newest intact point of a disk
 * always stays. Broken points are neither counted nor removed: what becomes of them a person decides.
 */
import { taskWords, type RetentionRules, type TaskId } from "../job/job.ts";
import { DAY_MS, MINUTE_MS } from "../times.ts";
import { pointKey } from "./chain.ts";

export interface DatedPoint extends TaskId {
  readonly id: string;
  /** When its session started. */
  readonly atMs: number;
}

export interface KeptPoint<Point extends DatedPoint> {
  readonly point: Point;
  readonly reasons: readonly string[];
}

export interface Retention<Point extends DatedPoint> {
  readonly keep: readonly KeptPoint<Point>[];
  readonly remove: readonly Point[];
}

export interface RetentionOptions {
  /** Days, weeks, months and years begin at midnight at this distance from UTC. */
  readonly offsetMinutes?: number;
  /** By `pointKey`. */
  readonly broken?: ReadonlySet<string>;
}

/** Newest first, disk by disk. */
export function applyRetention<Point extends DatedPoint>(
  points: readonly Point[],
  rules: RetentionRules,
  { offsetMinutes = 0, broken = new Set() }: RetentionOptions = {},
): Retention<Point> {
  const reasons = new Map<Point, string[]>();
  const keep = (point: Point | undefined, reason: string): void => {
    if (point !== undefined) reasons.set(point, [...(reasons.get(point) ?? []), reason]);
  };
  for (const disk of byDisk(points)) {
    const intact = disk.filter((point) => !broken.has(pointKey(point)));
    for (const point of disk) if (broken.has(pointKey(point))) keep(point, "broken: retention leaves it to a person");
    for (const { count, word, periodOf } of countsOf(rules, offsetMinutes))
      newestOfEach(intact, periodOf)
        .slice(0, count)
        .forEach((point, index) => keep(point, `${word}: ${index + 1} of ${count} (${periodOf(point)})`));
    if (Object.values(rules).every((count) => count === undefined)) for (const point of intact) keep(point, "no rule removes anything");
    const [newest] = intact;
    if (newest !== undefined && !reasons.has(newest)) keep(newest, `the newest point of ${taskWords(newest)}`);
  }
  const ordered = byDisk(points).flat();
  return {
    keep: ordered.flatMap((point) => {
      const why = reasons.get(point);
      return why === undefined ? [] : [{ point, reasons: why }];
    }),
    remove: ordered.filter((point) => !reasons.has(point)),
  };
}

interface Count {
  readonly count: number;
  readonly word: string;
  readonly periodOf: (point: DatedPoint) => string;
}

function countsOf(rules: RetentionRules, offsetMinutes: number): Count[] {
  const local = ({ atMs }: DatedPoint): string => new Date(atMs + offsetMinutes * MINUTE_MS).toISOString();
  const rows: readonly [number | undefined, string, (point: DatedPoint) => string][] = [
    [rules.keepLast, "last", (point) => `point ${point.id}`],
    [rules.keepDaily, "daily", (point) => local(point).slice(0, 10)],
    [rules.keepWeekly, "weekly", ({ atMs }) => `week of ${mondayOf(atMs + offsetMinutes * MINUTE_MS)}`],
    [rules.keepMonthly, "monthly", (point) => local(point).slice(0, 7)],
    [rules.keepYearly, "yearly", (point) => local(point).slice(0, 4)],
  ];
  return rows.flatMap(([count, word, periodOf]) => (count === undefined ? [] : [{ count, word, periodOf }]));
}

/** The first day of the ISO week. 1970-01-01 was a Thursday, three days after one. */
function mondayOf(localMs: number): string {
  const day = Math.floor(localMs / DAY_MS);
  return new Date((day - ((((day + 3) % 7) + 7) % 7)) * DAY_MS).toISOString().slice(0, 10);
}

function newestOfEach<Point extends DatedPoint>(newestFirst: readonly Point[], periodOf: (point: DatedPoint) => string): Point[] {
  const seen = new Set<string>();
  return newestFirst.filter((point) => !seen.has(periodOf(point)) && seen.add(periodOf(point)));
}

/** Each disk's points, newest first. */
function byDisk<Point extends DatedPoint>(points: readonly Point[]): Point[][] {
  const disks = Map.groupBy(points, ({ machine, disk }) => JSON.stringify([machine, disk]));
  return [...disks.values()].map((all) => all.toSorted((one, other) => other.atMs - one.atMs || (one.id < other.id ? 1 : -1)));
}
