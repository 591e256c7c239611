/**
 * When a schedule's run is started. In: a schedule, its newest due time, what was remembered of its last evaluation, the time. Out: whether to start the
 * run of that due time, and what to remember. It does not know how due times are computed, nor whether the run exists already: runs are started by an id
 * made of name and due time, so that an answer given twice starts one run.
 */
import type { RunRequest } from "./run.ts";
import { DAY_MS, MINUTE_MS } from "./times.ts";

export interface Schedule {
  readonly name: string;
  readonly times: ScheduleTimes;
  /** IANA name; cron fields, dates and hours are local times there. */
  readonly timeZone: string;
  /** `YYYY-MM-DD`: the first and the last local day with due times. */
  readonly startDate?: string;
  readonly endDate?: string;
  /** No run starts then; what comes due waits for their end. */
  readonly quietHours?: QuietHours;
  readonly enabled: boolean;
  readonly request: RunRequest;
}

export type ScheduleTimes =
  /** Six NCRONTAB fields. */
  | { readonly kind: "cron"; readonly cron: string }
  /** Every so many days, counted from the day `from` (`YYYY-MM-DD`), at that minute of the local day. */
  | { readonly kind: "every-days"; readonly days: number; readonly atMinute: number; readonly from: string };

/** Minutes of the local day, the end not included; past midnight when it is before the beginning. */
export interface QuietHours {
  readonly fromMinute: number;
  readonly toMinute: number;
}

/** How often schedules are evaluated; the timer's own interval. */
export const TICK_MS = 5 * MINUTE_MS;

/**
 * A due time missed for longer is not made up. A run looks back over a day by default: after more than that it would look at other failures than the run
 * that was missed.
 */
export const MAKE_UP_MS = DAY_MS;

export interface ScheduleView {
  readonly schedule: Pick<Schedule, "enabled" | "quietHours">;
  /** Due times up to here are dealt with; undefined when the schedule was never evaluated. */
  readonly markMs: number | undefined;
  readonly nowMs: number;
  /** The minute of the local day at `nowMs`. */
  readonly localMinute: number;
  /** The newest due time at or before `nowMs`. */
  readonly newestDueMs: number | undefined;
  /** Default `MAKE_UP_MS`. */
  readonly makeUpMs?: number;
}

export interface ScheduleStep {
  readonly startDueMs?: number;
  /** Remember it once the run is started, or at once when there is none. */
  readonly markMs: number;
}

/**
 * Of several missed times only the newest counts: the run of each would look at the same failures. While a schedule is switched off time passes for it,
 * so that switching it on makes nothing up.
 */
export function nextStep({ schedule, markMs, nowMs, localMinute, newestDueMs, makeUpMs = MAKE_UP_MS }: ScheduleView): ScheduleStep {
  const sinceMs = markMs ?? firstMarkMs(nowMs);
  const passed = { markMs: Math.max(sinceMs, nowMs) };
  if (!schedule.enabled) return passed;
  if (schedule.quietHours !== undefined && isQuiet(schedule.quietHours, localMinute)) return { markMs: sinceMs };
  if (newestDueMs === undefined || newestDueMs <= sinceMs || nowMs - newestDueMs > makeUpMs) return passed;
  return { ...passed, startDueMs: newestDueMs };
}

/**
 * Where a schedule begins that was never evaluated: at the tick that evaluates it now, this one included. Earlier due times may be from before the app
 * existed (deployed at 14:00, the run of 13:00 is not wanted), while an app deployed at 12:58 is first evaluated by the tick of 13:00, seconds late, and
 * that run is wanted.
 */
function firstMarkMs(nowMs: number): number {
  return Math.floor(nowMs / TICK_MS) * TICK_MS - 1;
}

/** How long a run that comes due at that minute of the local day has to wait for the end of quiet hours. */
export function quietMsAt(quiet: QuietHours | undefined, minute: number): number {
  if (quiet === undefined || !isQuiet(quiet, minute)) return 0;
  return ((quiet.toMinute - minute + DAY_MS / MINUTE_MS) % (DAY_MS / MINUTE_MS)) * MINUTE_MS;
}

function isQuiet({ fromMinute, toMinute }: QuietHours, minute: number): boolean {
  return fromMinute < toMinute ? minute >= fromMinute && minute < toMinute : minute >= fromMinute || minute < toMinute;
}
