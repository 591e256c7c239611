/** Whole runs against caps that are reached, a service that throttles, and vaults that take no triggers. */
import { describe, expect, it } from "vitest";
import { estateOf, failedJob, simulateRun, withSimulatedApp, carryOut, type SimulatedRun } from "../support/simulated-run.ts";

const START_MS = Date.parse("2026-11-20T13:00:00Z");

const failing = (name: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  name,
  jobs: [failedJob("BackUpOperationFailed")],
  ...more,
});

interface Post {
  readonly item: string | null;
  readonly second: number;
  readonly status: number;
}

/** The triggers in the order in which they came in. */
function posts({ log }: SimulatedRun): Post[] {
  return log
    .filter(({ method, path }) => method === "POST" && path.endsWith("/backup"))
    .map(({ item, time, status }) => ({ item, status, second: (Date.parse(time) - START_MS) / 1_000 }));
}

describe("more failed items than the caps let through", () => {
  it("C14: start in waves, the oldest recovery point first", async () => {
    const ages = [30, 70, 40, 60, 50];
    const run = await simulateRun(
      estateOf([...ages.map((hours) => failing(`vm-${hours}`, { lastRecoveryPoint: `-${hours}h` })), failing("vm-never")]),
      {},
      { REPRISE_SUBSCRIPTION_PACE: "3" },
    );
    const made = posts(run);
    expect(made.map(({ item }) => item)).toEqual(["vm-never", "vm-70", "vm-60", "vm-50", "vm-40", "vm-30"]);
    for (const [index, { second }] of made.entries()) expect(second).toBeCloseTo(index * 20, 0);
    expect(run.report.counts.recovered).toBe(6);
  });

  it("C14: a dry run says whose turn comes when", async () => {
    const run = await simulateRun(
      estateOf([failing("vm-a", { lastRecoveryPoint: "-50h" }), failing("vm-b", { lastRecoveryPoint: "-30h" })]),
      { dryRun: true },
      { REPRISE_VAULT_PACE: "1" },
    );
    expect(run.decision("vm-a").reason).not.toContain("wave");
    expect(run.decision("vm-b").reason).toContain("wave 2, not before 2026-11-20 13:01 UTC, the oldest recovery points first");
  });

  it("C14: a turn that would come after the run's deadline is left to the next run", async () => {
    const run = await simulateRun(
      estateOf(Array.from({ length: 63 }, (_, index) => failing(`vm-${index}`))),
      { dryRun: true },
      { REPRISE_VAULT_PACE: "1", REPRISE_RUN_DEADLINE_HOURS: "1" },
    );
    expect(run.report.counts).toMatchObject({ planned: 61, failing: 2 });
    expect(run.report.items.filter(({ reason }) => reason.includes("its turn comes after the run's deadline"))).toHaveLength(2);
  });

  it("C14: two runs at the same time keep the cap together", async () => {
    const items = Array.from({ length: 12 }, (_, index) => failing(`vm-${index}`));
    await withSimulatedApp(
      estateOf(items),
      async (app) => {
        const body = (runId: string, from: number): string =>
          JSON.stringify({ runId, items: Array.from({ length: 6 }, (_, index) => `vm-${from + index}`) });
        const header = { "content-type": "application/json" };
        await app.host.request("POST", "/api/runs", body("one", 0), header);
        const run = await carryOut(app, { runId: "two", items: Array.from({ length: 6 }, (_, index) => `vm-${6 + index}`) });
        await app.host.waitForEnd("one");
        const made = posts(run).map(({ second }) => second);
        expect(made).toHaveLength(12);
        for (const from of made) expect(made.filter((second) => second >= from && second < from + 59).length).toBeLessThanOrEqual(2 + 6);
        expect(Math.max(...made)).toBeGreaterThanOrEqual(95);
      },
      { REPRISE_SUBSCRIPTION_PACE: "6" },
    );
  });
});

describe("a service that throttles", () => {
  it("C14: what it asks after one trigger holds for all of the subscription, and they come one by one", async () => {
    const run = await simulateRun(
      estateOf(
        ["a", "b", "c", "d"].map((name, index) => failing(`vm-${name}`, { lastRecoveryPoint: `-${60 - index}h` })),
        { faults: [{ on: "trigger", item: "vm-a", do: "throttle", times: 1, retryAfterSeconds: 600 }] },
      ),
      {},
      { REPRISE_SUBSCRIPTION_PACE: "3" },
    );
    const [first, ...others] = posts(run);
    expect(first).toMatchObject({ item: "vm-a", status: 429, second: 0 });
    expect(others).toHaveLength(4);
    expect(others.every(({ second, status }) => second >= 600 && status === 202)).toBe(true);
    expect(run.report.counts.recovered).toBe(4);
  });
});

describe("a vault that takes no triggers", () => {
  const vms = Array.from({ length: 24 }, (_, index) => failing(`vm-${index}`));

  it("C14: opens its breaker, probes, and closes it again when the probes pass", async () => {
    const run = await simulateRun(
      estateOf(vms, { faults: [{ on: "trigger", do: "status", code: "CloudInternalError", times: 12 }] }),
      {},
      { REPRISE_VAULT_PACE: "60" },
    );
    const made = posts(run);
    const refused = made.filter(({ status }) => status !== 202);
    expect(refused).toHaveLength(12);
    // Ten refusals open it; what was under way meanwhile is refused too or passes. Then nothing for five minutes.
    const opened = refused[9]?.second ?? 0;
    expect(made.filter(({ second }) => second > opened + 1 && second < opened + 299)).toEqual([]);
    const probes = made.filter(({ second }) => second >= opened + 299 && second < opened + 355);
    expect(probes).toHaveLength(3);
    expect(run.report.counts).toMatchObject({ recovered: 24, failing: 0 });
    for (const { backupsAccepted } of run.items.values()) expect(backupsAccepted).toBe(1);
  });

  it("C14: for want of a right, is asked a few times only, and its other items need a person", async () => {
    const run = await simulateRun(
      estateOf(vms, { faults: [{ on: "trigger", do: "status", code: "AuthorizationFailed" }] }),
      {},
      { REPRISE_VAULT_PACE: "30" },
    );
    expect(posts(run).length).toBeLessThan(24);
    expect(run.report.counts).toMatchObject({ needsPerson: 24, attempts: 0 });
    const untried = run.report.items.filter(({ attempts }) => attempts.length === 0);
    expect(untried.length).toBeGreaterThan(3);
    expect(untried[0]?.reason).toContain("Most triggers of the vault fail with AuthorizationFailed");
    expect(untried[0]?.errorCode).toBe("AuthorizationFailed");
  });
});

describe("thousands of failed jobs", () => {
  it("C2: 12,000 failed jobs are found", async () => {
    const jobs = (index: number): Record<string, unknown>[] =>
      Array.from({ length: 12 }, (_, hours) =>
        failedJob("BackUpOperationFailed", `-${2 * hours + 1}h${index % 50}m`, `-${2 * hours + 1}h`),
      );
    const run = await simulateRun(estateOf(Array.from({ length: 1_000 }, (_, index) => ({ name: `vm-${index}`, jobs: jobs(index) }))), {
      dryRun: true,
    });
    expect(run.report.counts.found).toBeGreaterThanOrEqual(12_000);
    expect(run.report.counts).toMatchObject({ items: 1_000, planned: 1_000 });
    expect(run.report.calls.graph).toBe(13);
  }, 120_000);
});
