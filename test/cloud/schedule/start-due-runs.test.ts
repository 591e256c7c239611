import { describe, expect, it } from "vitest";
import { systemClock, type Clock } from "../../../src/clock/clock.ts";
import { createLedger } from "../../../src/cloud/ledger/ledger.ts";
import type { RunClient } from "../../../src/cloud/runs/start-run.ts";
import { scheduledRunId, scheduleProblems } from "../../../src/cloud/schedule/schedules.ts";
import { startDueRuns } from "../../../src/cloud/schedule/start-due-runs.ts";
import { RUN_ID_PATTERN } from "../../../src/policy/run.ts";
import { parseSettings, type Environment } from "../../../src/settings/settings.ts";
import { createMemoryStore } from "../../../src/store/memory.ts";

/** An app with its store; what starts runs counts instances and, like the service, refuses an id that it has. */
function appOf(environment: Environment) {
  let nowMs = 0;
  const clock: Clock = { ...systemClock, now: () => nowMs };
  const ledger = createLedger(createMemoryStore());
  const instances: string[] = [];
  let isDown = false;
  const client: RunClient = {
    async startNew(_name, { instanceId }) {
      if (isDown) throw new Error("the task hub is out of reach");
      if (instances.includes(instanceId)) throw new Error(`instance ${instanceId} already exists`);
      instances.push(instanceId);
      return instanceId;
    },
    raiseEvent: () => Promise.resolve(),
    terminate: () => Promise.resolve(),
    getStatus: (id) => Promise.resolve(instances.includes(id) ? { runtimeStatus: "Running" } : undefined),
  };
  const app = {
    ledger,
    instances,
    set down(value: boolean) {
      isDown = value;
    },
    /** Evaluates at that time; gives what was started, as `name time`. */
    async evaluate(time: string, settings = environment): Promise<string[]> {
      nowMs = Date.parse(`${time}Z`);
      const due = await startDueRuns({ clock, ledger }, parseSettings(settings, scheduleProblems), client);
      return due.filter(({ kind }) => kind === "started").map(({ runId }) => runId);
    },
    /** Again and again from one time to the other. */
    async evaluateFromTo(from: string, to: string, everyMinutes = 5): Promise<string[]> {
      const started: string[] = [];
      for (let ms = Date.parse(`${from}Z`); ms <= Date.parse(`${to}Z`); ms += everyMinutes * 60_000)
        started.push(...(await app.evaluate(new Date(ms).toISOString().slice(0, -1))));
      return started;
    },
  };
  return app;
}

const schedules = (...list: unknown[]): Environment => ({ REPRISE_SCHEDULES: JSON.stringify(list) });
const DAILY = { name: "daily", cron: "0 0 13 * * *" };

