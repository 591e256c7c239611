/** How often a backup policy makes a point, out of what its row says. In: untrusted values. Out: the longest time between two points, or undefined. */
import { DAY_MS, HOUR_MS } from "./times.ts";

const WEEK_MS = 7 * DAY_MS;
const DAYS: readonly string[] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/**
 * Recovery Services: `schedulePolicy`, or several under `subProtectionPolicy` (databases). Log backups are left out: they alone restore nothing.
 * Backup vaults: `policyRules` with repeating intervals.
 */
export function policyIntervalMs(policy: {
  readonly schedulePolicy?: unknown;
  readonly subPolicies?: unknown;
  readonly policyRules?: unknown;
}): number | undefined {
  const own = scheduleIntervalMs(fieldsOf(policy.schedulePolicy));
  const parts = listOf(policy.subPolicies)
    .map(fieldsOf)
    .filter((part) => part !== undefined && String(part.policyType).toLowerCase() !== "log")
    .map((part) => scheduleIntervalMs(fieldsOf(part?.schedulePolicy)));
  const rules = listOf(policy.policyRules).map((rule) => ruleIntervalMs(fieldsOf(rule)));
  return shortest([own, ...parts, ...rules]);
}

function shortest(intervals: readonly (number | undefined)[]): number | undefined {
  const known = intervals.filter((interval) => interval !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** https://learn.microsoft.com/rest/api/backup/protection-policies/get#simpleschedulepolicyv2 */
function scheduleIntervalMs(schedule: Fields | undefined): number | undefined {
  if (schedule === undefined) return undefined;
  switch (String(schedule.scheduleRunFrequency).toLowerCase()) {
    case "daily":
      return DAY_MS;
    case "weekly":
      return weeklyMs(schedule);
    case "hourly":
      return hourlyMs(fieldsOf(schedule.hourlySchedule));
    default:
      return undefined;
  }
}

function weeklyMs(schedule: Fields): number {
  const days = listOf(fieldsOf(schedule.weeklySchedule)?.scheduleRunDays ?? schedule.scheduleRunDays)
    .map((day) => DAYS.indexOf(String(day).toLowerCase()))
    .filter((day) => day >= 0);
  const every = Number(schedule.scheduleWeeklyFrequency);
  const weeks = Number.isInteger(every) && every > 1 && every <= 52 ? every : 1;
  return (
    longestGap(
      days.map((day) => day * DAY_MS),
      WEEK_MS,
    ) +
    (weeks - 1) * WEEK_MS
  );
}

/** Inside its window every so many hours; then nothing until the window of the next day. */
function hourlyMs(hourly: Fields | undefined): number | undefined {
  const interval = Number(hourly?.interval);
  if (!(interval > 0 && interval <= 24)) return undefined;
  const window = Number(hourly?.scheduleWindowDuration);
  if (!(window > 0 && window < 24)) return interval * HOUR_MS;
  const lastAt = Math.floor(window / interval) * interval;
  return Math.max(interval, 24 - lastAt) * HOUR_MS;
}

/** `R/2026-05-23T02:00:00+00:00/P1D`. */
const REPEATING = /^R\d*\/([^/]+)\/P(?:(\d{1,3})W|(\d{1,3})D|T(\d{1,4})H)$/i;

function ruleIntervalMs(rule: Fields | undefined): number | undefined {
  const schedule = fieldsOf(fieldsOf(rule?.trigger)?.schedule);
  const repeats = listOf(schedule?.repeatingTimeIntervals).flatMap((text) => repeatOf(String(text)) ?? []);
  const [first] = repeats;
  if (first === undefined) return undefined;
  const sameLength = repeats.every(({ lengthMs }) => lengthMs === first.lengthMs);
  if (!sameLength) return Math.min(...repeats.map(({ lengthMs }) => lengthMs));
  return longestGap(
    repeats.map(({ startMs }) => startMs),
    first.lengthMs,
  );
}

function repeatOf(text: string): { readonly startMs: number; readonly lengthMs: number } | undefined {
  const match = REPEATING.exec(text);
  if (match === null) return undefined;
  const [, start = "", weeks = "0", days = "0", hours = "0"] = match;
  const lengthMs = Number(weeks) * WEEK_MS + Number(days) * DAY_MS + Number(hours) * HOUR_MS;
  const startMs = Date.parse(start);
  return lengthMs > 0 && Number.isFinite(startMs) ? { startMs, lengthMs } : undefined;
}

/** The longest time between two neighbours on a circle. */
function longestGap(times: readonly number[], aroundMs: number): number {
  const places = [...new Set(times.map((time) => ((time % aroundMs) + aroundMs) % aroundMs))].sort((a, b) => a - b);
  const [first] = places;
  if (first === undefined) return aroundMs;
  return Math.max(...places.map((place, index) => (places[index + 1] ?? first + aroundMs) - place));
}
