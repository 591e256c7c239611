import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pointKey } from "../../../src/policy/chain/chain.ts";
import { fullDue } from "../../../src/policy/chain/full-due.ts";
import { applyRetention, type DatedPoint, type RetentionOptions } from "../../../src/policy/chain/retention.ts";
import type { RetentionRules } from "../../../src/policy/job/job.ts";
import { agentJob } from "../../support/agent-jobs.ts";
import { ChainOfSessions, DAY, FIRST_MS } from "../../support/chain-of-sessions.ts";
import { M1 } from "../../support/session-play.ts";

const at = (time: string, machine = "m1"): DatedPoint => ({ id: time, machine, disk: "data", atMs: Date.parse(`${time}:00Z`) });
const kept = (points: readonly DatedPoint[], rules: RetentionRules, options?: RetentionOptions): string[] =>
  applyRetention(points, rules, options).keep.map(({ point }) => point.id);

const NIGHTS = Array.from({ length: 400 }, (_, night) =>
  at(new Date(Date.parse("2025-10-19T22:00Z") + night * DAY).toISOString().slice(0, 16)),
);

describe("retention", () => {
  it("J13: keep-last keeps the newest points", () => {
    expect(kept(NIGHTS, { keepLast: 3 })).toEqual(["2026-11-22T22:00", "2026-11-21T22:00", "2026-11-20T22:00"]);
    expect(applyRetention(NIGHTS, { keepLast: 3 }).remove).toHaveLength(397);
  });

  it("J13: keep-daily keeps the newest point of each of the last days that have one", () => {
    const points = [at("2026-11-20T01:00"), at("2026-11-20T23:00"), at("2026-11-18T12:00"), at("2026-11-10T12:00")];
    expect(kept(points, { keepDaily: 2 })).toEqual(["2026-11-20T23:00", "2026-11-18T12:00"]);
  });

  it("J13: keep-weekly counts ISO weeks, which begin on Monday and go over the end of the year", () => {
    const points = [at("2026-12-27T12:00"), at("2026-12-28T12:00"), at("2027-01-03T12:00"), at("2027-01-04T12:00")];
    expect(kept(points, { keepWeekly: 2 })).toEqual(["2027-01-04T12:00", "2027-01-03T12:00"]);
    expect(kept(points, { keepWeekly: 3 })).toEqual(["2027-01-04T12:00", "2027-01-03T12:00", "2026-12-27T12:00"]);
    expect(kept([at("1969-12-28T12:00"), at("1969-12-29T12:00"), at("1970-01-04T12:00")], { keepWeekly: 2 })).toEqual([
      "1970-01-04T12:00",
      "1969-12-28T12:00",
    ]);
  });

  it("J13: keep-monthly and keep-yearly keep the last of each", () => {
    expect(kept(NIGHTS, { keepMonthly: 3 })).toEqual(["2026-11-22T22:00", "2026-10-31T22:00", "2026-09-30T22:00"]);
    expect(kept(NIGHTS, { keepYearly: 5 })).toEqual(["2026-11-22T22:00", "2025-12-31T22:00"]);
  });

  it("J13: rules add up, and each kept point says why", () => {
    const { keep } = applyRetention(NIGHTS, { keepLast: 1, keepDaily: 2, keepMonthly: 2 });
    expect(keep.map(({ point, reasons }) => [point.id, ...reasons])).toEqual([
      ["2026-11-22T22:00", "last: 1 of 1 (point 2026-11-22T22:00)", "daily: 1 of 2 (2026-11-22)", "monthly: 1 of 2 (2026-11)"],
      ["2026-11-21T22:00", "daily: 2 of 2 (2026-11-21)"],
      ["2026-10-31T22:00", "monthly: 2 of 2 (2026-10)"],
    ]);
  });

  it("J13: days begin at midnight of the time zone", () => {
    const points = [at("2026-11-20T22:30"), at("2026-11-20T23:30"), at("2026-11-21T10:00")];
    expect(kept(points, { keepDaily: 2 })).toEqual(["2026-11-21T10:00", "2026-11-20T23:30"]);
    expect(kept(points, { keepDaily: 2 }, { offsetMinutes: 60 })).toEqual(["2026-11-21T10:00", "2026-11-20T22:30"]);
  });

  it("J13: is counted for each machine, so that one that failed for days loses nothing", () => {
    const points = [...NIGHTS, at("2026-01-01T22:00", "m2"), at("2026-01-02T22:00", "m2"), at("2026-01-03T22:00", "m2")];
    expect(kept(points, { keepLast: 2 })).toEqual(["2026-11-22T22:00", "2026-11-21T22:00", "2026-01-03T22:00", "2026-01-02T22:00"]);
  });

  it("J13: broken points are not counted and not removed", () => {
    const points = NIGHTS.slice(-4);
    const broken = new Set([pointKey(points[3] as DatedPoint), pointKey(points[0] as DatedPoint)]);
    const { keep, remove } = applyRetention(points, { keepLast: 1 }, { broken });
    expect(keep.map(({ point }) => point)).toEqual([points[3], points[2], points[0]]);
    expect(remove).toEqual([points[1]]);
  });

  it("J13: no rule removes nothing, and the newest intact point of a disk always stays", () => {
    expect(kept(NIGHTS, {})).toHaveLength(400);
    expect(kept(NIGHTS, { keepLast: 0, keepDaily: 0 })).toEqual(["2026-11-22T22:00"]);
  });

  it("J13: any rules: each point is kept or removed, the newest stays, more is never less, and twice is once", () => {
    const points = fc.uniqueArray(
      fc.record({
        id: fc.nat({ max: 50 }).map(String),
        machine: fc.constantFrom("m1", "m2"),
        disk: fc.constantFrom("a", "b"),
        atMs: fc.nat({ max: 90 }).map((day) => FIRST_MS + day * DAY),
      }),
      { selector: pointKey, maxLength: 60 },
    );
    const count = fc.constantFrom(0, 0, 1, 3);
    const rules = fc.record(
      { keepLast: count, keepDaily: count, keepWeekly: count, keepMonthly: count, keepYearly: count },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(points, rules, (points, rules) => {
        const { keep, remove } = applyRetention(points, rules);
        expect(new Set([...keep.map(({ point }) => point), ...remove])).toEqual(new Set(points));
        expect(keep.length + remove.length).toBe(points.length);
        for (const { reasons } of keep) expect(reasons.length).toBeGreaterThan(0);
        for (const { machine, disk } of points) {
          const ofDisk = (all: readonly DatedPoint[]): number =>
            Math.max(...all.filter((each) => each.machine === machine && each.disk === disk).map(({ atMs }) => atMs));
          expect(ofDisk(keep.map(({ point }) => point))).toBe(ofDisk(points));
        }
        expect(
          applyRetention(
            keep.map(({ point }) => point),
            rules,
          ).remove,
        ).toEqual([]);
        const more = applyRetention(points, { ...rules, keepLast: (rules.keepLast ?? 0) + 1 }).keep.map(({ point }) => point);
        if (Object.values(rules).length > 0) for (const { point } of keep) expect(more).toContain(point);
      }),
    );
  });
});

describe("a synthetic full", () => {
  const { files } = new ChainOfSessions("per-machine").attempt(1, [M1]).attempt(2, [M1]).attempt(3, [M1]);
  const startedMs = FIRST_MS + 4 * DAY;

  it("J13: is due after so many increments since the last full", () => {
    expect(fullDue(files, { afterIncrements: 3 }, startedMs)).toBeUndefined();
    expect(fullDue(files, { afterIncrements: 2 }, startedMs)).toBe("one is due after 2 increments, and there are 2");
  });

  it("J13: is due every so many days, to half a day: schedules are not exact to the millisecond", () => {
    expect(fullDue(files, { everyDays: 4 }, startedMs)).toBeUndefined();
    expect(fullDue(files, { everyDays: 3 }, startedMs - 3_600_000)).toBe("one is due every 3 days, and the last is 3 days old");
  });

  it("J13: is never due without a rule, nor where there is no full yet", () => {
    expect(fullDue(files, agentJob().chain.full, startedMs)).toBeUndefined();
    expect(fullDue([], { afterIncrements: 0 }, startedMs)).toBeUndefined();
  });
});
