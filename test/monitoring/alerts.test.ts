import { describe, expect, it } from "vitest";
import { MINUTE_MS } from "../../src/policy/times.ts";
import type { LocalApp } from "../../src/local/app.ts";
import type { Store } from "../../src/store/store.ts";
import { carryOut, estateOf, failedJob } from "../support/simulated-run.ts";
import { ask } from "./queries.ts";
import type { Rows } from "./ingestion.ts";
import { pass, whileTold } from "./told-app.ts";

const ALERTS = ["schedule-silent", "run-late", "run-failed", "items-failing", "run-incomplete", "throttled"];
const BEFORE_THE_RUN = { now: "2026-11-20T12:57:00Z" };
/** So that the schedule is known before its time comes. */
const A_TICK_BEFORE = { now: "2026-11-20T12:52:00Z" };
const SCHEDULED = "schedule-20261120t1300";

/** The timer ticks; a dry run leaves a state, from whose time the next app goes on. */
async function knowsItsSchedule(app: LocalApp): Promise<void> {
  await pass(app, 6);
  await carryOut(app, { runId: "dry", dryRun: true });
}

/** Those that have a reason to fire at that time. */
function firing(rows: Rows, nowMs: number): string[] {
  return ALERTS.filter((name) => ask(name, rows, nowMs).length > 0);
}

const recovers = { name: "vm-a", jobs: [failedJob("BackUpOperationFailed")] };
const needsPerson = { name: "vm-b", jobs: [failedJob("UserErrorFsFreezeFailed")] };

