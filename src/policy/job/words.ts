/** Values of a job as people read them. Two values that differ never read the same: changes are found by comparing the words. */
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../times.ts";
import type { ChainSettings, Compression, JobSchedule, RetentionRules } from "./job.ts";

/** The largest unit that leaves a whole number: `10 min`, `90 s`, `1500 ms`. */
export function durationWords(durationMs: number): string {
  return inUnits(
    durationMs,
    [
      ["d", DAY_MS],
      ["h", HOUR_MS],
      ["min", MINUTE_MS],
      ["s", 1_000],
    ],
    "ms",
  );
}

/** `1 MiB`, `1536 KiB`, `1000 B` */
export function sizeWords(bytes: number): string {
  return inUnits(
    bytes,
    [
      ["GiB", 2 ** 30],
      ["MiB", 2 ** 20],
      ["KiB", 2 ** 10],
    ],
    "B",
  );
}

export function compressionWords(compression: Compression): string {
  return compression.codec === "none" ? "none" : `${compression.codec} level ${compression.level}`;
}

export function fullWords(full: ChainSettings["full"]): string {
  const parts = [
    ...(full?.afterIncrements === undefined ? [] : [`after ${full.afterIncrements} increments`]),
    ...(full?.everyDays === undefined ? [] : [`every ${full.everyDays} days`]),
  ];
  return parts.length === 0 ? "never due" : `due ${parts.join(" or ")}`;
}

export function retentionWords(rules: RetentionRules): string {
  const parts = Object.entries({
    last: rules.keepLast,
    daily: rules.keepDaily,
    weekly: rules.keepWeekly,
    monthly: rules.keepMonthly,
    yearly: rules.keepYearly,
  }).flatMap(([word, count]) => (count === undefined ? [] : [`${count} ${word}`]));
  return parts.length === 0 ? "off" : parts.join(", ");
}

export function scheduleWords(schedule: JobSchedule | undefined): string {
  if (schedule === undefined) return "none";
  const { times, timeZone, startDate, endDate, quietHours, missedAtPowerOn } = schedule;
  return [
    times.kind === "cron" ? `"${times.cron}"` : `every ${times.days} days from ${times.from} at ${clockWords(times.atMinute)}`,
    `(${timeZone})`,
    ...(startDate === undefined ? [] : [`from ${startDate}`]),
    ...(endDate === undefined ? [] : [`until ${endDate}`]),
    ...(quietHours === undefined ? [] : [`but not ${clockWords(quietHours.fromMinute)}-${clockWords(quietHours.toMinute)}`]),
    ...(missedAtPowerOn ? ["made up at power-on"] : []),
  ].join(" ");
}

function clockWords(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}

function inUnits(amount: number, units: readonly (readonly [string, number])[], smallest: string): string {
  const unit = units.find(([, size]) => amount >= size && amount % size === 0);
  return unit === undefined ? `${amount} ${smallest}` : `${amount / unit[1]} ${unit[0]}`;
}
