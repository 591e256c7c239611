/** Which due time of a schedule came last, and which comes next. Cron is computed on local walls alone, where croner needs to know no zone; `zone.ts` says which moment they are. */
import { Cron } from "croner";
import type { Schedule } from "../policy/schedule.ts";
import { DAY_MS, MINUTE_MS } from "../policy/times.ts";
import { latestWallOf, momentOf, wallOf } from "./zone.ts";

type Times = Pick<Schedule, "times" | "timeZone" | "startDate" | "endDate">;

/** The newest due time at or before `nowMs` within the schedule's dates; undefined when there is none. */
export function newestDueMs(schedule: Times, nowMs: number): number | undefined {
  const { timeZone, startDate, endDate } = schedule;
  const firstMs = startDate === undefined ? Number.NEGATIVE_INFINITY : dayMs(startDate);
  const lastMs = endDate === undefined ? Number.POSITIVE_INFINITY : dayMs(endDate) + DAY_MS - 1;
  let wall = previousWall(schedule, Math.min(latestWallOf(nowMs, timeZone), lastMs));
  while (wall !== undefined && wall >= firstMs) {
    const dueMs = momentOf(wall, timeZone);
    // Later only where clocks went back: the latest wall is then an upper bound.
    if (dueMs <= nowMs) return dueMs;
    wall = previousWall(schedule, wall - 1);
  }
  return undefined;
}

/** The first due time after `nowMs` within the schedule's dates; undefined when none comes any more. */
export function nextDueMs(schedule: Times, nowMs: number): number | undefined {
  const { timeZone, startDate, endDate } = schedule;
  const lastMs = endDate === undefined ? Number.POSITIVE_INFINITY : dayMs(endDate) + DAY_MS - 1;
  // Walls and their moments have the same order: up to the wall of now none is later than now.
  let after = wallOf(nowMs, timeZone);
  if (startDate !== undefined) after = Math.max(after, dayMs(startDate) - 1);
  for (let wall = followingWall(schedule, after); wall !== undefined && wall <= lastMs; wall = followingWall(schedule, wall)) {
    const dueMs = momentOf(wall, timeZone);
    if (dueMs > nowMs) return dueMs;
  }
  return undefined;
}

/** The first wall of the schedule after `wallMs`. */
function followingWall({ times }: Times, wallMs: number): number | undefined {
  if (times.kind === "cron") {
    const cron = new Cron(times.cron, { timezone: "UTC", mode: "6-part", domAndDow: true, paused: true });
    return cron.nextRun(new Date(wallMs))?.getTime();
  }
  const firstMs = dayMs(times.from) + times.atMinute * MINUTE_MS;
  const steps = Math.max(0, Math.floor((wallMs - firstMs) / (times.days * DAY_MS)) + 1);
  return firstMs + steps * times.days * DAY_MS;
}

/** The newest wall of the schedule at or before `wallMs`. */
function previousWall({ times }: Times, wallMs: number): number | undefined {
  if (times.kind === "cron") {
    // Croner looks for whole seconds before its reference. Days of month and week must both fit, as for the Functions host.
    const reference = new Date(Math.floor(wallMs / 1_000) * 1_000 + 1_000);
    const [previous] = new Cron(times.cron, { timezone: "UTC", mode: "6-part", domAndDow: true, paused: true }).previousRuns(1, reference);
    return previous?.getTime();
  }
  const firstMs = dayMs(times.from) + times.atMinute * MINUTE_MS;
  const steps = Math.floor((wallMs - firstMs) / (times.days * DAY_MS));
  return steps < 0 ? undefined : firstMs + steps * times.days * DAY_MS;
}

function dayMs(date: string): number {
  return Date.parse(`${date}T00:00:00Z`);
}