describe("scheduled runs", () => {
  it("C10: start daily at 13:00 UTC by default, once each", async () => {
    const app = appOf({});
    expect(await app.evaluateFromTo("2026-11-20T12:00:00", "2026-11-22T14:00:00")).toEqual([
      "schedule-20261120t1300",
      "schedule-20261121t1300",
      "schedule-20261122t1300",
    ]);
    expect(app.instances).toHaveLength(3);
    expect(await app.ledger.run("schedule-20261120t1300")).toMatchObject({ origin: "schedule", request: {} });
  });

  it("C1: a run looks back to where the schedule's last one stopped, and to what that one left", async () => {
    const app = appOf({});
    const windowOf = async (runId: string): Promise<number> =>
      (Date.parse("2026-11-25T00:00:00Z") - (await app.ledger.run(runId)).window.fromMs) / 3_600_000;
    await app.evaluate("2026-11-20T13:00:00");
    const { window: first } = await app.ledger.run("schedule-20261120t1300");
    expect(first.toMs - first.fromMs).toBe(24 * 3_600_000);
    // Up to five minutes later than yesterday: without an overlap these were nobody's.
    await app.evaluate("2026-11-21T13:04:00");
    expect(await windowOf("schedule-20261121t1300")).toBe(109);
    const counts = {
      found: 1,
      items: 1,
      recovered: 0,
      failing: 1,
      needsPerson: 0,
      skipped: 0,
      cancelled: 0,
      running: 0,
      planned: 0,
      retried: 0,
      attempts: 0,
    };
    await app.ledger.outcome.first("schedule-20261121t1300", {
      status: "completed",
      endedMs: 0,
      counts,
      leftSinceMs: Date.parse("2026-11-20T15:00:00Z"),
    });
    await app.evaluate("2026-11-22T13:00:00");
    expect(await windowOf("schedule-20261122t1300")).toBe(105);
  });

  it("C10: a fresh app makes up nothing from before it existed, and does not lose the time that its first tick is for", async () => {
    expect(await appOf({}).evaluateFromTo("2026-11-20T14:00:00", "2026-11-21T12:55:00")).toEqual([]);
    expect(await appOf({}).evaluate("2026-11-20T13:05:00")).toEqual([]);
    expect(await appOf({}).evaluate("2026-11-20T13:00:07")).toEqual(["schedule-20261120t1300"]);
  });

  it("C10: of the times missed while the app was down the newest is made up, once", async () => {
    const app = appOf({});
    await app.evaluate("2026-11-10T12:00:00");
    expect(await app.evaluate("2026-11-20T20:02:31")).toEqual(["schedule-20261120t1300"]);
    expect(await app.evaluateFromTo("2026-11-20T20:05:00", "2026-11-21T13:00:00")).toEqual(["schedule-20261121t1300"]);
  });

  it("C10: each schedule has its own times, zone, dates and request", async () => {
    const app = appOf(
      schedules(
        { name: "tokyo", cron: "0 30 6 * * MON-FRI", timeZone: "Asia/Tokyo", request: { since: "12h", vaults: ["jp-*"], maxAttempts: 1 } },
        { name: "weekly", everyDays: 7, at: "02:00", from: "2026-11-21", timeZone: "Europe/Berlin", request: { dryRun: true } },
        { name: "last-days", cron: "0 0 0 * * *", startDate: "2026-11-20", endDate: "2026-11-21" },
        { name: "off", cron: "0 0 * * * *", enabled: false },
      ),
    );
    expect(await app.evaluateFromTo("2026-11-19T12:00:00", "2026-11-23T00:00:00", 30)).toEqual([
      "tokyo-20261119t2130",
      "last-days-20261120t0000",
      "last-days-20261121t0000",
      "weekly-20261121t0100",
      "tokyo-20261122t2130",
    ]);
    expect(await app.ledger.run("tokyo-20261119t2130")).toMatchObject({
      request: { sinceMs: 12 * 3_600_000, vaults: ["jp-*"], maxAttempts: 1 },
      rules: { maxAttempts: 1, dryRun: false },
      scope: { vaults: ["jp-*"] },
    });
    expect((await app.ledger.run("weekly-20261121t0100")).rules.dryRun).toBe(true);
  });

  it("C10: no run starts in quiet hours; one starts at their end", async () => {
    const hourly = { name: "h", cron: "0 0 * * * *", timeZone: "Europe/Berlin", quietHours: { from: "22:00", to: "05:30" } };
    const app = appOf(schedules(hourly));
    expect(await app.evaluateFromTo("2026-11-20T19:30:00", "2026-11-21T05:00:00")).toEqual([
      "h-20261120t2000",
      "h-20261121t0400",
      "h-20261121t0500",
    ]);
    expect((await app.ledger.run("h-20261121t0400")).startedMs).toBe(Date.parse("2026-11-21T04:30:00Z"));
  });

  it("C10: switching a schedule on, adding one or taking one back makes nothing up", async () => {
    const app = appOf({});
    const off = { REPRISE_SCHEDULE_ENABLED: "false" };
    await app.evaluate("2026-11-20T12:55:00");
    expect(await app.evaluate("2026-11-20T13:05:00", off)).toEqual([]);
    expect(await app.evaluate("2026-11-20T14:00:00")).toEqual([]);
    expect(await app.evaluate("2026-11-20T14:05:00", schedules(DAILY))).toEqual([]);
    expect(await app.evaluate("2026-11-21T12:55:00", schedules({ ...DAILY, name: "other" }))).toEqual([]);
    expect(await app.evaluate("2026-11-21T13:05:00", schedules({ ...DAILY, name: "other" }))).toEqual(["other-20261121t1300"]);
    expect(await app.evaluate("2026-11-21T13:10:00", schedules(DAILY))).toEqual([]);
  });

  it("C12: a due time evaluated on many instances at once, and again after a crash, gives one run", async () => {
    const app = appOf(schedules(DAILY));
    await app.evaluate("2026-11-20T12:55:00");
    const before = await app.ledger.store.get("schedule-state");
    const started = await Promise.all(Array.from({ length: 10 }, () => app.evaluate("2026-11-20T13:00:01")));
    expect(started.flat()).toEqual(["daily-20261120t1300"]);
    // Killed before the state was written: the evaluation comes again, later.
    await app.ledger.store.put("schedule-state", before?.bytes ?? new Uint8Array());
    expect(await app.evaluate("2026-11-20T13:10:00")).toEqual([]);
    expect(app.instances).toHaveLength(1);
  });

  it("C12: a run that could not be started is tried again, and holds no other schedule up", async () => {
    const app = appOf(schedules(DAILY, { name: "never", cron: "0 0 0 1 1 *" }));
    app.down = true;
    await expect(app.evaluate("2026-11-20T13:00:00")).rejects.toThrow(
      "1 scheduled runs could not be started: Error: the task hub is out of reach",
    );
    await expect(app.evaluate("2026-11-20T13:05:00")).rejects.toThrow(AggregateError);
    app.down = false;
    await app.evaluate("2026-11-20T13:10:00");
    expect(app.instances).toHaveLength(1);
    expect(await app.evaluate("2026-11-20T13:15:00")).toEqual([]);
    expect(app.instances).toHaveLength(1);
  });

  it("C12: an id that a person has used for another request is left alone, and named", async () => {
    const app = appOf(schedules({ ...DAILY, request: { dryRun: true } }));
    const clock: Clock = { ...systemClock, now: () => Date.parse("2026-11-20T13:00:00Z") };
    const settings = parseSettings(schedules(DAILY));
    const client = {
      startNew: () => Promise.resolve(""),
      getStatus: () => Promise.resolve({ runtimeStatus: "Running" }),
    } as unknown as RunClient;
    await startDueRuns({ clock, ledger: app.ledger }, settings, client);
    await app.ledger.store.delete("schedule-state");
    expect(await app.evaluate("2026-11-20T13:00:00")).toEqual([]);
    expect((await app.ledger.run("daily-20261120t1300")).request).toEqual({});
  });

  it("C10: run ids fit, stay the same and are different for different names and times", () => {
    const due = Date.parse("2026-11-20T13:00:00Z");
    const long = "x".repeat(59);
    const names = ["a", "a-20261120t1300", "nightly", "x".repeat(24), "x".repeat(25), `${long}a`, `${long}b`];
    const ids = names.flatMap((name) => [scheduledRunId(name, due), scheduledRunId(name, due + 1_000), scheduledRunId(name, due + 60_000)]);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(RUN_ID_PATTERN);
    expect(ids.slice(0, 3)).toEqual(["a-20261120t1300", "a-20261120t130001", "a-20261120t1301"]);
    expect(scheduledRunId(`${long}a`, due)).toBe("xxxxxxxxxxxxxxx-2df899b9-20261120t1300");
  });

  it("U5: names every wrong field of a request together with what else is wrong", () => {
    const request = { maxAttempts: 0, vault: ["x"], runId: "mine", since: "1y" };
    expect(() =>
      parseSettings(
        { ...schedules(DAILY, { name: "b", cron: "0 0 1 * * *", timeZone: "Nowhere", request }), REPRISE_DAY_CAP: "x" },
        scheduleProblems,
      ),
    ).toThrow(
      expect.objectContaining({
        problems: [
          expect.objectContaining({ name: "REPRISE_DAY_CAP" }),
          expect.objectContaining({ name: "REPRISE_SCHEDULES[1].timeZone" }),
          { name: "REPRISE_SCHEDULES[1].request.runId", found: "a run id", allowed: "nothing: it is made of name and due time" },
          { name: "REPRISE_SCHEDULES[1].request.maxAttempts", found: "0", allowed: "a whole number from 1 to 10" },
          expect.objectContaining({ name: "REPRISE_SCHEDULES[1].request.vault", found: "an unknown field" }),
          expect.objectContaining({ name: "REPRISE_SCHEDULES[1].request.since", found: '"1y"' }),
        ],
      }),
    );
  });
});
