/** The whole way over a line that is cut, to a real Azurite, with a process that is killed. */
import { describe, expect, it } from "vitest";
import { cutTransfer } from "../../support/cut-transfer.ts";

/** Eight units of 4 MiB and what HTTP adds. */
const IN_FLIGHT_BYTES = 8 * 4.3 * 1024 * 1024;

describe("a backup whose line is cut twice and whose process is killed once", () => {
  it.each([1, 2])(
    "R1, R2, J7, F3: ends in one restore point, and sends again no more than was on its way (seed %i)",
    async (seed) => {
      const seen = await cutTransfer({ seed, sizeMib: 128, cuts: 2, downMs: [1_000, 5_000] });
      expect(seen).toMatchObject({ codes: [null, 0], points: 1, retries: 0, restoredEqual: true });
      expect(seen.returns).toBe(2);
      expect(seen.blocksResumed).toBeGreaterThanOrEqual(16);
      expect(seen.bytes).toBeLessThanOrEqual(seen.quietBytes + seen.faults * IN_FLIGHT_BYTES);
    },
    180_000,
  );
});
