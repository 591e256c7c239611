import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  RECONNECT_RULES,
  createPace,
  deadlineMs,
  firstLookAfterMs,
  giveUpAtMs,
  nextPatientLook,
  nextQuickLook,
  repeatAfterMs,
} from "../../../src/policy/transfer/reconnect.ts";

const MIB = 1_048_576;

describe("when to try again", () => {
  it("R1: 30 minutes of patience and attempts at most 15 s apart, both configurable", () => {
    expect(RECONNECT_RULES).toMatchObject({ patienceMs: 1_800_000, longestGapMs: 15_000 });
    expect(giveUpAtMs(RECONNECT_RULES, 1_000)).toBe(1_801_000);
    expect(giveUpAtMs({ ...RECONNECT_RULES, patienceMs: 60_000 }, 1_000)).toBe(61_000);
    expect(nextPatientLook(RECONNECT_RULES, 4_000)).toEqual({ afterMs: 11_000, deadlineMs: 15_000 });
    expect(nextPatientLook({ ...RECONNECT_RULES, longestGapMs: 6_000 }, 4_000)).toEqual({ afterMs: 2_000, deadlineMs: 6_000 });
    expect(nextPatientLook(RECONNECT_RULES, Number.POSITIVE_INFINITY).afterMs).toBe(0);
  });

  it("R1: a quick look a second for two minutes", () => {
    expect(nextQuickLook(RECONNECT_RULES, 0, 300)).toEqual({ afterMs: 700, deadlineMs: 2_000 });
    expect(nextQuickLook(RECONNECT_RULES, 119_999, 2_000)?.afterMs).toBe(0);
    expect(nextQuickLook(RECONNECT_RULES, 120_000, 0)).toBeUndefined();
    expect(nextQuickLook({ ...RECONNECT_RULES, longestGapMs: 400 }, 0, 0)?.afterMs).toBe(400);
  });

  it("R4: the deadline of an attempt is what the slowest line allowed would take, and 5 s", () => {
    expect(deadlineMs(RECONNECT_RULES, 0, 0)).toBe(5_000);
    expect(deadlineMs(RECONNECT_RULES, 4 * MIB, 0)).toBe(69_000);
    expect(deadlineMs({ ...RECONNECT_RULES, floorBytesPerSecond: MIB }, 4 * MIB, 0)).toBe(9_000);
    expect([1, 2, 3, 4, 20].map((missed) => deadlineMs(RECONNECT_RULES, 4 * MIB, missed))).toEqual([
      138_000, 276_000, 552_000, 600_000, 600_000,
    ]);
    // A unit so large that the first deadline is longer than the longest of the doubled ones keeps it.
    expect(deadlineMs(RECONNECT_RULES, 100 * MIB, 3)).toBe(1_605_000);
  });

  it("R4: on a line whose pace is known an attempt is given four times that and 10 s, doubled with each miss", () => {
    const pace = { msPerByte: 500 / MIB };
    expect(deadlineMs(RECONNECT_RULES, 4 * MIB, 0, pace)).toBe(18_000);
    expect([1, 2, 20].map((missed) => deadlineMs(RECONNECT_RULES, 4 * MIB, missed, pace))).toEqual([36_000, 72_000, 600_000]);
    // A line slower than any guess is given what it needs at once, not after misses.
    expect(deadlineMs(RECONNECT_RULES, 4 * MIB, 0, { msPerByte: 10_000 / MIB })).toBe(170_000);
    expect(deadlineMs(RECONNECT_RULES, 4 * MIB, 0, { msPerByte: 60_000 / MIB })).toBe(600_000);
    expect(deadlineMs(RECONNECT_RULES, 0, 0, pace)).toBe(5_000);
  });

  it("R4: a line of which nothing is known yet is taken for four times faster than the slowest", () => {
    expect([0, 1, 2, 20].map((missed) => deadlineMs(RECONNECT_RULES, 4 * MIB, missed, { msPerByte: undefined }))).toEqual([
      21_000, 42_000, 84_000, 600_000,
    ]);
  });

  it("R4: the pace is that of the slowest of the last 16 units, and small ones do not count", () => {
    const pace = createPace();
    pace.seen(1_000, 60_000);
    expect(pace.now()).toEqual({ msPerByte: undefined });
    pace.seen(MIB, 3 * MIB);
    for (let each = 0; each < 15; each++) pace.seen(MIB, MIB);
    expect(pace.now()).toEqual({ msPerByte: 3 });
    pace.seen(MIB, MIB);
    expect(pace.now()).toEqual({ msPerByte: 1 });
  });

  it("R4: repeats come later and later with full jitter, at most 15 s apart, and never before Retry-After", () => {
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        chance,
        fc.option(fc.integer({ min: 0, max: 600_000 }), { nil: undefined }),
        (repeat, dice, asked) => {
          const afterMs = repeatAfterMs(RECONNECT_RULES, repeat, asked, dice);
          expect(afterMs).toBeGreaterThanOrEqual(asked ?? 0);
          expect(afterMs).toBeLessThanOrEqual((asked ?? 0) + 15_000);
        },
      ),
    );
    expect([1, 2, 3, 4, 5, 6, 7].map((repeat) => repeatAfterMs(RECONNECT_RULES, repeat, undefined, 0.5))).toEqual([
      250, 500, 1_000, 2_000, 4_000, 7_500, 7_500,
    ]);
    expect(repeatAfterMs(RECONNECT_RULES, 9, undefined, 0)).toBe(0);
  });

  it("R1: the first look is at once, later when the last return was in vain", () => {
    expect(firstLookAfterMs(RECONNECT_RULES, 0, 0.9)).toBe(0);
    expect([1, 2, 3, 9].map((inVain) => firstLookAfterMs(RECONNECT_RULES, inVain, 0))).toEqual([500, 1_000, 2_000, 7_500]);
    expect(firstLookAfterMs(RECONNECT_RULES, 40, 0.999)).toBeLessThanOrEqual(15_000);
  });
});
