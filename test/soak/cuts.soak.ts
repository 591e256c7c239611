/**
 * R1, R2 at length: the line cut for 1 s to 40 s at 50 seeded points of backup and restore, by the real command line. Prints a table; with SOAK_TABLE=write it
 * goes into docs/benchmarks.md. SOAK_CUTS=n limits the cuts (at least one of each kind), SOAK_SEED chooses others.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomOf } from "../exactly-once/hub-faults.ts";
import { startAzurite } from "../support/azurite.ts";
import { CutBench, type CutKind, type End, type Passage } from "./blocks/cut-run.ts";
import { diskSource, soakFolder, type SoakSource } from "./blocks/sources.ts";
import { inLanes } from "./in-lanes.ts";
import { publishTable } from "./table.ts";

const ALL_CUTS = 50;
const CUTS = Number(process.env["SOAK_CUTS"] ?? ALL_CUTS);
const SEED = Number(process.env["SOAK_SEED"] ?? 20_261_125);
// Most of the time they wait.
const AT_ONCE = 4;
const BLOCKS = 40;
const ZERO_BLOCKS = 3;
/** The transfer's own bound, of 4 MiB each; and what looks for the connection, lists and signs. */
const UNITS_IN_FLIGHT = 8;
const UNIT_BYTES = 4_250_000;
const TALK_BYTES = 200_000;

interface Kind {
  readonly verb: "backup" | "restore";
  readonly cut: CutKind;
  readonly seconds: readonly number[];
}

const times = (count: number, seconds: number): number[] => Array.from({ length: count }, () => seconds);
const KINDS: readonly Kind[] = [
  { verb: "backup", cut: "refused", seconds: [40, 15, 8, ...times(4, 4), ...times(9, 1)] },
  { verb: "backup", cut: "swallowed", seconds: [40, 15, 8, ...times(3, 4), ...times(8, 1)] },
  { verb: "restore", cut: "refused", seconds: [20, 8, ...times(3, 4), ...times(5, 1)] },
  { verb: "restore", cut: "swallowed", seconds: [20, 8, ...times(3, 4), ...times(5, 1)] },
];

const rows: (string | number)[][] = [];
const base = soakFolder();
let source: SoakSource;
beforeAll(() => {
  mkdirSync(join(base, "source"));
  source = diskSource(join(base, "source"), BLOCKS, 1024 * 1024);
});
afterAll(() => {
  rmSync(base, { recursive: true, force: true });
  publishTable({
    name: "cuts",
    title: "The line cut (`npm run test:soak`)",
    header: [
      "what",
      "the line",
      "cuts",
      "for (s)",
      "reconnected by itself",
      "not noticed",
      "ended otherwise",
      "lost points",
      "restored wrongly",
      "blocks counted twice",
      "most bytes over the line again (MiB)",
      "most time beyond a quiet run and the cut (s)",
    ],
    rows,
    notes: [
      `Seeds ${KINDS.map((_, number) => SEED + number).join(", ")}. ${BLOCKS} MiB that do not compress; up to ${UNITS_IN_FLIGHT} units of 4 MiB are in flight at a cut.`,
    ],
  });
});

describe("the line cut", () => {
  it("cuts as often as it says", () => {
    expect(KINDS.reduce((sum, { seconds }) => sum + seconds.length, 0)).toBe(ALL_CUTS);
  });

  for (const [number, { verb, cut, seconds }] of KINDS.entries()) {
    const count = Math.max(1, Math.round((seconds.length * CUTS) / ALL_CUTS));
    // Few: the short ones.
    const chosen = seconds.slice(seconds.length - count);
    it(`R1, R2: ${verb}, the line ${cut}, ${count} times`, async () => {
      const azurite = await startAzurite();
      try {
        const bench = new CutBench(azurite, source, join(base, `scratch-${number}`));
        // The way that the bytes of the disk go.
        const way = verb === "backup" ? "up" : "down";
        const pass = (name: string, atBytes?: number, forSeconds = 0): Promise<Passage> => {
          const wish = atBytes === undefined ? undefined : { kind: cut, forMs: forSeconds * 1_000, at: { way, bytes: atBytes } as const };
          return verb === "backup" ? bench.backup(name, wish) : bench.restore("quiet", name, wish);
        };
        const quietBackup = await bench.backup("quiet", undefined, true);
        const quiet = verb === "backup" ? quietBackup : await pass("calm");
        expect([...quietBackup.wrong, ...quiet.wrong]).toEqual([]);
        const passed = ({ bytesUp, bytesDown }: Passage): number => (way === "up" ? bytesUp : bytesDown);
        const random = randomOf(SEED + number);
        const inputs = chosen.map((forSeconds, index) => ({ forSeconds, name: `cut-${index}`, at: 0.02 + 0.9 * random() }));
        const outcomes = await inLanes(inputs, AT_ONCE, async ({ forSeconds, name, at }) => {
          const passage = await pass(name, passed(quiet) * at, forSeconds);
          return { ...passage, at, forSeconds };
        });
        const most = (of: (outcome: (typeof outcomes)[number]) => number): number => Math.max(0, ...outcomes.map(of));
        const sentAgain = (passage: Passage): number => passed(passage) - passed(quiet);
        const ended = (end: End): number => outcomes.filter((outcome) => outcome.end === end).length;
        const blocks = verb === "backup" ? BLOCKS - ZERO_BLOCKS : 0;
        rows.push([
          verb,
          cut,
          outcomes.length,
          [...new Set(chosen)].sort((a, b) => a - b).join(", "),
          ended("reconnected"),
          ended("not noticed"),
          outcomes.length - ended("reconnected") - ended("not noticed"),
          outcomes.reduce((sum, { points }) => sum + Math.max(0, 1 - points), 0),
          outcomes.reduce((sum, { wrong }) => sum + wrong.length, 0),
          outcomes.reduce((sum, { blocksSent }) => sum + Math.max(0, blocksSent - blocks), 0),
          (most(sentAgain) / 1024 / 1024).toFixed(1),
          (most(({ durationMs, forSeconds }) => durationMs - quiet.durationMs - forSeconds * 1_000) / 1_000).toFixed(1),
        ]);
        const found = outcomes.flatMap((outcome) => [
          ...outcome.wrong.map((each) => `cut at ${outcome.at.toFixed(3)} for ${outcome.forSeconds} s: ${each}`),
          ...(["reconnected", "not noticed"].includes(outcome.end)
            ? []
            : [`cut at ${outcome.at.toFixed(3)}: ${outcome.end}: ${outcome.said}`]),
          ...(outcome.blocksSent > blocks ? [`${outcome.blocksSent} blocks counted, of ${blocks}`] : []),
          ...(sentAgain(outcome) > UNITS_IN_FLIGHT * UNIT_BYTES + TALK_BYTES
            ? [`${sentAgain(outcome)} bytes went over the line again`]
            : []),
        ]);
        expect(found).toEqual([]);
      } finally {
        await azurite.stop();
      }
    });
  }
});
