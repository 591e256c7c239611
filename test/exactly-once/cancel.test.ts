import { describe, expect, it } from "vitest";
import { events, instances } from "../../src/cloud/orchestrate/names.ts";
import { exitCodeOf } from "../../src/cloud/report/summary.ts";
import { estateOf, failedJob } from "../support/simulated-run.ts";
import { itemOf, RUN, stage, START_MS, strayBackups, VAULT, type StagedApp } from "./staged-app.ts";

/** Retried at once; the first backup fails after 20 min, the second begins an hour or more later and succeeds. */
const failing = (name: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  name,
  jobs: [failedJob("BackUpOperationFailed")],
  next: [
    { status: "Failed", after: "20m", errorCode: "BackUpOperationFailed" },
    { status: "Completed", after: "30m" },
  ],
  ...more,
});

/** An hour between attempts. */
const HOURLY = { environment: { REPRISE_BACKOFF_FIRST_SECONDS: "3600" } };

const cancel = (app: StagedApp): Promise<number> => app.post(`/api/runs/${RUN}/cancel`);

describe("cancelling a run", () => {
  it("C11: before it was started: nothing is triggered", async () => {
    await stage(
      estateOf([failing("vm-a"), failing("vm-b")]),
      async (app) => {
        await app.clock.work(async () => {
          expect(await app.start()).toBe(202);
          expect(await cancel(app)).toBe(202);
        });
        const report = await app.report();
        expect(report).toMatchObject({ status: "cancelled", counts: { items: 2, cancelled: 2, attempts: 0 } });
        expect(exitCodeOf(report)).toBe(3);
        expect(itemOf(report, "vm-a").reason).toContain("cancelled");
        expect([...(await app.items()).values()].map(({ backupsAccepted }) => backupsAccepted)).toEqual([0, 0]);
      },
      HOURLY,
    );
  });

  it("C11: while items follow jobs: the jobs are left alone and listed, and the run ends at once", async () => {
    await stage(
      estateOf([failing("vm-a"), failing("vm-b")]),
      async (app) => {
        const cancelled = app.atMinute(12, () => cancel(app));
        await app.start();
        expect(await cancelled).toBe(202);
        const report = await app.report();
        expect(report).toMatchObject({ status: "cancelled", counts: { running: 2, attempts: 2 } });
        expect(itemOf(report, "vm-a")).toMatchObject({ decision: "running", attempts: [{ trigger: "accepted", status: "running" }] });
        expect(itemOf(report, "vm-a").reason).toContain("left alone");
        expect(exitCodeOf(report)).toBe(3);
        expect(strayBackups(report, await app.items())).toEqual([]);
        // Told at once, not at the watcher's next poll.
        expect(Date.parse(report.endedAt) - START_MS).toBeLessThan(12 * 60_000 + 5_000);
        await app.atMinute(600, async () => expect((await app.items()).get("vm-a")?.backupsAccepted).toBe(1));
      },
      HOURLY,
    );
  });

  it("C11: a backup that has ended before the cancel is reported as it ended", async () => {
    // It ends after 11 min, the watcher's poll comes after 15 or so.
    const item = failing("vm-a", { next: [{ status: "Completed", after: "11m" }] });
    await stage(
      estateOf([item]),
      async (app) => {
        const cancelled = app.atMinute(12, () => cancel(app));
        await app.start();
        await cancelled;
        const report = await app.report();
        expect(report.status).toBe("cancelled");
        expect(itemOf(report, "vm-a")).toMatchObject({ decision: "recovered", attempts: [{ status: "Succeeded" }] });
      },
      HOURLY,
    );
  });

  it("C11: while items wait between attempts: they are woken, and send nothing more", async () => {
    await stage(
      estateOf([failing("vm-a"), failing("vm-b")]),
      async (app) => {
        // Not at a poll of the watcher: news that comes in the same moment is heard at the next.
        const cancelled = app.atMinute(41, () => cancel(app));
        await app.start();
        await cancelled;
        const report = await app.report();
        expect(report).toMatchObject({ status: "cancelled", counts: { cancelled: 2, attempts: 2 } });
        expect(itemOf(report, "vm-a")).toMatchObject({ decision: "cancelled", attempts: [{ status: "Failed" }] });
        expect(Date.parse(report.endedAt) - START_MS).toBeLessThan(41 * 60_000 + 5_000);
        await app.atMinute(600, async () => expect((await app.items()).get("vm-a")?.backupsAccepted).toBe(1));
      },
      HOURLY,
    );
  });

  it("C11: with the marker alone, when the news is lost, the watcher's next poll is soon enough", async () => {
    await stage(
      estateOf([failing("vm-a"), failing("vm-b", { next: [{ status: "Completed", after: "3h" }] })]),
      async (app) => {
        const cancelled = app.atMinute(41, () => app.ledger.markCancelled(RUN));
        await app.start();
        await cancelled;
        const report = await app.report();
        expect(itemOf(report, "vm-a").decision).toBe("cancelled");
        expect(itemOf(report, "vm-b").decision).toBe("running");
        expect(Date.parse(report.endedAt) - START_MS).toBeLessThan(41 * 60_000 + 2 * 300_000);
      },
      HOURLY,
    );
  });

  it("C11: just before a POST: the marker is read there, whatever was told", async () => {
    await stage(
      estateOf([failing("vm-a")]),
      async (app) => {
        // The watcher is gone: nobody wakes the item.
        const cancelled = app.atMinute(40, async () => {
          await app.terminate(instances.watcher(RUN, VAULT));
          await app.ledger.markCancelled(RUN);
        });
        await app.start();
        await cancelled;
        const report = await app.report();
        expect(itemOf(report, "vm-a")).toMatchObject({
          decision: "cancelled",
          reason: expect.stringContaining("before the trigger") as string,
        });
        expect((await app.items()).get("vm-a")?.backupsAccepted).toBe(1);
      },
      HOURLY,
    );
  });

  it("C11: while a trigger is throttled: it is not sent again", async () => {
    const faults = [{ on: "trigger", do: "throttle", retryAfterSeconds: 600 }];
    await stage(
      estateOf([failing("vm-a")], { faults }),
      async (app) => {
        const cancelled = app.atMinute(15, () => cancel(app));
        await app.start();
        await cancelled;
        const report = await app.report();
        expect(itemOf(report, "vm-a")).toMatchObject({ decision: "cancelled", attempts: [{ trigger: "none" }] });
        expect((await app.items()).get("vm-a")?.backupsAccepted).toBe(0);
      },
      HOURLY,
    );
  });

  it("C11: after an accepted trigger whose job is not known yet: the job is found and listed", async () => {
    await stage(
      estateOf([failing("vm-a")]),
      async (app) => {
        // The operation names its job only when it is asked, a minute after the trigger.
        const cancelled = app.atMinute(0.3, async () => {
          expect((await app.items()).get("vm-a")?.backupsAccepted).toBe(1);
          await cancel(app);
        });
        await app.start();
        await cancelled;
        const report = await app.report();
        expect(report.counts).toMatchObject({ running: 1 });
        expect(itemOf(report, "vm-a").attempts).toMatchObject([
          { trigger: "accepted", status: "running", jobId: expect.any(String) as string },
        ]);
      },
      HOURLY,
    );
  });

  it("C11: twice, late and again after the end", async () => {
    await stage(
      estateOf([failing("vm-a")]),
      async (app) => {
        const cancelled = app.atMinute(30, async () => [await cancel(app), await cancel(app)]);
        await app.start();
        expect(await cancelled).toEqual([202, 202]);
        await app.report();
        expect(await cancel(app)).toBe(409);
        expect(await app.post("/api/runs/unknown/cancel")).toBe(404);
        expect((await app.status()).status).toBe("cancelled");
      },
      HOURLY,
    );
  });

  it("C11: the item's event, doubled and late, does not disturb a run that was not cancelled for long", async () => {
    await stage(
      estateOf([failing("vm-a")]),
      async (app) => {
        // Somebody raises it by hand at an item that follows a job: only a wait ends by it, and the marker decides at the next POST.
        const raised = app.atMinute(15, () => app.raise(instances.item(RUN, VAULT, 0, 0), events.jobEnded(1), null));
        await app.start();
        expect(await raised).toBe(202);
        const report = await app.report();
        expect(itemOf(report, "vm-a")).toMatchObject({ decision: "recovered", attempts: [{ status: "Failed" }, { status: "Succeeded" }] });
      },
      HOURLY,
    );
  });
});
