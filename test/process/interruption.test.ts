/** Runs that are stopped, killed, met by another process, or without anybody who answers, on real time. */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { retrySummary, runCommand, startCommand, temporaryFolder, type Finished } from "../support/command-line.ts";
import { failed, quickEstate, startSimulator, type SimulatorProcess } from "./simulator-process.ts";

const PASSING = "CloudInternalError";
const completes = (after: string): object => ({ status: "Completed", after });
const fails = (after: string): object => ({ status: "Failed", after, errorCode: PASSING });

const ESTATE = quickEstate(
  {
    "vault-int": [
      { name: "vm-int-long", jobs: [failed(PASSING)], next: [completes("50m")] },
      { name: "vm-int-twice", jobs: [failed(PASSING)], next: [fails("40m"), completes("5m")] },
    ],
    "vault-kill": [
      { name: "vm-kill-long", jobs: [failed(PASSING)], next: [completes("50m")] },
      { name: "vm-kill-twice", jobs: [failed(PASSING)], next: [fails("40m"), completes("5m")] },
    ],
    "vault-wait": [{ name: "vm-wait", jobs: [failed(PASSING)], next: [fails("10m"), completes("10m")] }],
  },
  // Accepted, and nobody has heard so: the moment at which a kill could double a backup.
  { faults: [{ on: "trigger", item: "vm-kill-long", times: 1, do: "accept-and-drop-connection" }] },
);

let simulator: SimulatorProcess;
beforeAll(async () => {
  simulator = await startSimulator(ESTATE);
});
afterAll(() => simulator.stop());

const acceptedOf = async (prefix: string): Promise<Record<string, number>> =>
  Object.fromEntries(Object.entries(await simulator.accepted()).filter(([name]) => name.startsWith(prefix)));

describe.concurrent("a run that does not end by itself", { timeout: 240_000 }, () => {
  it("C12: interrupted by Ctrl-C it says how to continue; the same --run-id ends it, and no backup is doubled", async () => {
    const args = ["retry", "--azure", "--state", temporaryFolder(), "--run-id", "by-hand", "--vault", "vault-int"];
    const run = startCommand(args, { settings: simulator.settings });
    await simulator.until((accepted) => accepted["vm-int-long"] === 1 && accepted["vm-int-twice"] === 1);
    const signalledMs = Date.now();
    run.child.kill("SIGINT");
    const stopped = await run.ended;
    expect([stopped.code, stopped.stdout]).toEqual([130, ""]);
    expect(stopped.stderr).toContain("Continue with: --run-id by-hand");
    expect(Date.now() - signalledMs).toBeLessThan(10_000);

    expectEnd(await runCommand([...args, "--json"], { settings: simulator.settings }), "vm-int");
    expect(await acceptedOf("vm-int")).toEqual({ "vm-int-long": 1, "vm-int-twice": 2 });
  });

  it("C12: killed after a backup was accepted and before it heard so, it goes on with the same --run-id, and no backup is doubled", async () => {
    const args = ["retry", "--azure", "--state", temporaryFolder(), "--run-id", "killed", "--vault", "vault-kill"];
    const settings = { ...simulator.settings, REPRISE_REQUEST_TIMEOUT_SECONDS: "8" };
    const run = startCommand(args, { settings });
    await simulator.until((accepted) => accepted["vm-kill-long"] === 1);
    run.child.kill("SIGKILL");
    expect((await run.ended).signal).toBe("SIGKILL");

    const again = startCommand([...args, "--json"], { settings });
    await pause(3_000);
    again.child.kill("SIGKILL");
    await again.ended;

    expectEnd(await runCommand([...args, "--json"], { settings }), "vm-kill");
    expect(await acceptedOf("vm-kill")).toEqual({ "vm-kill-long": 1, "vm-kill-twice": 2 });
  });

  it("C17: an item that waits for its next attempt is left alone by another run, and a second process with the same run is locked out", async () => {
    const state = temporaryFolder();
    const args = (runId: string): string[] => ["retry", "--azure", "--state", state, "--run-id", runId, "--vault", "vault-wait", "--json"];
    const settings = { ...simulator.settings, REPRISE_BACKOFF_FIRST_SECONDS: "15" };
    const first = startCommand(args("waiting"), { settings });
    await simulator.until((accepted) => accepted["vm-wait"] === 1);

    const same = runCommand(args("waiting"), { settings });
    const other = await runCommand(args("other"), { settings });
    const [decision] = retrySummary(other).decisions;
    expect(decision).toMatchObject({ item: "vm-wait", decision: "skipped", attempts: 0 });
    expect(decision?.reason).toContain("waiting");
    expect(other.code).toBe(0);

    const locked = await same;
    expect([locked.code, locked.stdout]).toEqual([11, ""]);
    expect(locked.stderr).toMatch(/in use by process \d+/);

    expect(retrySummary(await first.ended).decisions).toMatchObject([{ decision: "recovered", attempts: 2 }]);
    expect(await acceptedOf("vm-wait")).toEqual({ "vm-wait": 2 });
  });

  it("tells what an endpoint that does not answer may need, and keeps the report", async () => {
    const finished = await runCommand(["retry", "--azure", "--state", temporaryFolder(), "--json"], {
      settings: { REPRISE_ARM_ENDPOINT: "http://127.0.0.1:1" },
    });
    expect(finished.code).toBe(1);
    const summary = retrySummary(finished);
    expect(summary).toMatchObject({ status: "failed", found: 0, attempts: 0, coverageComplete: false });
    expect(summary["problem"]).toMatch(/ECONNREFUSED 127\.0\.0\.1:1.*REPRISE_ARM_ENDPOINT/);
  });
});

function expectEnd(finished: Finished, prefix: string): void {
  const summary = retrySummary(finished);
  expect(finished.code, finished.stderr).toBe(0);
  expect(summary.attempts).toBe(3);
  expect(Object.fromEntries(summary.decisions.map(({ item, decision, attempts }) => [item, [decision, attempts]]))).toEqual({
    [`${prefix}-long`]: ["recovered", 1],
    [`${prefix}-twice`]: ["recovered", 2],
  });
}
