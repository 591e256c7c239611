/** One app for the tests of a file: it is opened once, because loading what a run needs takes seconds. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { RunView } from "../../src/cloud/runs/read-runs.ts";
import { openSimulatedApp, type LocalApp } from "../../src/local/app.ts";
import { parseEstate } from "../../src/local/azure/estate/estate.ts";
import { estateOf, failedJob } from "../support/simulated-run.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

export interface AppUnderTest {
  readonly app: LocalApp;
  /** In process. An object is sent as JSON, a text as it is. */
  ask(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Starts a run and waits until it has ended. */
  carryOut(body: Record<string, unknown> & { readonly runId: string }): Promise<void>;
  /** Starts a run and, once it has found its items, uses it while it waits: time stands still meanwhile. */
  whileRunning(body: { readonly runId: string; readonly items: readonly string[] }, use: (run: RunView) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** One VM that recovers, one that a person must see to, one whose failure is cured; and three for runs that are looked at while they run. */
const ESTATE = estateOf([
  { name: "vm-1", jobs: [failedJob("BackUpOperationFailed")] },
  { name: "vm-2", jobs: [failedJob("BackUpOperationFailed")] },
  { name: "vm-3", jobs: [failedJob("BackUpOperationFailed")] },
  { name: "vm-a", jobs: [failedJob("BackUpOperationFailed")] },
  { name: "vm-b", jobs: [failedJob("UserErrorFsFreezeFailed")] },
  {
    name: "vm-c",
    jobs: [
      failedJob("BackUpOperationFailed"),
      { status: "Completed", start: "-2h", end: "-1h", operation: "Backup", userTriggered: false },
    ],
  },
]);

const PATIENCE_MS = 20_000;

export async function openAppUnderTest(estate: unknown = ESTATE): Promise<AppUnderTest> {
  const stateDir = await mkdtemp(join(tmpdir(), "reprise-http-"));
  const app = await openSimulatedApp({
    estate: parseEstate(JSON.stringify(estate)),
    stateDir,
    between: "frozen",
    environment: {},
    timers: false,
    log: () => {},
  });

  async function ask(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const text = typeof body === "string" || body === undefined ? body : JSON.stringify(body);
    const answer = await app.host.request(method, path, text, headers);
    return { status: answer.status, headers: answer.headers, text: answer.body, body: objectOf(answer.body) };
  }

  return {
    app,
    ask,
    async carryOut(body) {
      const started = await ask("POST", "/api/runs", body);
      if (started.status !== 202) throw new Error(`POST /api/runs: ${started.status} ${started.text}`);
      await app.host.waitForEnd(body.runId);
    },
    async whileRunning(body, use) {
      await app.clock.work(async () => {
        await ask("POST", "/api/runs", body);
        const giveUpMs = Date.now() + PATIENCE_MS;
        for (;;) {
          const run = (await ask("GET", `/api/runs/${body.runId}`)).body as unknown as RunView;
          if (run.status !== "pending" && run.status !== "running") throw new Error(`the run is ${run.status} already`);
          if (Date.now() > giveUpMs) throw new Error(`the run has nothing to retry: ${JSON.stringify(run.progress)}`);
          if (run.progress.planned > 0) return use(run);
          await setImmediate();
        }
      });
    },
    async close() {
      await app.stop();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

/** `{}` for what is no JSON object. */
export function objectOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
