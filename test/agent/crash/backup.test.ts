import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startAzurite, type Azurite } from "../../support/azurite.ts";
import { killAndGoOn, makeVictim, requestsOf, type Victim } from "./killed-backup.ts";
import { momentsOf } from "./killed-command.ts";

const KILLS = 16;
const SEED = 20_261_125;

describe("a backup killed at any moment", () => {
  let azurite: Azurite;
  let victim: Victim;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "reprise-crash-"));
    azurite = await startAzurite();
    victim = makeVictim(azurite, folder);
  });
  afterAll(async () => {
    await azurite.stop();
    rmSync(folder, { recursive: true });
  });

  it(
    `J7, F3: what had arrived is not sent again, and every point restores (${KILLS} moments, seed ${SEED})`,
    { timeout: 300_000 },
    async () => {
      const requests = await requestsOf(victim);
      expect(requests).toBeGreaterThan(20);
      const outcomes = [];
      for (const [index, moment] of momentsOf(requests, KILLS, SEED).entries())
        outcomes.push(await killAndGoOn(victim, `kill-${index}`, moment));
      // The moments lie before, within and after the transfer.
      expect(outcomes.some(({ arrived }) => arrived === 0)).toBe(true);
      expect(outcomes.some(({ arrived, sentAgain }) => arrived > 0 && sentAgain > 0)).toBe(true);
      expect(outcomes.some(({ sentAgain }) => sentAgain === 0)).toBe(true);
    },
  );
});
