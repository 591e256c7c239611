import { describe, expect, it } from "vitest";
import type { Clock } from "../../src/clock/clock.ts";
import { activities } from "../../src/cloud/orchestrate/names.ts";
import type { RunReport } from "../../src/policy/report.ts";
import { estateOf, failedJob, type SimulatedItem } from "../support/simulated-run.ts";
import { repeatingHub, type Repeats } from "./hub-faults.ts";
import { stage, strayBackups } from "./staged-app.ts";

/** Backups that are over before anybody looks: a second one is not refused, so the service would count it. */
const AT_ONCE = { status: "Failed", after: "1s", errorCode: "BackUpOperationFailed" };

const items = [
  { name: "vm-quick", jobs: [failedJob("BackUpOperationFailed")], next: [AT_ONCE, AT_ONCE, { status: "Completed", after: "1s" }] },
  {
    name: "vm-slow",
    jobs: [failedJob("BackUpOperationFailed")],
    next: [
      { ...AT_ONCE, after: "40m" },
      { status: "Completed", after: "2h" },
    ],
  },
  { name: "vm-never", jobs: [failedJob("BackUpOperationFailed")], next: [AT_ONCE] },
  {
    name: "vm-person",
    jobs: [failedJob("BackUpOperationFailed")],
    next: [{ ...AT_ONCE, errorCode: "UserErrorKeyVaultPermissionsNotConfigured" }],
  },
  { name: "vm-lost", jobs: [failedJob("BackUpOperationFailed")], next: [AT_ONCE, { status: "Completed", after: "1s" }] },
  { name: "vm-conflict", jobs: [failedJob("UserErrorBackupOperationInProgress")] },
];

const estate = estateOf(items, {
  faults: [
    { on: "trigger", item: "vm-lost", times: 1, do: "accept-and-drop-connection" },
    { on: "trigger", item: "vm-slow", times: 1, do: "throttle", retryAfterSeconds: 60 },
    { on: "operation", times: 2, do: "status", code: 503 },
  ],
});

interface Outcome {
  readonly report: RunReport;
  readonly held: ReadonlyMap<string, SimulatedItem>;
  readonly later: ReadonlyMap<string, SimulatedItem>;
}

const decisionsOf = ({ report }: Outcome): unknown =>
  report.items.map(({ item, decision, attempts }) => [item, decision, attempts.map(({ trigger, status }) => `${trigger} ${status}`)]);

async function carryOut(seed: number, share: number): Promise<Outcome & { readonly repeats: Repeats }> {
  let clock: Clock | undefined;
  const { faults, repeats } = repeatingHub(seed, share, () => {
    if (clock === undefined) throw new Error("the app is not open yet");
    return clock;
  });
  return stage(
    estate,
    async (app) => {
      ({ clock } = app);
      await app.start();
      const report = await app.report();
      const held = await app.items();
      // Whatever is executed late, it sends nothing and changes no report.
      const later = await app.atMinute(24 * 60, () => app.items());
      expect(await app.report()).toEqual(report);
      return { report, held, later, repeats };
    },
    { faults: { hub: faults } },
  );
}

describe("a task hub that repeats itself", { timeout: 120_000 }, () => {
  it("C12: activities executed twice, at once or hours later, messages doubled and reordered: the same backups and decisions", async () => {
    const calm = await carryOut(0, 0);
    expect(strayBackups(calm.report, calm.held)).toEqual([]);
    expect(calm.report.counts).toMatchObject({ items: 6, failing: 2, recovered: 4 });
    const executed = new Set<string>();
    for (const seed of [1, 2, 3]) {
      const run = await carryOut(seed, 0.6);
      expect(strayBackups(run.report, run.held), `seed ${seed}`).toEqual([]);
      expect(strayBackups(run.report, run.later), `seed ${seed}`).toEqual([]);
      expect(decisionsOf(run), `seed ${seed}`).toEqual(decisionsOf(calm));
      expect(run.repeats.copies).toBeGreaterThan(20);
      for (const name of run.repeats.executions.keys()) executed.add(name);
    }
    expect([...executed].sort()).toEqual(
      expect.arrayContaining([activities.trigger, activities.followOperation, activities.endAttempt, activities.claimItem]),
    );
  });

  it("C12: every activity executed twice at the same time or late", async () => {
    const calm = await carryOut(0, 0);
    const run = await carryOut(11, 1);
    expect(strayBackups(run.report, run.later)).toEqual([]);
    expect(decisionsOf(run)).toEqual(decisionsOf(calm));
    expect([...run.repeats.executions.keys()].sort()).toEqual(Object.values(activities).sort());
  });
});
