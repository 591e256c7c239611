import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HubLockedError } from "../../../src/local/durable/hub-locked-error.ts";
import { HubStore } from "../../../src/local/durable/hub-store.ts";
import { readNewestTimestampMs } from "../../../src/local/durable/newest-timestamp.ts";

const CHILD = fileURLToPath(new URL("crash-child.ts", import.meta.url));
const STEPS = 3 * (1 + 2 * 5);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "reprise-hub-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Outcome {
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(crashAt: string): Promise<Outcome> {
  const env = { ...process.env, CRASH_AT: crashAt, CRASH_LOG: join(folder, "steps.log") };
  const child = spawn(process.execPath, [CHILD, join(folder, "hub.db")], { env, stdio: ["ignore", "pipe", "pipe"] });
  const texts = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (texts.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (texts.stderr += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (_code, signal) => resolve({ signal, ...texts }));
  });
}

const steps = (): string[] => readFileSync(join(folder, "steps.log"), "utf8").trim().split("\n");

describe("a killed host", () => {
  it("goes on with the same file after SIGKILL inside an activity, inside a turn and between turns, and loses no stored result", async () => {
    const crashes = ["turn:1", "activity:1", "activity:9", "turn:3", "activity:4", "turn:5"];
    for (const crashAt of crashes) expect(await run(crashAt), crashAt).toMatchObject({ signal: "SIGKILL" });
    const { stdout, stderr } = await run("none");
    expect(stderr).toBe("");
    const outcome = JSON.parse(stdout) as { readonly status: string; readonly output: string[]; readonly endedAt: string };
    expect(outcome.status).toBe("Completed");
    expect(outcome.endedAt).toBe("2026-11-23T13:00:00.000Z");
    expect(new Set(outcome.output.map((result) => result.split(" by ")[0])).size).toBe(STEPS);
    // Only what was under way when the process died ran again: at most the ten that may run at once, for each crash.
    expect(steps().length).toBeGreaterThanOrEqual(STEPS);
    expect(steps().length).toBeLessThanOrEqual(STEPS + crashes.length * 10);
    expect(steps().filter((step) => step === "day 1").length).toBeLessThanOrEqual(3);
    // Results come from several processes: those of dead ones were not made again.
    expect(new Set(outcome.output.map((result) => result.split(" by ")[1])).size).toBeGreaterThan(1);
  }, 60_000);

  it("leaves no lock behind, and the time it had reached", async () => {
    expect(await run("activity:20")).toMatchObject({ signal: "SIGKILL" });
    const hubFile = join(folder, "hub.db");
    expect(existsSync(`${hubFile}.owner`)).toBe(true);
    expect(new Date(readNewestTimestampMs(hubFile) ?? 0).toISOString()).toBe("2026-11-21T13:00:00.000Z");
    expect(existsSync(`${hubFile}.owner`)).toBe(false);
  });
});

describe("two owners", () => {
  it("are refused by an error that names the holder, across processes and inside one", async () => {
    const hubFile = join(folder, "hub.db");
    const store = new HubStore(hubFile);
    const { stderr } = await run("none");
    expect(stderr).toContain("HubLockedError");
    expect(stderr).toContain(`in use by process ${process.pid}`);
    let caught: unknown;
    try {
      caught = new HubStore(hubFile);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(HubLockedError);
    expect(caught).toMatchObject({ code: "HUB_LOCKED", holderPid: process.pid });
    store.close();
    new HubStore(hubFile).close();
  });
});
