/** C12 at length: kills, repeats and lost answers. Prints a table; with SOAK_TABLE=write it goes into docs/benchmarks.md. */
import { afterAll, describe, expect, it } from "vitest";
import { randomOf } from "../exactly-once/hub-faults.ts";
import { strayBackups } from "../exactly-once/staged-app.ts";
import { failed, quickEstate } from "../process/simulator-process.ts";
import { CrashBench, differences, type CrashedRun, type Finished } from "./crash-run.ts";
import { PHASES, type Phase } from "./crash-points.ts";
import { lostAnswers, MIXED } from "./estates.ts";
import { inLanes } from "./in-lanes.ts";
import { repeatedRun } from "./repeated-run.ts";
import { publishTable } from "./table.ts";
import { killedRun } from "./two-processes.ts";

const KILLS = 200;
const KILLS_PER_RUN = 4;
const AT_ONCE = 2;
const REPEATED_RUNS = 100;
const LOST_ANSWERS = 50;
const TWO_PROCESS_RUNS = 10;

interface Row {
  readonly what: string;
  readonly form: string;
  readonly runs: number;
  readonly disturbances: string;
  readonly backups: number;
  readonly doubled: number;
  readonly lost: number;
  readonly decisionsEqual: string;
}

const rows: Row[] = [];
const notes: string[] = [];
const bench = new CrashBench(MIXED);

afterAll(() => {
  bench.close();
  publishTable({
    name: "",
    title: "One backup per attempt (`npm run test:soak`)",
    header: ["what", "form", "runs", "disturbances", "backups made", "doubled backups", "lost items", "decisions as undisturbed"],
    rows: rows.map((row) => [row.what, row.form, row.runs, row.disturbances, row.backups, row.doubled, row.lost, row.decisionsEqual]),
    notes,
  });
});

const backupsOf = ({ items }: Pick<Finished, "items">): number => items.reduce((sum, item) => sum + item.backupsAccepted, 0);

/** Each seed takes its own phases; the ones of the trigger come twice as often. */
function phasesOf(seed: number): Phase[] {
  const random = randomOf(seed * 7_919);
  const bag: Phase[] = [...PHASES, "before the POST", "after the POST, before its answer", "after the answer, before its record"];
  return Array.from({ length: KILLS_PER_RUN }, () => bag[Math.floor(random() * bag.length)] ?? "claim");
}

