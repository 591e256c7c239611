import { describe, expect, it } from "vitest";
import { startDueRuns } from "../../src/cloud/schedule/start-due-runs.ts";
import type { RunClient } from "../../src/cloud/runs/start-run.ts";
import { instances } from "../../src/cloud/orchestrate/names.ts";
import { estateOf, failedJob } from "../support/simulated-run.ts";
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

/** The durable client of a function that asks for one, over the management API. */
function clientOf(app: StagedApp): RunClient {
  const path = "/runtime/webhooks/durabletask";
  return {
    async startNew(name, { instanceId, input }) {
      const answer = await app.host.request("POST", `${path}/orchestrators/${name}/${instanceId}`, JSON.stringify(input));
      if (answer.status !== 202) throw new Error(`${answer.status} ${answer.body}`);
      return instanceId;
    },
    raiseEvent: async (id, name, data) => void (await app.raise(id, name, data)),
    terminate: async (id) => void (await app.terminate(id)),
    async getStatus(id) {
      const answer = await app.host.request("GET", `${path}/instances/${id}`);
      return answer.status === 404 ? undefined : (JSON.parse(answer.body) as { runtimeStatus: string });
    },
  };
}

/** The timer's work; the id of the run that was started now. */
async function fireTimer({ dependencies }: StagedApp, client: RunClient): Promise<string | undefined> {
  const due = await startDueRuns(dependencies, dependencies.settings, client);
  return due.find(({ kind }) => kind === "started")?.runId;
}

