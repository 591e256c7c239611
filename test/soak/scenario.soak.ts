/**
 * R1, R2, R3, J7 in one: an agent backs up a disk and a folder to an Azurite over a line that refuses for 20 s, then is silent for 20 s, and its process is
 * killed in between. Takes about a minute and a half. SOAK_SEED chooses other moments. Prints a table; with SOAK_TABLE=write it goes into docs/benchmarks.md.
 */
import { rmSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { startAzurite } from "../support/azurite.ts";
import { soakFolder } from "./blocks/sources.ts";
import { cutAgent, type CutAgent } from "./scenario/cut-agent.ts";
import { publishTable } from "./table.ts";

const MIB = 1024 * 1024;
const SEED = Number(process.env["SOAK_SEED"] ?? 20_261_125);
const UNITS_IN_FLIGHT = 8;
const UNIT_BYTES = 4_250_000;
/** Locks, steps of sessions, listings after the kill, looks for the connection. */
const TALK_BYTES = MIB;
/** The progress line rounds. */
const ROUNDING_BYTES = 0.1 * MIB;

const base = soakFolder();
const rows: string[][] = [];
afterAll(() => {
  rmSync(base, { recursive: true, force: true });
  publishTable({
    name: "scenario",
    title: "One session, two cuts, one kill (`npm run test:soak -- test/soak/scenario.soak.ts`)",
    header: ["measured", "quiet run", "with the faults", "more", "allowed"],
    rows,
    notes: [
      `Seed ${SEED}. A disk of 128 MiB and a folder of 58 MiB, random bytes, over a line of 24 MiB/s; up to ${UNITS_IN_FLIGHT} units of 4 MiB are on their way at once.`,
      "Units that had arrived when the process was killed, and whose answers it never saw, are not sent again: it has counted them in neither of its two lives.",
    ],
  });
});

const mib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`;

function take({ wire, own, faults, seconds, points, sessions }: CutAgent): void {
  const units = faults.reduce((sum, fault) => sum + fault.units, 0);
  rows.push(
    [
      "bytes up the line",
      mib(wire.quiet),
      mib(wire.cut),
      mib(wire.cut - wire.quiet),
      `${units} units on their way: ${mib(units * UNIT_BYTES)}`,
    ],
    ["of those, in requests that the faults left without an answer", mib(0), mib(wire.unanswered), mib(wire.unanswered), ""],
    ["bytes acknowledged, the program's own count", mib(own.quiet), mib(own.cut), mib(own.cut - own.quiet), "0"],
    ["restore points, sessions", "", `${new Set(points.map(({ id }) => id)).size}, ${sessions.length}`, "", "1, 1"],
    ["faults (units on their way)", "", faults.map(({ what, units }) => `${what} (${units})`).join("; "), "", ""],
    ["from the start of the agent to the end of the session", "", `${seconds.toFixed(0)} s`, "", ""],
  );
}

describe("an agent whose line is cut twice and whose process is killed", () => {
  it("R1, R2, R3, J7: one restore point, byte for byte, and nothing acknowledged is sent again", { timeout: 400_000 }, async () => {
    const azurite = await startAzurite();
    try {
      const seen = await cutAgent(azurite, base, SEED);
      take(seen);
      const words = JSON.stringify(seen, undefined, 1);
      expect(seen.ends, words).toEqual(["SIGKILL", 0]);
      expect(seen.sessions, words).toEqual([
        expect.objectContaining({ standing: "success", retries: 0, startedBy: "schedule", tasks: "2 of 2" }),
      ]);
      // One point, of a disk and a folder, in one file.
      expect(seen.points.map(({ id, disk }) => [id, disk])).toEqual(["disk", "files"].map((disk) => [seen.sessions[0]?.["id"], disk]));
      expect([seen.files, seen.verified, seen.restored, seen.wrong]).toEqual([1, 0, 2, []]);
      // The session's connection and that of the agent's own records each say so.
      for (const notes of seen.notes) {
        const lost = notes.filter((note) => note.startsWith("the connection was lost"));
        const back = notes.filter((note) => note.startsWith("the connection is back"));
        expect(lost.length, words).toBeGreaterThanOrEqual(1);
        expect(back, words).toHaveLength(lost.length);
      }
      expect(seen.notes[1]?.join()).toContain("goes on where it was cut off");
      const { wire, own, faults } = seen;
      const underWay = faults.reduce((sum, { units }) => sum + units, 0);
      expect(
        faults.every(({ units }) => units <= UNITS_IN_FLIGHT),
        words,
      ).toBe(true);
      // What was on its way is sent again, and nothing else.
      expect(wire.cut, words).toBeLessThanOrEqual(wire.quiet + underWay * UNIT_BYTES + TALK_BYTES);
      expect(wire.cut - wire.unanswered, words).toBeLessThanOrEqual(wire.quiet + TALK_BYTES);
      expect(own.cut, words).toBeLessThanOrEqual(own.quiet + ROUNDING_BYTES);
    } finally {
      await azurite.stop();
    }
  });
});
