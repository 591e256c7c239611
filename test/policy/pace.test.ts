import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { holdBack, isIdle, paceOf, takeTurn, useTurn, type Pace } from "../../src/policy/pace.ts";

const LIMIT = { burst: 5, perMinute: 60 };
const T = 1_000_000;

function turns(count: number, nowMs: number, before?: Pace): { readonly at: number[]; readonly pace: Pace | undefined } {
  const at: number[] = [];
  let pace = before;
  for (let index = 0; index < count; index++) {
    const taken = takeTurn(pace, LIMIT, nowMs);
    pace = taken.pace;
    at.push(taken.atMs);
  }
  return { at, pace };
}

describe("a pace", () => {
  it("C14: lets a burst through at once and gives the others their turns one by one", () => {
    expect(turns(8, T).at).toEqual([T, T, T, T, T, T + 1_000, T + 2_000, T + 3_000]);
  });

  it("C14: whenever turns are taken, no stretch of time holds more than the burst and what the rate adds", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4_000 }), { minLength: 1, maxLength: 120 }), (gaps) => {
        let pace: Pace | undefined;
        let nowMs = T;
        const at = gaps.map((gap) => {
          nowMs += gap;
          const taken = takeTurn(pace, LIMIT, nowMs);
          pace = taken.pace;
          return taken.atMs;
        });
        const sorted = at.sort((a, b) => a - b);
        for (const [first, from] of sorted.entries())
          for (const [last, to] of sorted.entries())
            if (last >= first) expect(last - first + 1).toBeLessThanOrEqual(LIMIT.burst + (to - from) / 1_000 + 0.01);
      }),
    );
  });

  it("C14: what the service asks for holds for turns that were given out before, and no burst follows it", () => {
    const { at, pace } = turns(7, T);
    const held = holdBack(pace, LIMIT, T + 30_000);
    expect(useTurn(held, at[6] ?? 0, T + 2_000)).toBe("passed");
    expect(turns(3, T + 30_000, held).at).toEqual([T + 30_000, T + 31_000, T + 32_000]);
  });

  it("a turn is good from its time on for a minute: a host that slept starts no burst", () => {
    const { pace } = turns(7, T);
    expect(useTurn(pace, T + 20_000, T + 10_000)).toBe("later");
    expect(useTurn(pace, T + 20_000, T + 19_950)).toBe("now");
    expect(useTurn(pace, T + 20_000, T + 80_000)).toBe("now");
    expect(useTurn(pace, T + 20_000, T + 80_001)).toBe("passed");
  });

  it("is forgotten once it is full again and nobody is held back", () => {
    const { pace } = turns(3, T);
    expect(isIdle(pace, T + 2_999)).toBe(false);
    expect(isIdle(pace, T + 3_000)).toBe(true);
    expect(isIdle({ fullAtMs: T, heldUntilMs: T + 5_000 }, T + 6_000)).toBe(false);
  });

  it("the default keeps below the published bucket of 200 and 10 a second", () => {
    expect(paceOf(570)).toEqual({ burst: 190, perMinute: 570 });
    expect(paceOf(1)).toEqual({ burst: 1, perMinute: 1 });
  });
});