describe("one backup per attempt", () => {
  it("C12: hosts killed at 200 seeded moments", async () => {
    const calm = await bench.calm();
    const runs: CrashedRun[] = [];
    for (let seed = 1; runs.reduce((sum, { kills }) => sum + kills.length, 0) < KILLS; seed += AT_ONCE)
      runs.push(...(await inLanes([seed, seed + 1], AT_ONCE, (each) => bench.crash(each, phasesOf(each)))));
    const kills = runs.flatMap((run) => run.kills);
    const faults = runs.flatMap((run) => run.faults.map((fault) => `seed ${run.seed}: ${fault}`));
    rows.push({
      what: "SIGKILL at a seeded moment",
      form: "processes of their own, virtual clock",
      runs: runs.length,
      disturbances: `${kills.length} kills`,
      backups: runs.length * backupsOf(calm),
      doubled: faults.filter((fault) => fault.includes("backups")).length,
      lost: faults.filter((fault) => fault.includes("lost")).length,
      decisionsEqual: faults.length === 0 ? "yes" : "NO",
    });
    const perPhase = PHASES.map((phase) => `${phase} ${kills.filter((each) => each === phase).length}`);
    notes.push(`Kills by phase: ${perPhase.join("; ")}. Seeds 1 to ${runs.length}.`);
    expect(faults).toEqual([]);
    expect(PHASES.filter((phase) => !kills.includes(phase))).toEqual([]);
  });

  it("C12: a hub that repeats itself, 100 seeds", async () => {
    const calm = await repeatedRun(MIXED, 0, 0);
    const faults: string[] = [];
    let [executions, copies, backups] = [0, 0, 0];
    for (let seed = 1; seed <= REPEATED_RUNS; seed++) {
      const run = await repeatedRun(MIXED, seed, 0.2 + 0.6 * randomOf(seed)());
      for (const count of run.repeats.executions.values()) executions += count;
      copies += run.repeats.copies;
      backups += backupsOf(run);
      faults.push(...[...differences(calm, run), ...differences(calm, run.later)].map((fault) => `seed ${seed}: ${fault}`));
    }
    rows.push({
      what: "activities executed twice (at once or late), messages doubled and reordered",
      form: "one process, virtual clock",
      runs: REPEATED_RUNS,
      disturbances: `${executions} executions, ${copies} messages`,
      backups,
      doubled: faults.filter((fault) => fault.includes("backups")).length,
      lost: faults.filter((fault) => fault.includes("lost")).length,
      decisionsEqual: faults.length === 0 ? "yes" : "NO",
    });
    expect(faults).toEqual([]);
  });

  it("C12: 50 lost answers", async () => {
    const run = await repeatedRun(lostAnswers(LOST_ANSWERS), 0, 0);
    const stray = strayBackups(run.report, new Map(run.items.map((item) => [item.name, item])));
    const unrecovered = run.report.items
      .filter(({ decision }) => decision !== "recovered")
      .map(({ item, decision }) => `${item}: ${decision}`);
    rows.push({
      what: "lost answers to the trigger",
      form: "one process, virtual clock",
      runs: 1,
      disturbances: `${LOST_ANSWERS} answers`,
      backups: backupsOf(run),
      doubled: stray.length,
      lost: LOST_ANSWERS - run.report.items.length,
      decisionsEqual: unrecovered.length === 0 ? "yes" : "NO",
    });
    expect([...stray, ...unrecovered]).toEqual([]);
    expect(run.report.counts).toMatchObject({ items: LOST_ANSWERS, recovered: LOST_ANSWERS });
  });

  it("C12: hosts killed on real time, the service in another process", async () => {
    const fails = (after: string): object => ({ status: "Failed", after, errorCode: "CloudInternalError" });
    const item = (name: string, ...next: object[]): Record<string, unknown> => ({ name, jobs: [failed("CloudInternalError")], next });
    const estate = quickEstate(
      {
        vault: [
          item("vm-quick", fails("1m"), fails("1m"), { status: "Completed", after: "1m" }),
          item("vm-never", fails("10m")),
          item("vm-slow", fails("20m"), { status: "Completed", after: "30m" }),
          item("vm-lost", fails("1m"), { status: "Completed", after: "1m" }),
        ],
      },
      { faults: [{ on: "trigger", item: "vm-lost", times: 2, do: "accept-and-drop-connection" }] },
    );
    const calm = await killedRun(estate, 0, 0);
    const seeds = Array.from({ length: TWO_PROCESS_RUNS }, (_, index) => index + 1);
    const runs = await inLanes(seeds, AT_ONCE, async (seed) => ({ seed, ...(await killedRun(estate, seed, 3)) }));
    const faults = runs.flatMap((run) => differences(calm, run).map((fault) => `seed ${run.seed}: ${fault}`));
    const kills = runs.reduce((sum, run) => sum + run.kills, 0);
    rows.push({
      what: "SIGKILL at a seeded time",
      form: "`retry --azure` and `simulate` in two processes, real time",
      runs: runs.length,
      disturbances: `${kills} kills`,
      backups: runs.reduce((sum, run) => sum + backupsOf(run), 0),
      doubled: faults.filter((fault) => fault.includes("backups")).length,
      lost: faults.filter((fault) => fault.includes("lost")).length,
      decisionsEqual: faults.length === 0 ? "yes" : "NO",
    });
    expect(faults).toEqual([]);
    expect(kills).toBeGreaterThan(TWO_PROCESS_RUNS);
  });
});
