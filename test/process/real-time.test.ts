/** The main job over real sockets and real time: `reprise simulate` in one process, `reprise retry --azure` in others. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { jsonLines, retrySummary, runCommand, temporaryFolder, type Finished } from "../support/command-line.ts";
import { simulateRun } from "../support/simulated-run.ts";
import { failed, quickEstate, startSimulator, type SimulatorProcess } from "./simulator-process.ts";

const PASSING = "CloudInternalError";
const completes = (after: string): object => ({ status: "Completed", after });

const MIXED = [
  { name: "vm-at-once", jobs: [failed(PASSING)], next: [completes("10m")] },
  {
    name: "vm-second-time",
    jobs: [failed(PASSING)],
    next: [{ status: "Failed", after: "5m", errorCode: PASSING }, completes("5m")],
  },
  { name: "vm-lost-answer", jobs: [failed(PASSING)], next: [completes("10m")] },
  { name: "vm-person", jobs: [failed("UserErrorGuestAgentStatusUnavailable")] },
  { name: "vm-cured", jobs: [failed(PASSING), { status: "Completed", start: "-3h", end: "-2h" }] },
];
const EXPECTED = {
  "vm-at-once": { decision: "recovered", attempts: 1 },
  "vm-second-time": { decision: "recovered", attempts: 2 },
  "vm-lost-answer": { decision: "recovered", attempts: 1 },
  "vm-person": { decision: "needs-person", attempts: 0 },
  "vm-cured": { decision: "skipped", attempts: 0 },
};
const ESTATE = quickEstate(
  {
    "vault-mixed": MIXED,
    "vault-well": [{ name: "vm-well", jobs: [failed(PASSING)], next: [completes("5m")] }],
    "vault-proxy": [{ name: "vm-proxy", jobs: [failed(PASSING)], next: [completes("5m")] }],
    "vault-shared": ["a", "b", "c"].map((name) => ({ name: `vm-shared-${name}`, jobs: [failed(PASSING)], next: [completes("50m")] })),
  },
  { faults: [{ on: "trigger", item: "vm-lost-answer", times: 1, do: "accept-and-drop-connection" }] },
);

let simulator: SimulatorProcess;
beforeAll(async () => {
  simulator = await startSimulator(ESTATE);
});
afterAll(() => simulator.stop());

const retry = (flags: readonly string[], settings: Readonly<Record<string, string>> = {}): Promise<Finished> =>
  runCommand(["retry", "--azure", "--json", ...flags], { settings: { ...simulator.settings, ...settings } });

const triggersOf = async (prefix: string): Promise<string[]> =>
  (await simulator.log())
    .filter(({ method, path, item }) => method === "POST" && path.endsWith("/backup") && item?.startsWith(prefix))
    .map(({ item }) => item ?? "")
    .sort();

describe.concurrent("retry --azure against a simulator in another process", { timeout: 240_000 }, () => {
  it("U2: decides as in one process, sends one backup per attempt, and adds up", async () => {
    const finished = await retry(["--state", temporaryFolder(), "--run-id", "over-sockets", "--vault", "vault-mixed"]);
    const summary = retrySummary(finished);
    expect(finished.code).toBe(3);
    expect(Object.fromEntries(summary.decisions.map(({ item, decision, attempts }) => [item, { decision, attempts }]))).toEqual(EXPECTED);
    expect(summary).toMatchObject({
      runId: "over-sockets",
      dryRun: false,
      found: 5,
      items: 5,
      recovered: 3,
      failing: 1,
      needsPerson: 1,
      skipped: 1,
      cancelled: 0,
      running: 0,
      retried: 3,
      attempts: 4,
    });
    for (const field of ["graphCalls", "managementCalls", "durationMs"]) expect(summary[field]).toBeGreaterThan(0);
    for (const decision of summary.decisions) {
      expect(decision.vault).toBe("vault-mixed");
      expect(decision.workload).toBe("AzureIaasVM");
      // F5: each has a reason that a person can read.
      expect(decision.reason).toMatch(/^[A-Z].{10,}/);
    }
    expect(summary.decisions.find(({ item }) => item === "vm-person")?.errorCode).toBe("UserErrorGuestAgentStatusUnavailable");
    const report = String(summary.report);
    expect(readFileSync(report, "utf8")).toContain("vm-second-time");
    expect((JSON.parse(readFileSync(report.replace(/html$/, "json"), "utf8")) as { runId: string }).runId).toBe("over-sockets");

    expect(await simulator.accepted()).toMatchObject(
      Object.fromEntries(Object.entries(EXPECTED).map(([item, { attempts }]) => [item, attempts])),
    );
    const sent = (await Promise.all(Object.keys(EXPECTED).map(triggersOf))).flat();
    expect(sent).toEqual(["vm-at-once", "vm-second-time", "vm-second-time", "vm-lost-answer"]);

    const alone = await simulateRun(
      { ...ESTATE, now: "2026-11-20T13:00:00Z" },
      { vaults: ["vault-mixed"] },
      { REPRISE_BACKOFF_FIRST_SECONDS: "1" },
    );
    expect(
      Object.fromEntries(
        alone.report.items.map(({ item, decision, attempts }) => [
          item,
          { decision, attempts: attempts.filter(({ trigger }) => trigger !== "none").length },
        ]),
      ),
    ).toEqual(EXPECTED);
  });

  it("U2: sends nothing in a dry run, and ends with 0 when all is well", async () => {
    const state = temporaryFolder();
    const dry = await retry(["--dry-run", "--state", state, "--vault", "vault-well"]);
    expect(retrySummary(dry).decisions).toMatchObject([{ item: "vm-well", decision: "planned", attempts: 0 }]);
    expect(await triggersOf("vm-well")).toEqual([]);

    const finished = await retry(["--state", state, "--vault", "vault-well"]);
    expect(retrySummary(finished)).toMatchObject({ recovered: 1, failing: 0, dryRun: false });
    expect(finished.code).toBe(0);
    expect(finished.stderr).toBe("");
    expect(jsonLines(finished).map(({ message_type }) => message_type)[0]).toBe("started");
  });

  it("U2: does without the proxy that the environment names, on this machine", async () => {
    const finished = await retry(["--state", temporaryFolder(), "--vault", "vault-proxy"], {
      HTTP_PROXY: "http://127.0.0.1:1",
      HTTPS_PROXY: "http://127.0.0.1:1",
      NO_PROXY: "example.com",
    });
    expect(retrySummary(finished).decisions).toMatchObject([{ item: "vm-proxy", decision: "recovered" }]);
  });

  it("C17: of two runs at once each item is retried by one, and the other names it", async () => {
    const state = temporaryFolder();
    const runs = await Promise.all(
      ["first", "second"].map((runId) => retry(["--state", state, "--run-id", runId, "--vault", "vault-shared"])),
    );
    const [first, second] = runs.map(retrySummary);
    for (const item of ["vm-shared-a", "vm-shared-b", "vm-shared-c"]) {
      const both = [first, second].map((summary) => ({
        runId: summary?.runId,
        ...summary?.decisions.find((decision) => decision.item === item),
      }));
      const winner = both.find(({ decision }) => decision === "recovered");
      const other = both.find(({ decision }) => decision === "skipped");
      expect([winner?.attempts, other?.attempts], JSON.stringify(both)).toEqual([1, 0]);
      expect(other?.reason).toContain(String(winner?.runId));
    }
    expect(await triggersOf("vm-shared-")).toEqual(["vm-shared-a", "vm-shared-b", "vm-shared-c"]);
  });
});
