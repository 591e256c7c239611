import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseEstate } from "../../../src/local/azure/estate/estate.ts";
import { openSimulatedApp, type LocalApp } from "../../../src/local/app.ts";
import { carryOut, estateOf, failedJob } from "../../support/simulated-run.ts";
import { startServer } from "../azure/loopback-server.ts";

const ITEM = { name: "vm-a", jobs: [failedJob("UserErrorBcmDatasourceNotPresent")] };
const ESTATE = parseEstate(JSON.stringify(estateOf([ITEM], { now: "2026-11-20T12:57:00Z" })));

async function withApp<T>(
  environment: Readonly<Record<string, string>>,
  use: (app: LocalApp, lines: readonly string[]) => Promise<T>,
): Promise<T> {
  const stateDir = await mkdtemp(join(tmpdir(), "reprise-test-"));
  const lines: string[] = [];
  let app: LocalApp | undefined;
  try {
    app = await openSimulatedApp({
      estate: ESTATE,
      stateDir,
      between: "frozen",
      environment,
      timers: true,
      log: (line) => lines.push(JSON.stringify(line)),
    });
    return await use(app, lines);
  } finally {
    if (app === undefined) expect(await readdir(stateDir)).toEqual([]);
    await app?.stop();
    await rm(stateDir, { recursive: true, force: true });
  }
}

/** Lets virtual time pass, with a moment for the timers that become due. */
async function pass({ clock }: LocalApp, minutes: number): Promise<void> {
  for (let passed = 0; passed < minutes; passed++) {
    await clock.work(() => clock.sleep(60_000));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function runIds(app: LocalApp): Promise<string[]> {
  const { runs } = JSON.parse((await app.host.request("GET", "/api/runs")).body) as { runs: { runId: string }[] };
  return runs.map(({ runId }) => runId).toSorted();
}

const SCHEDULES = JSON.stringify([
  { name: "berlin", cron: "0 0 14 * * *", timeZone: "Europe/Berlin", request: { dryRun: true } },
  { name: "kathmandu", cron: "0 50 18 * * *", timeZone: "Asia/Kathmandu", request: { items: ["other"] } },
  { name: "missed", cron: "0 56 12 * * *" },
]);

describe("the whole app", { timeout: 120_000 }, () => {
  it("C10: the timer starts the run of each schedule with its own request when its local time has come", async () => {
    await withApp({ REPRISE_SCHEDULES: SCHEDULES }, async (app) => {
      await pass(app, 15);
      expect(await runIds(app)).toEqual(["berlin-20261120t1300", "kathmandu-20261120t1305"]);
      await app.host.waitForEnd("berlin-20261120t1300");
      const report = JSON.parse((await app.host.request("GET", "/api/runs/berlin-20261120t1300/report?format=json")).body) as unknown;
      expect(report).toMatchObject({ origin: "schedule", dryRun: true, startedAt: "2026-11-20T13:00:00.000Z" });
    });
  });

  it("U5: a wrong list of schedules stops the app before anything is opened", async () => {
    const wrong = JSON.stringify([{ name: "a", cron: "0 0 14 * * *", timeZone: "Berlin", request: { maxAttempts: 99 } }]);
    await expect(withApp({ REPRISE_SCHEDULES: wrong }, () => Promise.resolve())).rejects.toThrow(
      /REPRISE_SCHEDULES\[0\]\.timeZone: found "Berlin"; allowed: /,
    );
    const request = JSON.stringify([{ name: "a", cron: "0 0 14 * * *", request: { maxAttempts: 99 } }]);
    await expect(withApp({ REPRISE_SCHEDULES: request }, () => Promise.resolve())).rejects.toThrow(
      "REPRISE_SCHEDULES[0].request.maxAttempts: found 99; allowed: a whole number from 1 to 10.",
    );
  });

  it("C15: a run that leaves items failing is told once, and its log does not show the webhook", async () => {
    await using server = await startServer((_request, count) => ({ status: count === 1 ? 302 : 200, headers: { location: "/elsewhere" } }));
    const environment = {
      REPRISE_NOTIFY_URL: `${server.url}/hush?sig=hush`,
      REPRISE_NOTIFY_SIMULATED: "true",
      REPRISE_SCHEDULE_ENABLED: "false",
    };
    await withApp(environment, async (app, lines) => {
      const { report } = await carryOut(app, { runId: "first" });
      expect(report).toMatchObject({ status: "completed", counts: { failing: 1 } });
      expect(server.received.map(({ method, url }) => `${method} ${url}`)).toEqual(["POST /hush?sig=hush"]);
      expect(server.received[0]?.body).toMatchObject({ runId: "first", failing: 1 });
      expect(lines.filter((line) => line.includes("was not sent")).join("\n")).toContain(
        "it answered 302, a redirect, which is not followed",
      );
      await carryOut(app, { runId: "second" });
      expect(server.received).toHaveLength(2);
      expect(lines.join("\n")).not.toContain("hush");
    });
  });

  it("C15: a simulated run tells nobody unless asked", async () => {
    await using server = await startServer(() => ({}));
    await withApp({ REPRISE_NOTIFY_URL: server.url, REPRISE_NOTIFY_WHEN: "always" }, async (app) => {
      await carryOut(app, { runId: "first" });
      expect(server.received).toEqual([]);
    });
  });
});
