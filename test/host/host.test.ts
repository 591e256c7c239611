import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from "vitest";
import { packageApp } from "../../infra/package-app.ts";
import type { RetrySummary } from "../../src/cloud/report/summary.ts";
import type { RunListEntry, RunView } from "../../src/cloud/runs/read-runs.ts";
import { root } from "../infra/bicep.ts";
import { plainEnvironment, start, type Program } from "./child-process.ts";
import { everyDecision, longBackups } from "./estates.ts";
import { funcVersion, startFunc, type FuncHost } from "./func-host.ts";
import { cli, startControlPlane, startStorageAccount, type ControlPlane } from "./surroundings.ts";

/** Short waits: everything runs on real time. */
const quick = { REPRISE_POLL_SECONDS: "2", REPRISE_BACKOFF_FIRST_SECONDS: "2", REPRISE_BACKOFF_MAX_SECONDS: "4" };
const RUN_TIMEOUT_MS = 420_000;

describe.skipIf(funcVersion() === undefined)("the app on the Functions host", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "reprise-host-"));
    packageApp(root, folder);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("U3: ends a run that was started over HTTP with the decisions that the local host takes", async () => {
    await withSurroundings(everyDecision, async ({ controlPlane, settings }) => {
      const host = await beginHost(folder, { ...settings, TASKHUB_NAME: "decisions", REPRISE_SCHEDULE_ENABLED: "false" });
      const answer = await post(host, "/api/runs", { runId: "host-run" });
      expect(answer.status).toBe(202);
      expect(answer.headers.get("location")).toBe("/api/runs/host-run");
      expect((await post(host, "/api/runs", { runId: "host-run" })).status).toBe(200);
      expect((await post(host, "/api/runs", { runId: "host-run", maxAttempts: 1 })).status).toBe(409);
      const run = await untilEnded(host, "host-run");
      expect(run.status).toBe("completed");
      const report = await fetch(`${host.url}/api/runs/host-run/report`);
      expect([report.status, report.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
      const accepted = (await controlPlane.items()).reduce((sum, { backupsAccepted }) => sum + backupsAccepted, 0);
      expect(accepted).toBe(run.summary?.attempts);

      const local = await onTheLocalHost();
      expect(decisionsOf(run.summary)).toEqual(decisionsOf(local));
      expect(local).toMatchObject({
        found: run.summary?.found,
        items: 5,
        recovered: 2,
        failing: 2,
        skipped: 1,
        attempts: run.summary?.attempts,
      });
    });
  });

  it("C12: fires the timer, and a due time that fires again gives no other run", async () => {
    await withSurroundings(everyDecision, async ({ settings }) => {
      // The last due time is at most an hour ago.
      const host = await beginHost(folder, { ...settings, TASKHUB_NAME: "timer", REPRISE_SCHEDULE: "0 0 * * * *" });
      const fire = async (): Promise<void> => {
        const { status } = await post(host, "/admin/functions/schedule", { input: "" });
        expect(status).toBe(202);
      };
      await fire();
      const first = await until("a scheduled run", RUN_TIMEOUT_MS, async () => (await runsOf(host))[0]);
      expect(first.runId).toMatch(/^schedule-\d{8}t\d{4}$/);
      await fire();
      expect((await untilEnded(host, first.runId)).status).toBe("completed");
      await fire();
      await sleep(5_000);
      // An hour may have begun since; each due time has one run.
      const dueTimes = (await runsOf(host)).map(({ runId }) => runId);
      expect(new Set(dueTimes).size).toBe(dueTimes.length);
      expect(dueTimes.length).toBeLessThanOrEqual(2);
    });
  });

  it("C12: killed in the middle and begun again, makes one backup per attempt", async () => {
    await withSurroundings(longBackups, async ({ controlPlane, settings }) => {
      const all = { ...settings, TASKHUB_NAME: "killed", REPRISE_SCHEDULE_ENABLED: "false" };
      let host = await beginHost(folder, all);
      expect((await post(host, "/api/runs", { runId: "killed-run" })).status).toBe(202);
      // Once while backups are being asked for, once while they run.
      for (const triggers of [1, 5]) {
        await until(`${triggers} triggers`, RUN_TIMEOUT_MS, async () => ((await controlPlane.triggers()) >= triggers ? true : undefined));
        await host.kill();
        host = await beginHost(folder, all);
      }
      const run = await untilEnded(host, "killed-run");
      expect(run).toMatchObject({ status: "completed", summary: { items: 6, recovered: 6, failing: 0 } });
      const accepted = new Map((await controlPlane.items()).map(({ id, backupsAccepted }) => [id.toLowerCase(), backupsAccepted]));
      for (const { item, itemId, attempts } of run.summary?.decisions ?? [])
        expect(accepted.get(itemId.toLowerCase()), item).toBe(attempts);
      expect([...accepted.values()].sort((a, b) => a - b)).toEqual([1, 1, 1, 2, 2, 2]);
    });
  });
});

