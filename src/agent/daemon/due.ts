/** Whether a job's run is due. In: its schedule, what was dealt with, when the agent last looked. Out: what to do. Pure but for the zone data of the engine. */
import type { JobSchedule } from "../../policy/job/job.ts";
import { TICK_MS, nextStep } from "../../policy/schedule.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, utcMinute } from "../../policy/times.ts";
import { newestDueMs } from "../../schedule/due-times.ts";
import { wallOf } from "../../schedule/zone.ts";

export type Due =
  | { readonly kind: "nothing"; readonly markMs: number; readonly note?: string }
  | { readonly kind: "run"; readonly dueMs: number; readonly markMs: number; readonly missed: boolean };

export interface DueInput {
  readonly schedule: JobSchedule;
  readonly markMs: number | undefined;
  /** When this agent looked last; undefined at its start. */
  readonly lookedMs: number | undefined;
  readonly nowMs: number;
}

/** A job that runs every few weeks is made up after a long holiday too: its newest due time is what counts. */
const MAKE_UP_MS = 366 * DAY_MS;

export function whatIsDue({ schedule, markMs, lookedMs, nowMs }: DueInput): Due {
  // A mark far ahead was set by a clock that was wrong: it would keep the schedule still until then.
  const isAhead = markMs !== undefined && markMs > nowMs + HOUR_MS;
  const step = nextStep({
    schedule: { enabled: true, ...(schedule.quietHours !== undefined && { quietHours: schedule.quietHours }) },
    // What was due before the first look of any agent is not wanted.
    markMs: isAhead ? nowMs : (markMs ?? nowMs),
    nowMs,
    localMinute: Math.floor(wallOf(nowMs, schedule.timeZone) / MINUTE_MS) % (DAY_MS / MINUTE_MS),
    newestDueMs: newestDueMs(schedule, nowMs),
    makeUpMs: MAKE_UP_MS,
  });
  const { startDueMs } = step;
  if (startDueMs === undefined)
    return { kind: "nothing", markMs: step.markMs, ...(isAhead && { note: "The clock was set back; the schedule goes on from now." }) };
  // Nobody looked when it was due: the machine was off, or slept.
  const missed = nowMs - startDueMs > TICK_MS && (lookedMs === undefined || lookedMs < startDueMs);
  if (missed && !schedule.missedAtPowerOn)
    return { kind: "nothing", markMs: step.markMs, note: `The run of ${utcMinute(startDueMs)} was missed; the job does not make it up.` };
  return { kind: "run", dueMs: startDueMs, markMs: step.markMs, missed };
}
