import { describe, expect, it } from "vitest";
import { claimItem } from "../../src/cloud/activities/claim.ts";
import { hashOf } from "../../src/cloud/ledger/keys.ts";
import { estateOf, failedJob, SUBSCRIPTION } from "../support/simulated-run.ts";
import { itemOf, RUN, stage, strayBackups, VAULT, type StagedApp } from "./staged-app.ts";

const failing = (name: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  name,
  jobs: [failedJob("BackUpOperationFailed")],
  next: [
    { status: "Failed", after: "20m", errorCode: "BackUpOperationFailed" },
    { status: "Completed", after: "30m" },
  ],
  ...more,
});

const HOURLY = { REPRISE_BACKOFF_FIRST_SECONDS: "3600" };

async function itemHash(app: StagedApp): Promise<string> {
  const answer = await app.clock.work(async () =>
    app.simulator?.handle({ method: "GET", url: "http://127.0.0.1/_simulator/state", headers: {}, body: "" }),
  );
  if (answer === undefined || answer === "drop") throw new Error("no answer");
  const [first] = (JSON.parse(answer.body) as { items: { id: string }[] }).items;
  return hashOf(first?.id ?? "");
}

describe("an item belongs to one run", () => {
  it("C17: two runs over the same items at once: each item is retried by one, the other names it", async () => {
    const names = ["vm-a", "vm-b", "vm-c", "vm-d"];
    await stage(estateOf(names.map((name) => failing(name))), async (app) => {
      await app.clock.work(() => Promise.all([app.start({ runId: "one" }), app.start({ runId: "two" })]));
      const [one, two] = [await app.report("one"), await app.report("two")];
      for (const name of names) {
        const decisions = [itemOf(one, name), itemOf(two, name)];
        expect(decisions.map(({ decision }) => decision).sort()).toEqual(["recovered", "skipped"]);
        const [winner, left] = decisions[0]?.decision === "recovered" ? ["one", decisions[1]] : ["two", decisions[0]];
        expect(left).toMatchObject({ cause: "claimed", reason: expect.stringContaining(`the run ${winner} `) as string, attempts: [] });
        expect((await app.items()).get(name)?.backupsAccepted).toBe(2);
      }
    });
  });

  it.each([
    ["while its backup runs", 10],
    ["while it waits between attempts", 40],
  ])("C17: a run that begins later leaves the item alone %s, and names the run", async (_when, minute) => {
    await stage(
      estateOf([failing("vm-a")]),
      async (app) => {
        const second = app.atMinute(minute, () => app.start({ runId: "second" }));
        await app.start();
        expect(await second).toBe(202);
        const late = await app.report("second");
        expect(itemOf(late, "vm-a")).toMatchObject({ decision: "skipped", cause: "claimed", attempts: [] });
        expect(itemOf(late, "vm-a").reason).toContain(`the run ${RUN} is retrying it`);
        const report = await app.report();
        expect(itemOf(report, "vm-a").decision).toBe("recovered");
        expect(strayBackups(report, await app.items())).toEqual([]);
      },
      { environment: HOURLY },
    );
  });

  it("C17: a run whose view is older than the other's settlement leaves the item alone", async () => {
    await stage(
      estateOf([failing("vm-a", { next: [{ status: "Failed", after: "5m", errorCode: "BackUpOperationFailed" }] })]),
      async (app) => {
        // The second run has seen the item failed, waits for the first retry's time, and comes to its claim after the first has given up.
        const ref = { runId: RUN, vault: VAULT, page: 0, index: 0 };
        await app.start({ maxAttempts: 1 });
        await app.report();
        const checked = await app.ledger.readChecked(RUN, VAULT);
        const claim = await app.clock.work(async () => {
          const run = await app.ledger.run(RUN);
          await app.ledger.createRun({ ...run, runId: "stale" });
          const draft = checked?.draft ?? "";
          const item = await app.ledger.item({ ...ref, draft });
          await app.ledger.writeCheckedPage({ runId: "stale", vault: VAULT, draft, page: 0 }, [item]);
          return claimItem(app.dependencies, { ...ref, runId: "stale", draft });
        });
        expect(claim).toMatchObject({ kind: "left", reason: `Left alone: the run ${RUN} dealt with it after this run had begun.` });
      },
    );
  });

  it("C17: the claim of a dead run expires; the run that took the item over is not disturbed when the dead one wakes", async () => {
    await stage(
      estateOf([failing("vm-a")]),
      async (app) => {
        const item = await itemHash(app);
        const taken = app.atMinute(40, async () => {
          // Its host slept past its claim, and another run has taken the item.
          await app.ledger.updateClaim(item, () => ({ runId: "other", expiresMs: app.clock.now() + 3_600_000 }));
        });
        await app.start();
        await taken;
        const report = await app.report();
        expect(itemOf(report, "vm-a")).toMatchObject({ decision: "failing", attempts: [{ status: "Failed" }] });
        expect(itemOf(report, "vm-a").reason).toContain("the run other is retrying it");
        expect((await app.items()).get("vm-a")?.backupsAccepted).toBe(1);
        expect(await app.ledger.readClaim(item)).toMatchObject({ runId: "other" });
        expect((await app.ledger.readClaim(item))?.settledMs).toBeUndefined();
      },
      { environment: HOURLY },
    );
  });

  it("C17: an expired claim is taken over, one that lives is not", async () => {
    for (const [expiresMs, decision] of [
      [Date.parse("2026-11-20T12:59:59Z"), "recovered"],
      [Date.parse("2026-11-20T18:00:00Z"), "skipped"],
    ] as const)
      await stage(estateOf([failing("vm-a")]), async (app) => {
        const item = await itemHash(app);
        await app.ledger.updateClaim(item, () => ({ runId: "dead", expiresMs }));
        await app.start();
        expect(itemOf(await app.report(), "vm-a").decision).toBe(decision);
      });
  });

  it("C17: a claim executed again after the item was settled does not open it again", async () => {
    await stage(estateOf([failing("vm-a")]), async (app) => {
      const item = await itemHash(app);
      await app.start();
      await app.report();
      const before = await app.ledger.readClaim(item);
      expect(before?.settledMs).toBeDefined();
      const draft = (await app.ledger.readChecked(RUN, VAULT))?.draft ?? "";
      const claim = await app.clock.work(() => claimItem(app.dependencies, { runId: RUN, vault: VAULT, draft, page: 0, index: 0 }));
      expect(claim).toEqual({ kind: "settled", decision: "recovered" });
      expect(await app.ledger.readClaim(item)).toEqual(before);
    });
  });
});

