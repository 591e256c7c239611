import { describe, expect, it } from "vitest";
import { whatIsDue, type DueInput } from "../../../src/agent/daemon/due.ts";
import { nextDueMs } from "../../../src/schedule/due-times.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/policy/times.ts";

const DUE_MS = Date.parse("2026-11-20T01:00:00Z");
const schedule = { times: { kind: "cron" as const, cron: "0 0 1 * * *" }, timeZone: "UTC", missedAtPowerOn: true };
const due = (more: Partial<DueInput>) => whatIsDue({ schedule, markMs: DUE_MS - DAY_MS, lookedMs: DUE_MS - 5_000, nowMs: DUE_MS, ...more });

describe("a job's due times", () => {
  it("a run starts at its time, and once", () => {
    expect(due({})).toEqual({ kind: "run", dueMs: DUE_MS, markMs: DUE_MS, missed: false });
    expect(due({ markMs: DUE_MS, nowMs: DUE_MS + MINUTE_MS }).kind).toBe("nothing");
    expect(due({ nowMs: DUE_MS - 1 }).kind).toBe("nothing");
  });

  it("J5: nobody looked when it was due: a run made up at power-on, however long ago; or none, as the job says", () => {
    for (const lookedMs of [undefined, DUE_MS - 5_000])
      for (const nowMs of [DUE_MS + 6 * MINUTE_MS, DUE_MS + 23 * HOUR_MS])
        expect(due({ lookedMs, nowMs })).toMatchObject({ kind: "run", missed: true, dueMs: DUE_MS });
    const weekly = { ...schedule, times: { kind: "every-days" as const, days: 30, atMinute: 60, from: "2026-11-20" } };
    expect(due({ schedule: weekly, lookedMs: undefined, nowMs: DUE_MS + 12 * DAY_MS })).toMatchObject({ kind: "run", missed: true });
    const never = due({ schedule: { ...schedule, missedAtPowerOn: false }, lookedMs: undefined, nowMs: DUE_MS + HOUR_MS });
    expect(never).toMatchObject({ kind: "nothing", markMs: DUE_MS + HOUR_MS });
    expect(never).toHaveProperty("note", expect.stringContaining("2026-11-20 01:00"));
  });

  it("J5: a run is not called missed when the agent looked and it had to wait: for quiet hours, or another session", () => {
    const quiet = { ...schedule, quietHours: { fromMinute: 0, toMinute: 8 * 60 } };
    expect(due({ schedule: quiet }).kind).toBe("nothing");
    const nowMs = DUE_MS + 7 * HOUR_MS;
    expect(due({ schedule: quiet, lookedMs: nowMs - 5_000, nowMs })).toMatchObject({ kind: "run", missed: false });
    expect(due({ lookedMs: nowMs - 5_000, nowMs })).toMatchObject({ kind: "run", missed: false });
  });

  it("what was due before the first agent of a job started is not run", () => {
    expect(due({ markMs: undefined, lookedMs: undefined, nowMs: DUE_MS + 1_000 })).toEqual({ kind: "nothing", markMs: DUE_MS + 1_000 });
  });

  it("a clock that was set forward by years and back again does not keep the schedule still", () => {
    const set = due({ markMs: DUE_MS + 365 * DAY_MS, nowMs: DUE_MS - HOUR_MS });
    expect(set).toMatchObject({ kind: "nothing", markMs: DUE_MS - HOUR_MS, note: expect.stringContaining("set back") as string });
    expect(due({ markMs: set.markMs }).kind).toBe("run");
  });

  it("the next due time follows the newest, also over changes of the clock and within the dates", () => {
    const berlin = { times: { kind: "cron" as const, cron: "0 30 2 * * *" }, timeZone: "Europe/Berlin" };
    const from = Date.parse("2026-10-24T12:00:00Z");
    // Clocks go back at 03:00 that night: 02:30 comes twice, and is due the first time.
    expect(new Date(nextDueMs(berlin, from) ?? 0).toISOString()).toBe("2026-10-25T00:30:00.000Z");
    expect(new Date(nextDueMs(berlin, Date.parse("2026-10-25T00:30:00Z")) ?? 0).toISOString()).toBe("2026-10-26T01:30:00.000Z");
    expect(nextDueMs({ ...berlin, endDate: "2026-10-24" }, from)).toBeUndefined();
    expect(new Date(nextDueMs({ ...berlin, startDate: "2027-01-01" }, from) ?? 0).toISOString()).toBe("2027-01-01T01:30:00.000Z");
    const every = { times: { kind: "every-days" as const, days: 3, atMinute: 60, from: "2026-11-20" }, timeZone: "UTC" };
    expect(nextDueMs(every, DUE_MS)).toBe(DUE_MS + 3 * DAY_MS);
    expect(nextDueMs(every, DUE_MS - 10 * DAY_MS)).toBe(DUE_MS);
  });
});
