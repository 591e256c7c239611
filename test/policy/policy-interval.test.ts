import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { policyIntervalMs } from "../../src/policy/policy-interval.ts";

const HOUR_MS = 3_600_000;
const hours = (policy: Parameters<typeof policyIntervalMs>[0]): number | undefined => {
  const ms = policyIntervalMs(policy);
  return ms === undefined ? undefined : ms / HOUR_MS;
};
const weekly = (...scheduleRunDays: string[]) => ({ schedulePolicy: { scheduleRunFrequency: "Weekly", scheduleRunDays } });
const rule = (...repeatingTimeIntervals: string[]) => ({
  policyRules: [{ objectType: "AzureBackupRule", trigger: { schedule: { repeatingTimeIntervals } } }],
});

describe("how often a policy makes a point", () => {
  it.each([
    ["daily", { schedulePolicy: { scheduleRunFrequency: "Daily" } }, 24],
    ["weekly", weekly("Sunday"), 168],
    ["twice a week: the longer part", weekly("Monday", "Thursday"), 96],
    ["every day of the week", weekly("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"), 24],
    [
      "the second form of weekly",
      { schedulePolicy: { scheduleRunFrequency: "Weekly", weeklySchedule: { scheduleRunDays: ["Friday"] } } },
      168,
    ],
    [
      "every second week",
      { schedulePolicy: { scheduleRunFrequency: "Weekly", scheduleRunDays: ["Friday"], scheduleWeeklyFrequency: 2 } },
      336,
    ],
    [
      "hourly all day",
      { schedulePolicy: { scheduleRunFrequency: "Hourly", hourlySchedule: { interval: 4, scheduleWindowDuration: 24 } } },
      4,
    ],
    [
      "hourly by day: the night counts",
      { schedulePolicy: { scheduleRunFrequency: "Hourly", hourlySchedule: { interval: 4, scheduleWindowDuration: 12 } } },
      12,
    ],
    [
      "a database: logs alone restore nothing",
      {
        subPolicies: [
          { policyType: "Full", schedulePolicy: { scheduleRunFrequency: "Weekly", scheduleRunDays: ["Sunday"] } },
          { policyType: "Differential", schedulePolicy: { scheduleRunFrequency: "Daily" } },
          { policyType: "Log", schedulePolicy: { scheduleRunFrequency: "Hourly", hourlySchedule: { interval: 1 } } },
        ],
      },
      24,
    ],
    ["a Backup vault by day", rule("R/2026-05-23T02:00:00+00:00/P1D"), 24],
    ["a Backup vault by hours", rule("R/2026-05-23T02:00:00+00:00/PT4H"), 4],
    ["a Backup vault on two days of the week", rule("R/2026-05-24T02:00:00+00:00/P1W", "R/2026-05-26T02:00:00+00:00/P1W"), 120],
    ["nothing", {}, undefined],
    ["a word that is not known", { schedulePolicy: { scheduleRunFrequency: "Sometimes" } }, undefined],
    ["a schedule that is none", rule("R/when/P1D", "soon"), undefined],
  ])("F4: %s", (_, policy, expected) => {
    expect(hours(policy)).toBe(expected);
  });

  it("F4: stands whatever a row holds, and gives a length or nothing", () => {
    const frequencies = fc.constantFrom("Daily", "Weekly", "Hourly", "x");
    const schedule = fc.record(
      {
        scheduleRunFrequency: frequencies,
        scheduleRunDays: fc.anything(),
        scheduleWeeklyFrequency: fc.anything(),
        hourlySchedule: fc.anything(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(schedule, fc.anything()), fc.anything(), fc.anything(), (schedulePolicy, subPolicies, policyRules) => {
        const ms = policyIntervalMs({ schedulePolicy, subPolicies, policyRules });
        return ms === undefined || (Number.isFinite(ms) && ms > 0);
      }),
    );
  });
});