describe("a run's deadline", () => {
  it("C17: waits beyond it are not started; the item ends failing, the next run takes it", async () => {
    await stage(
      estateOf([failing("vm-a")]),
      async (app) => {
        await app.start();
        const report = await app.report();
        expect(itemOf(report, "vm-a")).toMatchObject({ decision: "failing", attempts: [{ status: "Failed" }] });
        expect(itemOf(report, "vm-a").reason).toContain("the next run takes it");
        expect((await app.items()).get("vm-a")?.backupsAccepted).toBe(1);
        expect(Date.parse(report.endedAt)).toBeLessThan(Date.parse("2026-11-20T13:30:00Z"));
      },
      { environment: { REPRISE_BACKOFF_FIRST_SECONDS: "7200", REPRISE_RUN_DEADLINE_HOURS: "1" } },
    );
  });

  it("C17: a backup that outlasts it is reported as running and left alone", async () => {
    await stage(
      estateOf([failing("vm-a", { next: [{ status: "Completed", after: "5h" }] })]),
      async (app) => {
        await app.start();
        const report = await app.report();
        expect(itemOf(report, "vm-a")).toMatchObject({ decision: "running", attempts: [{ status: "running" }] });
        expect(Date.parse(report.endedAt)).toBeLessThan(Date.parse("2026-11-20T14:10:00Z"));
      },
      { environment: { REPRISE_RUN_DEADLINE_HOURS: "1" } },
    );
  });

  it("C17: a throttled trigger is not waited for past it", async () => {
    const faults = [{ on: "trigger", do: "throttle", retryAfterSeconds: 1_800 }];
    await stage(
      estateOf([failing("vm-a")], { faults }),
      async (app) => {
        await app.start();
        const report = await app.report();
        expect(itemOf(report, "vm-a")).toMatchObject({
          decision: "failing",
          reason: expect.stringContaining("the next run takes it") as string,
        });
        expect(Date.parse(report.endedAt)).toBeLessThanOrEqual(Date.parse("2026-11-20T14:00:10Z"));
      },
      { environment: { REPRISE_RUN_DEADLINE_HOURS: "1" } },
    );
  });

  it("C17: a host that slept past it sends nothing when it wakes", async () => {
    await stage(
      estateOf([failing("vm-a")]),
      async (app) => {
        // The run's record says an earlier deadline than the one that the waiting orchestration was told.
        const moved = app.atMinute(40, async () => {
          const run = await app.ledger.run(RUN);
          await app.ledger.store.put(`runs/${RUN}/run`, new TextEncoder().encode(JSON.stringify({ ...run, deadlineMs: app.clock.now() })));
        });
        await app.start();
        await moved;
        const report = await app.report();
        expect(itemOf(report, "vm-a")).toMatchObject({ decision: "failing", reason: expect.stringContaining("deadline") as string });
        expect((await app.items()).get("vm-a")?.backupsAccepted).toBe(1);
      },
      { environment: HOURLY },
    );
  });
});

it("the vault of the tests is the estate's", () => {
  expect(VAULT).toBe(
    hashOf(`/subscriptions/${SUBSCRIPTION}/resourcegroups/rg-backup/providers/microsoft.recoveryservices/vaults/vault-weu`),
  );
});
