/** Longer cuts, more of them. `SOAK_SEEDS=1,2,3` chooses others. Prints its table; docs/benchmarks.md keeps one. */
import { describe, expect, it } from "vitest";
import { cutTransfer, type CutTransfer } from "../support/cut-transfer.ts";

const MIB = 1024 * 1024;
const IN_FLIGHT_BYTES = 8 * 4.3 * MIB;
const seeds = (process.env["SOAK_SEEDS"] ?? "1,2,3").split(",").map(Number);
const rows: string[] = [];

const rowOf = (seed: number, { quietBytes, bytes, downMs, blocksResumed }: CutTransfer): string => {
  const mib = (count: number): string => (count / MIB).toFixed(1);
  return `| ${seed} | ${downMs.map((ms) => `${(ms / 1_000).toFixed(1)} s`).join(", ")} | ${mib(quietBytes)} | ${mib(bytes)} | ${mib(bytes - quietBytes)} | ${blocksResumed} |`;
};

describe("long cuts", () => {
  it.each(seeds)("R1, R2, F3: four cuts of 10 to 60 s and a killed process: one restore point (seed %i)", async (seed) => {
    const seen = await cutTransfer({ seed, sizeMib: 512, cuts: 4, downMs: [10_000, 60_000] });
    rows.push(rowOf(seed, seen));
    expect(seen).toMatchObject({ points: 1, retries: 0, restoredEqual: true, codes: [null, 0] });
    expect(seen.bytes).toBeLessThanOrEqual(seen.quietBytes + seen.faults * IN_FLIGHT_BYTES);
    process.stderr.write(
      `| seed | line down for | undisturbed MiB | sent MiB | more MiB | blocks resumed after the kill |\n|---|---|---|---|---|---|\n${rows.join("\n")}\n`,
    );
  });
});
