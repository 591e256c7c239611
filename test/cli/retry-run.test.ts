import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, expect, it } from "vitest";
import { carryOut } from "../../src/cli/retry-run.ts";
import { systemClock } from "../../src/clock/clock.ts";
import { createLedger } from "../../src/cloud/ledger/ledger.ts";
import type { LocalApp } from "../../src/local/app.ts";
import { createMemoryStore } from "../../src/store/memory.ts";
import { runReport } from "../support/report-fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "reprise-retry-run-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A run that ends while its progress is being read. */
async function appWithSlowReads(runId: string): Promise<LocalApp> {
  const store = createMemoryStore();
  await createLedger(store).writeReport(runReport([], { runId }), "<html></html>");
  const ledger = createLedger({
    ...store,
    get: async (key) => {
      if (!key.includes("report")) await pause(600);
      return store.get(key);
    },
  });
  const ended = { instanceId: runId, name: "run", input: null, output: null, customStatus: null, createdTime: "", lastUpdatedTime: "" };
  return {
    ledger,
    clock: systemClock,
    stop: async () => {},
    host: {
      request: async () => ({ status: 202, headers: {}, body: JSON.stringify({ runId, status: "running", dryRun: false }) }),
      waitForEnd: async () => {
        await pause(400);
        return { ...ended, runtimeStatus: "Completed" };
      },
      listen: () => Promise.reject(new Error("not listening")),
      instances: () => [],
      stop: async () => {},
    },
  };
}

it("prints nothing after the summary, although a reading of the progress comes in later", async () => {
  let stdout = "";
  const out = (text: string): void => {
    stdout += text;
  };
  const app = await appWithSlowReads("slow-reads");
  const code = await carryOut(
    app,
    { runId: "slow-reads" },
    {
      out,
      err: () => {},
      stdout: { write: out },
      stderr: { write: () => {} },
      environment: {},
      columns: 100,
      color: false,
      outputClosed: new AbortController().signal,
      outputProblem: () => undefined,
    },
    { runId: "slow-reads", reportDir: folder, target: "a test", json: true, quiet: false },
  );
  await pause(2_500);
  expect(code).toBe(0);
  const types = stdout
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { message_type: string }).message_type);
  expect(types).toEqual(["started", "summary"]);
});