describe("starting a run", () => {
  it("C12: a due time that fires twice, during and after its run, gives one run", async () => {
    await stage(
      estateOf([failing("vm-a")]),
      async (app) => {
        const fire = (): Promise<string | undefined> => fireTimer(app, clientOf(app));
        const during = app.atMinute(35, () => Promise.all([fire(), fire()]));
        const first = await app.clock.work(() => Promise.all([fire(), fire(), fire()]));
        const runId = "schedule-20261120t1300";
        expect(first.filter((started) => started !== undefined)).toEqual([runId]);
        expect(await during).toEqual([undefined, undefined]);
        const report = await app.report(runId);
        expect(itemOf(report, "vm-a").decision).toBe("recovered");
        expect(await fire()).toBeUndefined();
        expect((await app.host.request("GET", "/api/runs")).body.match(/"runId"/g)).toHaveLength(1);
        expect(strayBackups(report, await app.items())).toEqual([]);
      },
      { environment: { REPRISE_SCHEDULE: "0 0 13 * * *" } },
    );
  });

  it("C12: the same POST many times at once and again later is one run", async () => {
    await stage(estateOf([failing("vm-a"), failing("vm-b")]), async (app) => {
      const later = app.atMinute(25, () => Promise.all([app.start(), app.start()]));
      const answers = await app.clock.work(() => Promise.all(Array.from({ length: 8 }, () => app.start())));
      expect(answers.toSorted((a, b) => a - b)).toEqual([200, 200, 200, 200, 200, 200, 200, 202]);
      expect(await later).toEqual([200, 200]);
      const report = await app.report();
      const instancesOf = (): unknown => app.host.instances({ instanceIdPrefix: RUN });
      const ended = instancesOf();
      expect(await app.start()).toBe(200);
      // Nothing was started again.
      expect(instancesOf()).toEqual(ended);
      expect(await app.start({ maxAttempts: 2 })).toBe(409);
      expect(report.counts).toMatchObject({ recovered: 2, attempts: 4 });
      expect(strayBackups(report, await app.items())).toEqual([]);
    });
  });

  it("C12: a run that was claimed and never started is started by whoever comes next", async () => {
    await stage(estateOf([failing("vm-a")]), async (app) => {
      const dead: RunClient = { ...clientOf(app), startNew: () => Promise.reject(new Error("killed")) };
      const fire = (client: RunClient): Promise<string | undefined> => fireTimer(app, client);
      await expect(app.clock.work(() => fire(dead))).rejects.toThrow("killed");
      expect((await app.status("schedule-20261120t1300")).status).toBe("pending");
      await app.clock.work(() => fire(clientOf(app)));
      const report = await app.report("schedule-20261120t1300");
      expect(itemOf(report, "vm-a").decision).toBe("recovered");
    });
  });

  it("C12: a terminated run goes on from its records: no second backup for an attempt, and no attempt is lost", async () => {
    await stage(estateOf([failing("vm-a"), failing("vm-b", { next: [{ status: "Completed", after: "5m" }] })]), async (app) => {
      const terminated = app.atMinute(12, async () => {
        await app.terminate(RUN);
        await app.host.waitForEnd(RUN);
        // While its children still work, their ids are taken.
        expect(await app.status()).toMatchObject({ status: "failed" });
        expect(await app.start()).toBe(200);
      });
      const again = app.atMinute(180, async () => {
        expect(await app.status()).toMatchObject({ status: "failed" });
        expect(await app.start()).toBe(200);
      });
      await app.start();
      await terminated;
      await again;
      const report = await app.report();
      expect(report.status).toBe("completed");
      expect(itemOf(report, "vm-a")).toMatchObject({ decision: "recovered", attempts: [{ status: "Failed" }, { status: "Succeeded" }] });
      expect(itemOf(report, "vm-b")).toMatchObject({ decision: "recovered", attempts: [{ status: "Succeeded" }] });
      expect(strayBackups(report, await app.items())).toEqual([]);
    });
  });

  it("C12: a run of which everything was terminated goes on from its records", async () => {
    await stage(estateOf([failing("vm-a"), failing("vm-b", { next: [{ status: "Completed", after: "5m" }] })]), async (app) => {
      const terminated = app.atMinute(12, async () => {
        for (const id of [
          RUN,
          instances.vaultGroup(RUN, 0),
          instances.vault(RUN, VAULT),
          instances.page(RUN, VAULT, 0),
          instances.item(RUN, VAULT, 0, 0),
          instances.item(RUN, VAULT, 0, 1),
          instances.watcher(RUN, VAULT),
        ])
          await app.terminate(id);
      });
      const again = app.atMinute(60, () => app.start());
      await app.start();
      await terminated;
      expect(await again).toBe(200);
      const report = await app.report();
      expect(report.counts).toMatchObject({ recovered: 2, attempts: 3 });
      expect(itemOf(report, "vm-a")).toMatchObject({ attempts: [{ status: "Failed" }, { status: "Succeeded" }] });
      expect(strayBackups(report, await app.items())).toEqual([]);
      // Its watcher was started again: the second attempt's end was not left to the deadline.
      expect(Date.parse(report.endedAt)).toBeLessThan(Date.parse("2026-11-20T16:00:00Z"));
    });
  });

  it("C12: a run whose report could not be written, with an item cut off, goes on to both", async () => {
    let away = true;
    await stage(
      estateOf([failing("vm-a"), failing("vm-b")]),
      async (app) => {
        const terminated = app.atMinute(12, () => app.terminate(instances.item(RUN, VAULT, 0, 0)));
        const again = app.atMinute(300, async () => {
          expect(await app.status()).toMatchObject({ status: "failed" });
          away = false;
          expect(await app.start()).toBe(200);
        });
        await app.start();
        await Promise.all([terminated, again]);
        const report = await app.report();
        expect(report.counts).toMatchObject({ recovered: 2, attempts: 4 });
        expect(strayBackups(report, await app.items())).toEqual([]);
        // Its vault was closed before: the watcher works again, or the second attempt's end would have been left to the deadline.
        expect(Date.parse(report.endedAt)).toBeLessThan(Date.parse("2026-11-20T20:00:00Z"));
      },
      {
        faults: {
          parts: (parts) => {
            const { store } = parts;
            if (store === undefined) throw new Error("no store");
            const put = async (key: string, bytes: Uint8Array): Promise<void> => {
              if (away && key.endsWith("report.html")) throw new Error("the store is away");
              await store.put(key, bytes);
            };
            return { ...parts, store: { ...store, put } };
          },
        },
      },
    );
  });

  it("C12: a terminated item is reported with its attempts, and neither its vault's other items nor its watcher suffer", async () => {
    await stage(estateOf([failing("vm-a"), failing("vm-b")]), async (app) => {
      const terminated = app.atMinute(12, () => app.terminate(instances.item(RUN, VAULT, 0, 0)));
      await app.start();
      await terminated;
      const report = await app.report();
      expect(itemOf(report, "vm-a")).toMatchObject({ decision: "running", attempts: [{ trigger: "accepted" }] });
      expect(itemOf(report, "vm-b").decision).toBe("recovered");
      expect(strayBackups(report, await app.items())).toEqual([]);
      const alive = app.host.instances({ runtimeStatus: ["Running", "Pending", "Suspended"] });
      expect(alive.map(({ instanceId }) => instanceId)).toEqual([]);
    });
  });

  it("C12: an orchestration cut off from its run sends nothing after the report", async () => {
    await stage(
      estateOf([failing("vm-a"), failing("vm-b")]),
      async (app) => {
        // Its vault is terminated while it waits: the report is written without waiting for it.
        const terminated = app.atMinute(40, () => app.terminate(instances.vault(RUN, VAULT)));
        await app.start();
        await terminated;
        const report = await app.report();
        await app.atMinute(600, async () => expect(strayBackups(report, await app.items())).toEqual([]));
        expect(app.host.instances({ runtimeStatus: ["Running", "Pending"] })).toEqual([]);
      },
      { environment: { REPRISE_BACKOFF_FIRST_SECONDS: "3600" } },
    );
  });
});
