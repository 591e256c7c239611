/** A sample of `npm run test:soak`: host processes that kill themselves at seeded moments, one after the other, until the run has ended. */
import { afterAll, describe, expect, it } from "vitest";
import { CrashBench } from "../soak/crash-run.ts";
import type { Phase } from "../soak/crash-points.ts";
import { MIXED } from "../soak/estates.ts";

const bench = new CrashBench(MIXED);
afterAll(() => bench.close());

const SAMPLE: readonly (readonly Phase[])[] = [
  ["check", "after the POST, before its answer", "decide"],
  ["claim", "after the answer, before its record", "settle"],
  ["before the POST", "follow", "report"],
];

describe("a host that is killed", { timeout: 240_000 }, () => {
  it("C12: at any moment, several times: one backup per attempt, nothing lost, the same decisions", async () => {
    await bench.calm();
    const [first, ...others] = SAMPLE;
    // Two at a time.
    const runs = await Promise.all([
      bench.crash(1, first ?? []),
      (async () => {
        const ended = [];
        for (const [index, phases] of others.entries()) ended.push(await bench.crash(2 + index, phases));
        return ended;
      })(),
    ]);
    const all = runs.flat();
    expect(all.flatMap(({ seed, faults }) => faults.map((fault) => `seed ${seed}: ${fault}`))).toEqual([]);
    expect(all.flatMap(({ kills }) => kills).length).toBeGreaterThanOrEqual(7);
  });
});