interface Surroundings {
  readonly controlPlane: ControlPlane;
  readonly settings: Readonly<Record<string, string>>;
}

/** The programs of the test under way. */
const programs: Program[] = [];

async function withSurroundings(estate: unknown, use: (surroundings: Surroundings) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "reprise-host-around-"));
  onTestFailed(() => {
    for (const program of programs) process.stderr.write(`\n--- ${program.name} ---\n${program.output().slice(-20_000)}\n`);
  });
  programs.length = 0;
  try {
    const storage = await startStorageAccount(folder);
    programs.push(storage.program);
    const controlPlane = await startControlPlane(folder, estate);
    programs.push(controlPlane.program);
    await use({
      controlPlane,
      settings: { ...quick, AzureWebJobsStorage: storage.connectionString, REPRISE_ARM_ENDPOINT: controlPlane.url },
    });
  } finally {
    await Promise.all(programs.map((program) => program.kill()));
    await rm(folder, { recursive: true, force: true });
  }
}

async function beginHost(folder: string, settings: Readonly<Record<string, string>>): Promise<FuncHost> {
  const host = await startFunc(folder, settings);
  programs.push(host.program);
  return host;
}

/** `reprise retry --azure` against a control plane of its own with the same estate. */
async function onTheLocalHost(): Promise<RetrySummary> {
  const folder = await mkdtemp(join(tmpdir(), "reprise-host-local-"));
  const controlPlane = await startControlPlane(folder, everyDecision);
  programs.push(controlPlane.program);
  const program = start({
    name: "reprise retry",
    command: process.execPath,
    args: [cli, "retry", "--azure", "--json", "--run-id", "local-run", "--state", join(folder, "state")],
    cwd: folder,
    env: plainEnvironment({ ...quick, REPRISE_ARM_ENDPOINT: controlPlane.url }),
  });
  programs.push(program);
  try {
    const line = await program.waitFor(
      (output) => output.split("\n").find((each) => each.includes('"message_type":"summary"') && each.endsWith("}")),
      RUN_TIMEOUT_MS,
    );
    return JSON.parse(line) as RetrySummary;
  } finally {
    await program.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

function decisionsOf(summary: RetrySummary | undefined): readonly string[] {
  return (summary?.decisions ?? [])
    .map(({ item, decision, attempts, errorCode }) => `${item}: ${decision}, ${attempts}, ${errorCode}`)
    .sort();
}

async function runsOf(host: FuncHost): Promise<readonly RunListEntry[]> {
  const answer = await fetch(`${host.url}/api/runs`);
  if (answer.status !== 200) throw new Error(`GET /api/runs: ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { runs: RunListEntry[] }).runs;
}

function untilEnded(host: FuncHost, runId: string): Promise<RunView> {
  return until(`the end of ${runId}`, RUN_TIMEOUT_MS, async () => {
    const answer = await fetch(`${host.url}/api/runs/${runId}`);
    if (answer.status !== 200) throw new Error(`GET /api/runs/${runId}: ${answer.status} ${await answer.text()}`);
    const run = (await answer.json()) as RunView;
    return run.status === "pending" || run.status === "running" ? undefined : run;
  });
}

async function until<T>(what: string, timeoutMs: number, look: () => Promise<T | undefined>): Promise<T> {
  for (const untilMs = Date.now() + timeoutMs; ;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > untilMs) throw new Error(`waited ${timeoutMs / 1000} s for ${what}`);
    await sleep(500);
  }
}

function post(host: FuncHost, path: string, body: unknown): Promise<Response> {
  return fetch(`${host.url}${path}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
}
