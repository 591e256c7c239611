import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newestDueMs } from "../../src/schedule/due-times.ts";
import { momentOf, wallOf } from "../../src/schedule/zone.ts";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const ZONES = [
  "UTC",
  "Europe/Berlin",
  "Europe/London",
  "America/New_York",
  "America/Sao_Paulo",
  "America/St_Johns",
  "Australia/Lord_Howe",
  "Asia/Kathmandu",
  "Asia/Tehran",
  "Africa/Casablanca",
  "Pacific/Apia",
  "Pacific/Chatham",
  "Antarctica/Troll",
];

/** Said by the engine in one string, not by the code under test. */
const formats = new Map(
  ZONES.map((timeZone) => [timeZone, new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" })]),
);
function local(ms: number, timeZone: string): { readonly day: string; readonly time: string } {
  const text = formats.get(timeZone)?.format(ms) ?? "";
  return { day: text.slice(0, 10), time: text.slice(11, 16) };
}

/** By looking at every minute around: does this local time exist, and when is it first? */
function firstMoment(day: string, time: string, timeZone: string): number | undefined {
  const around = Date.parse(`${day}T${time}:00Z`);
  for (let ms = around - 15 * 60 * MINUTE_MS; ms <= around + 15 * 60 * MINUTE_MS; ms += MINUTE_MS) {
    const seen = local(ms, timeZone);
    if (seen.day === day && seen.time === time) return ms;
  }
  return undefined;
}

/** All due times from the oldest to the newest. */
function dueTimes(schedule: Parameters<typeof newestDueMs>[0], fromMs: number, toMs: number): number[] {
  const found: number[] = [];
  for (let due = newestDueMs(schedule, toMs); due !== undefined && due >= fromMs; due = newestDueMs(schedule, due - 1)) found.unshift(due);
  return found;
}

const pad = (value: number): string => String(value).padStart(2, "0");
const daily = (hour: number, minute: number, timeZone: string): Parameters<typeof newestDueMs>[0] => ({
  times: { kind: "cron", cron: `0 ${minute} ${hour} * * *` },
  timeZone,
});
const utc = (text: string): number => Date.parse(`${text}Z`);
const iso = (times: readonly number[]): string[] => times.map((ms) => new Date(ms).toISOString().slice(0, 16));

const zone = fc.constantFrom(...ZONES);
const minuteOfDay = fc.integer({ min: 0, max: 1_439 });
const dayIn = (from: string, days: number): fc.Arbitrary<number> =>
  fc.integer({ min: 0, max: days }).map((day) => utc(`${from}T00:00`) + day * DAY_MS);

describe("due times in time zones", () => {
  it(
    "C10: each local day has exactly one due time of a daily schedule, at the schedule's local time or right after a gap",
    { timeout: 120_000 },
    () => {
      fc.assert(
        fc.property(zone, minuteOfDay, dayIn("2019-01-01", 3_000), (timeZone, minute, startMs) => {
          const [hour, minutes] = [Math.floor(minute / 60), minute % 60];
          const time = `${pad(hour)}:${pad(minutes)}`;
          const found = dueTimes(daily(hour, minutes, timeZone), startMs, startMs + 21 * DAY_MS);
          const days = found.map((ms) => local(ms, timeZone).day);
          expect(new Set(days).size).toBe(days.length);
          for (const [index, due] of found.entries()) {
            const seen = local(due, timeZone);
            if (index > 0) expect(Date.parse(days[index] ?? "") - Date.parse(days[index - 1] ?? "")).toBe(DAY_MS);
            if (seen.time === time) continue;
            // In a gap: the minute before shows an earlier time than the schedule's, this one a later time.
            expect(firstMoment(seen.day, time, timeZone)).toBeUndefined();
            const before = local(due - MINUTE_MS, timeZone);
            expect(`${before.day} ${before.time}` < `${seen.day} ${time}` && time < seen.time, `${timeZone} ${time} ${seen.time}`).toBe(
              true,
            );
          }
        }),
        { numRuns: 60 },
      );
    },
  );

  it("C10: a time that comes twice is due the first time only", { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(zone, minuteOfDay, dayIn("2019-01-01", 3_000), (timeZone, minute, dayMs) => {
        const day = new Date(dayMs).toISOString().slice(0, 10);
        const time = `${pad(Math.floor(minute / 60))}:${pad(minute % 60)}`;
        const expected = firstMoment(day, time, timeZone);
        if (expected !== undefined) expect(momentOf(dayMs + minute * MINUTE_MS, timeZone)).toBe(expected);
      }),
      { numRuns: 150 },
    );
    // Every change of 2026 in zones that set back by an hour or half an hour.
    const twice: readonly [string, string, string][] = [
      ["Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30"],
      ["America/New_York", "2026-11-01T01:30", "2026-11-01T05:30"],
      ["Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45"],
      ["America/St_Johns", "2026-11-01T01:59", "2026-11-01T04:29"],
    ];
    for (const [timeZone, wall, moment] of twice) {
      expect(new Date(momentOf(utc(wall), timeZone)).toISOString(), timeZone).toBe(`${moment}:00.000Z`);
      const [hour = 0, minute = 0] = wall.slice(11).split(":").map(Number);
      const found = dueTimes(daily(hour, minute, timeZone), utc(moment) - 12 * 3_600_000, utc(moment) + 12 * 3_600_000);
      expect(iso(found), timeZone).toEqual([moment]);
    }
  });

  it.each([
    ["Europe/Berlin", 2, 30, "2026-03-29", "2026-03-29T01:00"],
    ["America/New_York", 2, 0, "2026-03-08", "2026-03-08T07:00"],
    ["Australia/Lord_Howe", 2, 15, "2026-10-04", "2026-10-03T15:30"],
    ["America/Sao_Paulo", 0, 0, "2018-11-04", "2018-11-04T03:00"],
    ["Pacific/Apia", 13, 0, "2011-12-30", "2011-12-30T10:00"],
  ])("C10: a time in the gap of %s is due once, right after it", (timeZone, hour, minute, day, moment) => {
    expect(new Date(momentOf(utc(`${day}T${pad(hour)}:${pad(minute)}`), timeZone)).toISOString()).toBe(`${moment}:00.000Z`);
    const found = dueTimes(daily(hour, minute, timeZone), utc(moment) - 10 * 3_600_000, utc(moment) + 10 * 3_600_000);
    expect(iso(found)).toEqual([moment]);
  });

  it("C10: sees a due time until the hour that comes twice is over, and from its first moment on", () => {
    const schedule = daily(2, 45, "Europe/Berlin");
    const first = utc("2026-10-25T00:45");
    for (let ms = first - MINUTE_MS; ms < first + 3 * 3_600_000; ms += MINUTE_MS)
      expect(newestDueMs(schedule, ms)).toBe(ms < first ? utc("2026-10-24T00:45") : first);
  });

  it("C10: agrees with looking at each moment, over changes and for any fields", { timeout: 120_000 }, () => {
    const around = fc.constantFrom(
      ["Europe/Berlin", "2026-10-24T22:00"],
      ["Europe/Berlin", "2026-03-28T22:00"],
      ["Australia/Lord_Howe", "2026-04-04T10:00"],
      ["America/New_York", "2026-11-01T03:00"],
    );
    fc.assert(
      fc.property(
        around,
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 0, max: 480 }),
        ([timeZone = "", from = ""], every, minutes) => {
          const nowMs = utc(from) + minutes * MINUTE_MS;
          let expected: number | undefined;
          let latest = Number.NEGATIVE_INFINITY;
          // A minute is due when its local time fits and was not shown before.
          for (let ms = utc(from) - 3 * 3_600_000; ms <= nowMs; ms += MINUTE_MS) {
            const wall = wallOf(ms, timeZone);
            const jumped = wall > latest + MINUTE_MS && latest > 0;
            for (let each = jumped ? latest + MINUTE_MS : wall; each <= wall; each += MINUTE_MS)
              if (each > latest && new Date(each).getUTCMinutes() % every === 0) expected = ms;
            latest = Math.max(latest, wall);
          }
          expect(newestDueMs({ times: { kind: "cron", cron: `0 */${every} * * * *` }, timeZone }, nowMs)).toBe(expected);
        },
      ),
      { numRuns: 120 },
    );
  });

  it("C10: every N days counts local days from the first, whatever the clocks do", () => {
    const schedule = { times: { kind: "every-days", days: 3, atMinute: 150, from: "2026-03-23" }, timeZone: "Europe/Berlin" } as const;
    expect(iso(dueTimes(schedule, 0, utc("2026-04-05T00:00")))).toEqual([
      "2026-03-23T01:30",
      "2026-03-26T01:30",
      "2026-03-29T01:00",
      "2026-04-01T00:30",
      "2026-04-04T00:30",
    ]);
    expect(newestDueMs(schedule, utc("2026-03-23T01:29"))).toBeUndefined();
  });

  it("C10: the first and the last day are local days and both count", () => {
    const schedule = { ...daily(0, 0, "Asia/Kathmandu"), startDate: "2026-11-20", endDate: "2026-11-22" };
    const all = ["2026-11-19T18:15", "2026-11-20T18:15", "2026-11-21T18:15"];
    expect(iso(dueTimes(schedule, 0, utc("2026-12-24T00:00")))).toEqual(all);
    expect(newestDueMs(schedule, utc("2026-11-19T18:14"))).toBeUndefined();
  });

  it("C10: a day of the month and a weekday must both fit, as for the Functions host", () => {
    const schedule = { times: { kind: "cron", cron: "0 0 6 13 * FRI" }, timeZone: "UTC" } as const;
    expect(iso(dueTimes(schedule, utc("2026-01-01T00:00"), utc("2026-12-31T00:00")))).toEqual([
      "2026-02-13T06:00",
      "2026-03-13T06:00",
      "2026-11-13T06:00",
    ]);
  });
});
