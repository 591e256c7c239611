import { describe, expect, it } from "vitest";
import { nextStep, type ScheduleView } from "../../src/policy/schedule.ts";

const at = (time: string): number => Date.parse(`2026-11-20T${time}Z`);
const step = (view: Partial<ScheduleView> & { nowMs: number }): ReturnType<typeof nextStep> =>
  nextStep({ schedule: { enabled: true }, markMs: at("12:55:00"), localMinute: 0, newestDueMs: at("13:00:00"), ...view });

describe("a schedule's next step", () => {
  it("C10: starts a due time that came since the last evaluation, and none that was dealt with", () => {
    expect(step({ nowMs: at("13:00:00") })).toEqual({ startDueMs: at("13:00:00"), markMs: at("13:00:00") });
    expect(step({ nowMs: at("13:05:00"), markMs: at("13:00:00") })).toEqual({ markMs: at("13:05:00") });
    expect(step({ nowMs: at("13:05:00"), markMs: at("13:00:01") })).toEqual({ markMs: at("13:05:00") });
    expect(step({ nowMs: at("12:59:00"), newestDueMs: undefined })).toEqual({ markMs: at("12:59:00") });
  });

  it("C10: makes up a time missed for a day at most", () => {
    const day = 86_400_000;
    const long = { markMs: at("13:00:00") - 10 * day };
    expect(step({ ...long, nowMs: at("13:00:00") + day }).startDueMs).toBe(at("13:00:00"));
    expect(step({ ...long, nowMs: at("13:00:00") + day + 1 })).toEqual({ markMs: at("13:00:00") + day + 1 });
  });

  it("C10: the first evaluation ever takes what its own tick is for, and nothing from before", () => {
    const first = { markMs: undefined };
    expect(step({ ...first, nowMs: at("14:00:00") }).startDueMs).toBeUndefined();
    expect(step({ ...first, nowMs: at("13:05:00") })).toEqual({ markMs: at("13:05:00") });
    expect(step({ ...first, nowMs: at("13:00:00") }).startDueMs).toBe(at("13:00:00"));
    expect(step({ ...first, nowMs: at("13:00:21") }).startDueMs).toBe(at("13:00:00"));
  });

  it("C10: nothing starts in quiet hours, and what came due in them starts once afterwards", () => {
    const schedule = { enabled: true, quietHours: { fromMinute: 22 * 60, toMinute: 5 * 60 } };
    for (const localMinute of [22 * 60, 0, 5 * 60 - 1])
      expect(step({ schedule, nowMs: at("13:00:00"), localMinute })).toEqual({ markMs: at("12:55:00") });
    expect(step({ schedule, nowMs: at("16:00:00"), localMinute: 5 * 60 }).startDueMs).toBe(at("13:00:00"));
    expect(step({ schedule, nowMs: at("13:00:00"), localMinute: 22 * 60 - 1 }).startDueMs).toBe(at("13:00:00"));
    const atNoon = { enabled: true, quietHours: { fromMinute: 12 * 60, toMinute: 13 * 60 } };
    expect(step({ schedule: atNoon, nowMs: at("13:00:00"), localMinute: 12 * 60 + 30 }).startDueMs).toBeUndefined();
    for (const localMinute of [12 * 60 - 1, 13 * 60])
      expect(step({ schedule: atNoon, nowMs: at("13:00:00"), localMinute }).startDueMs).toBe(at("13:00:00"));
  });

  it("C10: time passes for a schedule that is switched off", () => {
    const off = { enabled: false };
    expect(step({ schedule: off, nowMs: at("13:00:00") })).toEqual({ markMs: at("13:00:00") });
    expect(step({ schedule: off, nowMs: at("13:00:00"), markMs: undefined })).toEqual({ markMs: at("13:00:00") });
  });

  it("never goes back, whatever a clock does", () => {
    expect(step({ nowMs: at("12:50:00"), newestDueMs: at("12:45:00") })).toEqual({ markMs: at("12:55:00") });
  });
});
