/**
 * R1, R4, J1, J2, J7, R3: everything that can go wrong in the middle of a session, each once or a few times, by the real command line: real processes, sockets,
 * mounts. Prints a table; with SOAK_TABLE=write it goes into docs/benchmarks.md. SOAK_FAULTS=text takes only faults whose name holds it; SOAK_SEEDS=1,2,3
 * chooses other long cuts.
 */
import { join } from "node:path";
import { rmSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { startAzurite } from "../support/azurite.ts";
import { cutTransfer } from "../support/cut-transfer.ts";
import { soakFolder } from "./blocks/sources.ts";
import { FaultBench, type FaultRow } from "./faults/bench.ts";
import { changingDisk, changingFile } from "./faults/changing-source.ts";
import { clockSetBack } from "./faults/clock-set-back.ts";
import { expiredSas } from "./faults/expired-sas.ts";
import { canMount, fullDisk } from "./faults/full-disk.ts";
import { canMakeNamespaces, halfOpen, interfaceDown } from "./faults/half-open.ts";
import { FAILURES, REPEATED, answered } from "./faults/statuses.ts";
import { canNameMachines, heldUp, twoAtOnce } from "./faults/two-agents.ts";
import { publishTable } from "./table.ts";

const MIB = 1024 * 1024;
const UNITS_IN_FLIGHT_BYTES = 8 * 4_250_000;
const TALK_BYTES = MIB;
const WANTED = process.env["SOAK_FAULTS"] ?? "";
const SEEDS = (process.env["SOAK_SEEDS"] ?? "1,2,3").split(",").map(Number);

const base = soakFolder();
const azurite = await startAzurite();
const rows: (string | number)[][] = [];
const skipped: string[] = [];

afterAll(async () => {
  await azurite.stop();
  rmSync(base, { recursive: true, force: true });
  publishTable({
    name: "faults",
    title: "Faults in the middle of a session (`npm run test:soak -- test/soak/agent-faults.soak.ts`)",
    header: ["fault", "ended", "retries", "points", "blocks gone on with", "wrong"],
    rows,
    notes: [
      "Each by processes of their own; every point was restored and compared.",
      ...(skipped.length > 0 ? [`This machine does not allow: ${skipped.join("; ")}.`] : []),
    ],
  });
});

interface FaultCase {
  readonly name: string;
  readonly run: (bench: FaultBench) => Promise<FaultRow>;
  readonly possible?: boolean;
}

const CASES: readonly FaultCase[] = [
  ...(["refused", "silent"] as const).map((how) => ({
    name: `R1, R4: half-open, new ones ${how}`,
    run: (bench: FaultBench) => halfOpen(bench, azurite, how),
  })),
  { name: "R1, R4: network interface down", run: interfaceDown, possible: canMakeNamespaces() },
  ...[...REPEATED, ...FAILURES].map((status) => ({
    name: `R4: status ${status}`,
    run: (bench: FaultBench) => answered(bench, azurite, status),
  })),
  { name: "R4, J7: expired SAS", run: (bench) => expiredSas(bench, azurite) },
  ...(["before the retry", "after the session"] as const).map((freed) => ({
    name: `R4, J1, J7: full disk, space ${freed}`,
    run: (bench: FaultBench) => fullDisk(bench, freed),
    possible: canMount(base),
  })),
  ...(["shrinks", "grows"] as const).flatMap((how) => [
    { name: `R3, J2: disk ${how}`, run: (bench: FaultBench) => changingDisk(bench, how) },
    { name: `R3, J2: file ${how}`, run: (bench: FaultBench) => changingFile(bench, how) },
  ]),
  { name: "F3, J7: two agents at once", run: (bench) => twoAtOnce(bench, azurite) },
  { name: "F3, R2: agent held up", run: (bench) => heldUp(bench, azurite), possible: canNameMachines() },
  ...(["in the middle", "before a retry"] as const).map((when) => ({
    name: `J1, J7: clock set back ${when}`,
    run: (bench: FaultBench) => clockSetBack(bench, when),
  })),
];

describe("a session", () => {
  for (const [number, { name, run, possible = true }] of CASES.entries()) {
    if (!name.includes(WANTED)) continue;
    if (!possible) skipped.push(name);
    it.skipIf(!possible)(name, async () => {
      const folder = join(base, String(number));
      const row = await run(new FaultBench(folder));
      rmSync(folder, { recursive: true, force: true });
      rows.push([row.fault, row.ended, row.retries, row.points, row.blocksResumed, row.wrong.length]);
      expect(row.wrong).toEqual([]);
    });
  }

  for (const seed of SEEDS.filter(() => "long cuts".includes(WANTED)))
    it(`R1, R2, F3: long cuts: four of 10 to 60 s and a killed process: one restore point (seed ${seed})`, async () => {
      const seen = await cutTransfer({ seed, sizeMib: 512, cuts: 4, downMs: [10_000, 60_000] });
      const more = seen.bytes - seen.quietBytes;
      const seconds = seen.downMs.map((ms) => (ms / 1_000).toFixed(0)).join(", ");
      const ended = `reconnected; killed; the next session: success, ${(more / MIB).toFixed(1)} MiB more than undisturbed`;
      rows.push([`line refused for ${seconds} s, then SIGKILL (seed ${seed})`, ended, seen.retries, seen.points, seen.blocksResumed, 0]);
      expect(seen).toMatchObject({ points: 1, retries: 0, restoredEqual: true, codes: [null, 0] });
      expect(more).toBeLessThanOrEqual(seen.faults * UNITS_IN_FLIGHT_BYTES + TALK_BYTES);
    });
});
