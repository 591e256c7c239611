/**
 * J7, F3 at length: the block engine killed at 200 seeded steps of backup, prune and restore, by the real command line. Prints a table; with SOAK_TABLE=write
 * it goes into docs/benchmarks.md. SOAK_KILLS=n limits the kills (at least one of each kind), SOAK_SEED chooses others.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { momentsOf } from "../agent/crash/killed-command.ts";
import { killedBackups, killedPrunes, killedRestores } from "./blocks/killed-verbs.ts";
import type { KilledWork, Setting } from "./blocks/killed-work.ts";
import { diskSource, folderSource, soakFolder } from "./blocks/sources.ts";
import { azuritePlace, crashingAzuritePlace, directoryPlace, type StorePlace } from "./blocks/store-place.ts";
import { inLanes } from "./in-lanes.ts";
import { publishTable } from "./table.ts";

const ALL_KILLS = 200;
const KILLS = Number(process.env["SOAK_KILLS"] ?? ALL_KILLS);
const SEED = Number(process.env["SOAK_SEED"] ?? 20_261_125);
const AT_ONCE = 2;

interface Kind {
  readonly what: string;
  readonly kills: number;
  readonly place: (folder: string) => Promise<StorePlace>;
  readonly source?: "folder";
  readonly encrypted?: true;
  readonly work: (setting: Setting, what: string) => Promise<KilledWork>;
}

const azurite = azuritePlace;
const directory = async (folder: string): Promise<StorePlace> => directoryPlace(folder);
const first: Kind["work"] = (setting, what) => killedBackups(setting, what, 0);
const incremental: Kind["work"] = (setting, what) => killedBackups(setting, what, 2);
const restoreDisk: Kind["work"] = (setting, what) => killedRestores(setting, what, "disk");
const restoreFolder: Kind["work"] = (setting, what) => killedRestores(setting, what, "folder");

const KINDS: readonly Kind[] = [
  { what: "first full", kills: 22, place: azurite, work: first },
  { what: "first full", kills: 20, place: directory, work: first },
  { what: "first full", kills: 12, place: crashingAzuritePlace, work: first },
  { what: "incremental", kills: 20, place: azurite, work: incremental },
  { what: "incremental", kills: 18, place: directory, work: incremental },
  { what: "folder, first full", kills: 14, place: azurite, source: "folder", work: first },
  { what: "folder, incremental", kills: 14, place: directory, source: "folder", work: incremental },
  { what: "encrypted, first full", kills: 14, place: azurite, encrypted: true, work: first },
  { what: "encrypted, incremental", kills: 12, place: directory, encrypted: true, work: incremental },
  { what: "prune", kills: 14, place: azurite, work: killedPrunes },
  { what: "prune", kills: 14, place: directory, encrypted: true, work: killedPrunes },
  { what: "restore of a disk", kills: 9, place: azurite, encrypted: true, work: restoreDisk },
  { what: "restore of a disk", kills: 8, place: directory, work: restoreDisk },
  { what: "restore of a folder", kills: 9, place: azurite, source: "folder", work: restoreFolder },
];

const rows: (string | number)[][] = [];
const phases = new Map<string, number>();
const base = soakFolder();
let folders = 0;

afterAll(() => {
  rmSync(base, { recursive: true, force: true });
  const covered = [...phases].sort(([a], [b]) => a.localeCompare(b)).map(([phase, count]) => `${phase} ${count}`);
  publishTable({
    name: "blocks",
    title: "The block engine killed (`npm run test:soak`)",
    header: [
      "what",
      "store",
      "kills",
      "steps of a quiet run",
      "points restored",
      "restored wrongly",
      "blocks sent or written twice beyond those in flight",
    ],
    rows,
    notes: [`Seed ${SEED}. Killed before and after: ${covered.join("; ")}.`],
  });
});

describe("the block engine, killed", () => {
  it("kills as often as it says", () => {
    expect(KINDS.reduce((sum, { kills }) => sum + kills, 0)).toBe(ALL_KILLS);
  });

  for (const [number, { what, kills, place: makePlace, source, encrypted, work }] of KINDS.entries()) {
    const count = Math.max(1, Math.round((kills * KILLS) / ALL_KILLS));
    it(`J7, F3, C12: ${what}, kind ${number + 1}, ${count} kills`, async () => {
      const folder = join(base, String(++folders));
      const place = await makePlace(join(folder, "stores"));
      try {
        const scratch = join(folder, "scratch");
        mkdirSync(join(folder, "source"), { recursive: true });
        const setting: Setting = {
          place,
          source: (source === "folder" ? folderSource : diskSource)(join(folder, "source")),
          scratch,
          ...(encrypted && { encrypted }),
        };
        const { steps, kill } = await work(setting, what);
        const moments = momentsOf(steps, count, SEED + number);
        const inputs = moments.map((moment, index) => ({ moment, name: `kill-${index}` }));
        const outcomes = await inLanes(inputs, place.crash === undefined ? AT_ONCE : 1, async ({ moment, name }) => ({
          moment,
          ...(await kill(name, moment)),
        }));
        for (const { phase } of outcomes) phases.set(phase, (phases.get(phase) ?? 0) + 1);
        const sum = (of: (outcome: (typeof outcomes)[number]) => number): number => outcomes.reduce((total, each) => total + of(each), 0);
        rows.push([
          what,
          place.what,
          outcomes.length,
          steps,
          sum(({ pointsRestored }) => pointsRestored),
          sum(({ wrong }) => wrong.length),
          sum(({ doneTwice }) => doneTwice),
        ]);
        const found = outcomes.flatMap(({ moment, phase, wrong, doneTwice, faults }) =>
          [...wrong, ...faults, ...(doneTwice > 0 ? [`${doneTwice} blocks twice`] : [])].map((each) => `at ${moment} (${phase}): ${each}`),
        );
        expect(found).toEqual([]);
      } finally {
        await place.stop();
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }
});
