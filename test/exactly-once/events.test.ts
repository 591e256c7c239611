import { describe, expect, it } from "vitest";
import { events, instances } from "../../src/cloud/orchestrate/names.ts";
import { estateOf, failedJob } from "../support/simulated-run.ts";
import { itemOf, RUN, stage, strayBackups, VAULT } from "./staged-app.ts";

const ITEM = instances.item(RUN, VAULT, 0, 0);
const WATCHER = instances.watcher(RUN, VAULT);

const estate = estateOf([
  {
    name: "vm-a",
    jobs: [failedJob("BackUpOperationFailed")],
    next: [
      { status: "Failed", after: "20m", errorCode: "BackUpOperationFailed" },
      { status: "Completed", after: "50m" },
    ],
  },
]);
const HOURLY = { environment: { REPRISE_BACKOFF_FIRST_SECONDS: "3600" } };
const EXPECTED = { decision: "recovered", attempts: [{ status: "Failed" }, { status: "Succeeded" }] };

describe("events", () => {
  it("C12: of another job, another attempt, doubled, early and without a payload: the item follows its own job", async () => {
    await stage(
      estate,
      async (app) => {
        const disturbed = app.atMinute(10, async () => {
          const ended = { status: "Succeeded", endMs: app.clock.now() };
          for (const data of [null, "text", 7, {}, { jobName: "another", ...ended }])
            expect(await app.raise(ITEM, events.jobEnded(1), data)).toBe(202);
          // The end of the second attempt comes before the second attempt: of a job that is not its own.
          await app.raise(ITEM, events.jobEnded(2), { jobName: "another", ...ended });
          await app.raise(ITEM, "unheard-of", {});
        });
        // The first attempt's end once more, while the item waits and while the second backup runs.
        const again = [40, 100].map((minute) =>
          app.atMinute(minute, async () => {
            const [attempt] = await app.ledger.attempts(RUN, VAULT, await hashOfItem(app));
            expect(attempt?.status).toBe("Failed");
            for (const number of [1, 2])
              await app.raise(ITEM, events.jobEnded(number), { jobName: attempt?.jobName, status: "Succeeded", endMs: 1 });
          }),
        );
        await app.start();
        await disturbed;
        await Promise.all(again);
        const report = await app.report();
        expect(itemOf(report, "vm-a")).toMatchObject(EXPECTED);
        expect(strayBackups(report, await app.items())).toEqual([]);
      },
      HOURLY,
    );
  });

  it("C16: the watcher is lost: at its deadline the item reads its own job, once", async () => {
    await stage(
      estate,
      async (app) => {
        const killed = app.atMinute(10, () => app.terminate(WATCHER));
        await app.start();
        expect(await killed).toBe(202);
        const report = await app.report();
        expect(itemOf(report, "vm-a")).toMatchObject(EXPECTED);
        // An attempt each ended at its job's deadline of two hours, with the job's own end on record.
        expect(itemOf(report, "vm-a").attempts[0]).toMatchObject({
          endedAt: "2026-11-20T13:20:00.000Z",
          errorCode: "BackUpOperationFailed",
        });
        expect(Date.parse(report.endedAt)).toBeGreaterThan(Date.parse("2026-11-20T16:30:00Z"));
        expect(strayBackups(report, await app.items())).toEqual([]);
      },
      { environment: { REPRISE_JOB_DEADLINE_HOURS: "2" } },
    );
  });

  it("C16: a watcher whose polls fail goes on, and one whose item is unknown tells the others", async () => {
    let away = false;
    await stage(
      estateOf(
        ["vm-a", "vm-b"].map((name) => ({
          name,
          jobs: [failedJob("BackUpOperationFailed")],
          next: [{ status: "Completed", after: "90m" }],
        })),
      ),
      async (app) => {
        const [begin, end] = [app.atMinute(11, async () => void (away = true)), app.atMinute(45, async () => void (away = false))];
        const stray = app.atMinute(50, async () => {
          const [open] = await app.ledger.openJobs(RUN, VAULT);
          if (open === undefined) throw new Error("no open job");
          // Of an instance that is gone; the vault lists these jobs as ended.
          for (const index of [0, 1]) {
            const draft = (await app.ledger.readChecked(RUN, VAULT))?.draft ?? "";
            const { candidate } = await app.ledger.item({ runId: RUN, vault: VAULT, draft, page: 0, index });
            await app.ledger.openJob(RUN, VAULT, {
              ...open,
              jobName: candidate.failed.name,
              sinceMs: candidate.failed.startMs,
              instanceId: "gone",
            });
          }
        });
        await app.start();
        await Promise.all([begin, end, stray]);
        const report = await app.report();
        expect(report.counts).toMatchObject({ recovered: 2 });
        expect(Date.parse(report.endedAt)).toBeLessThan(Date.parse("2026-11-20T14:45:00Z"));
      },
      {
        faults: {
          parts: (parts) => {
            const { store } = parts;
            if (store === undefined) throw new Error("no store");
            // Only what the watcher reads: the rest of the run has nothing to do meanwhile.
            const list = (prefix: string): AsyncIterable<string> => {
              if (away && prefix.includes("/open/")) throw new Error("the store is away");
              return store.list(prefix);
            };
            return { ...parts, store: { ...store, list } };
          },
        },
      },
    );
  });

  it("C16: no watcher outlives its run", async () => {
    await stage(estate, async (app) => {
      await app.start();
      await app.report();
      await app.atMinute(48 * 60, async () =>
        expect(app.host.instances({ runtimeStatus: ["Running", "Pending", "Suspended"] }).map(({ instanceId }) => instanceId)).toEqual([]),
      );
    });
  });
});

async function hashOfItem(app: { readonly ledger: { readonly store: { list(prefix: string): AsyncIterable<string> } } }): Promise<string> {
  for await (const key of app.ledger.store.list(`runs/${RUN}/vaults/${VAULT}/attempts/`)) return /([^/]+)-\d+$/.exec(key)?.[1] ?? "";
  throw new Error("no attempt yet");
}