describe("the alert rules, on what the app tells", { timeout: 120_000 }, () => {
  it("U3: are silent about a scheduled run that began on time and recovered everything", async () => {
    await whileTold(estateOf([recovers], BEFORE_THE_RUN), async ({ during, rows }) => {
      const endMs = await during(async (app) => {
        await pass(app, 60);
        await app.host.waitForEnd(SCHEDULED);
      });
      expect(ask("runs", rows(), endMs)).toMatchObject([{ run: SCHEDULED, outcome: "completed", recovered: 1, failing: 0 }]);
      expect(firing(rows(), endMs)).toEqual([]);
    });
  });

  it("U3: schedule-silent fires half an hour after the app went silent, and for an app that never said anything", async () => {
    await whileTold(estateOf([recovers], BEFORE_THE_RUN), async ({ during, rows }) => {
      const endMs = await during((app) => pass(app, 10));
      expect(firing(rows(), endMs + 20 * MINUTE_MS)).not.toContain("schedule-silent");
      expect(ask("schedule-silent", rows(), endMs + 31 * MINUTE_MS)).toEqual([{ checks: 0 }]);
      expect(ask("schedule-silent", new Map(), endMs)).toEqual([{ checks: 0 }]);
    });
  });

  it("U3: run-late fires for a run that was made up two hours after its time, naming both times", async () => {
    await whileTold(estateOf([recovers], A_TICK_BEFORE), async ({ during, rows }) => {
      await during(knowsItsSchedule);
      const endMs = await during((app) => pass(app, 60), { faults: { downMs: 120 * MINUTE_MS } });
      const late = ask("run-late", rows(), endMs);
      expect(late).toMatchObject([{ run: SCHEDULED, schedule: "schedule", wanted: "2026-11-20T13:00:00.0000000Z", missed: false }]);
      expect(String(late[0]?.started)).toMatch(/^2026-11-20T15:0/);
      expect(ask("run-late", rows(), endMs, { allowed: "5h" })).toEqual([]);
    });
  });

  it("U3: run-late fires for a run that could not be started, and says why", async () => {
    const awayFor = (store: Store): Store => ({
      ...store,
      create: (key, bytes) => (key.startsWith("runs/") ? Promise.reject(new TypeError("the store is away")) : store.create(key, bytes)),
    });
    await whileTold(estateOf([recovers], BEFORE_THE_RUN), async ({ during, rows }) => {
      const parts = { parts: (given: { store?: Store }) => ({ ...given, ...(given.store && { store: awayFor(given.store) }) }) };
      const endMs = await during((app) => pass(app, 30), { faults: parts });
      expect(ask("run-late", rows(), endMs)).toMatchObject([{ run: SCHEDULED, started: null, reason: "TypeError" }]);
      expect(firing(rows(), endMs)).toEqual(["run-late"]);
    });
  });

  it("U3: run-late fires for a due time that is too long ago to be made up", async () => {
    await whileTold(estateOf([recovers], A_TICK_BEFORE), async ({ during, rows }) => {
      const weekly = { REPRISE_SCHEDULE: "0 0 13 * * FRI" };
      await during(knowsItsSchedule, { environment: weekly });
      const endMs = await during((app) => pass(app, 6), { environment: weekly, faults: { downMs: 25 * 60 * MINUTE_MS } });
      expect(ask("run-late", rows(), endMs)).toMatchObject([{ run: SCHEDULED, missed: true }]);
    });
  });

  it("U3: run-late waits for the end of quiet hours", async () => {
    const schedules = JSON.stringify([{ name: "quiet", cron: "0 0 13 * * *", quietHours: { from: "12:30", to: "14:00" } }]);
    await whileTold(estateOf([recovers], BEFORE_THE_RUN), async ({ during, rows }) => {
      const endMs = await during((app) => pass(app, 75), { environment: { REPRISE_SCHEDULES: schedules } });
      expect(ask("runs", rows(), endMs)).toMatchObject([{ run: "quiet-20261120t1300", origin: "schedule" }]);
      expect(firing(rows(), endMs)).toEqual([]);
    });
  });

  it("U3: run-failed fires for a run that failed and names the problem; the next good run ends it", async () => {
    await whileTold(estateOf([recovers]), async ({ during, rows }) => {
      const endMs = await during(async (app) => {
        await carryOut(app, { runId: "bad", subscriptions: ["99999999-9999-4999-8999-999999999999"] });
      });
      const [failed] = ask("run-failed", rows(), endMs);
      expect(failed).toMatchObject({ run: "bad", outcome: "failed" });
      expect(failed?.problem).toContain("None of the subscriptions asked for");
      expect(firing(rows(), endMs).filter((name) => name !== "schedule-silent")).toEqual(["run-failed"]);
      const laterMs = await during(async (app) => {
        await pass(app, 1);
        await carryOut(app, { runId: "good" });
      });
      expect(ask("run-failed", rows(), laterMs)).toEqual([]);
    });
  });

  it("U3: run-failed fires for a run that began and was never heard of again", async () => {
    await whileTold(estateOf([recovers]), async ({ during, rows }) => {
      const endMs = await during(async (app) => {
        await app.clock.work(async () => {
          await app.host.request("POST", "/api/runs", JSON.stringify({ runId: "lost" }));
          for (let look = 0; look < 400 && (await app.ledger.plan.read("lost")) === undefined; look++)
            await new Promise((resolve) => setTimeout(resolve, 25));
        });
      });
      expect(ask("run-failed", rows(), endMs + 23 * 60 * MINUTE_MS)).toEqual([]);
      expect(ask("run-failed", rows(), endMs + 25 * 60 * MINUTE_MS)).toMatchObject([{ run: "lost", outcome: "did not end" }]);
    });
  });

  it("U3: items-failing fires for what a run leaves, not for a dry run, and ends with a run that leaves nothing", async () => {
    await whileTold(estateOf([recovers, needsPerson]), async ({ during, rows }) => {
      const dryMs = await during(async (app) => void (await carryOut(app, { runId: "dry", dryRun: true })));
      expect(ask("items-failing", rows(), dryMs)).toEqual([]);
      const badMs = await during(async (app) => void (await carryOut(app, { runId: "bad" })));
      expect(ask("items-failing", rows(), badMs)).toMatchObject([{ run: "bad", failing: 1, needsPerson: 1 }]);
      expect(ask("items-failing", rows(), badMs, { mostFailing: "1" })).toEqual([]);
      expect(firing(rows(), badMs).filter((name) => name !== "schedule-silent")).toEqual(["items-failing"]);
      const goodMs = await during(async (app) => {
        await pass(app, 1);
        await carryOut(app, { runId: "good", items: ["vm-a"] });
      });
      expect(ask("items-failing", rows(), goodMs)).toEqual([]);
    });
  });

  it("U3: run-incomplete fires when a vault keeps its jobs to itself", async () => {
    const estate = estateOf([recovers], {}, { forbidden: true });
    await whileTold(estate, async ({ during, rows }) => {
      const endMs = await during(async (app) => void (await carryOut(app, { runId: "blind" })));
      expect(ask("run-incomplete", rows(), endMs)).toMatchObject([{ run: "blind" }]);
    });
  });

  it("U3: throttled fires when one interface asks to wait for half an hour, not for a passing refusal", async () => {
    const throttling = (times: number, retryAfterSeconds: number): unknown =>
      estateOf([recovers], { faults: [{ on: "trigger", item: "vm-a", times, do: "throttle", retryAfterSeconds }] });
    await whileTold(throttling(2, 60), async ({ during, rows }) => {
      const endMs = await during(async (app) => void (await carryOut(app, { runId: "passing" })));
      expect(ask("throttled", rows(), endMs)).toEqual([]);
    });
    await whileTold(throttling(7, 300), async ({ during, rows }) => {
      let throttledUntilMs = 0;
      await during(async (app) => {
        throttledUntilMs = app.clock.now() + 7 * 5 * MINUTE_MS;
        await carryOut(app, { runId: "long" });
      });
      expect(ask("throttled", rows(), throttledUntilMs)).toMatchObject([
        { api: "trigger", waits: 7, waitedSeconds: 2_100, longestSeconds: 300 },
      ]);
      expect(ask("throttled", rows(), throttledUntilMs, { mostMinutes: "50" })).toEqual([]);
    });
  });
});
