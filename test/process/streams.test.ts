/** The command line between other programs: closed pipes, full disks, missing packages, state that is not its own; and how little a start loads. */
import { spawnSync } from "node:child_process";
import { existsSync, openSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { EXECUTABLE, jsonLines, retrySummary, runCommand, startCommand, temporaryFolder } from "../support/command-line.ts";
import { failed, quickEstate } from "./simulator-process.ts";

const hook = (name: string): string[] => ["--import", fileURLToPath(new URL(name, import.meta.url))];

function estateFile(): string {
  const path = join(temporaryFolder(), "estate.json");
  const items = [{ name: "vm-one", jobs: [failed("CloudInternalError")] }];
  writeFileSync(path, JSON.stringify({ ...quickEstate({ "vault-one": items }), now: "2026-11-20T13:00:00Z" }));
  return path;
}

describe.concurrent("the command line between other programs", { timeout: 240_000 }, () => {
  it("carries a run to its end although nobody reads on, without a stack", async () => {
    const state = temporaryFolder();
    const run = startCommand(["retry", "--simulate", estateFile(), "--state", state, "--run-id", "unread", "--json"]);
    expect(JSON.parse(await run.firstLine)).toMatchObject({ message_type: "started" });
    run.child.stdout?.destroy();
    const { code, stderr } = await run.ended;
    expect([code, stderr]).toEqual([0, ""]);
    expect(readdirSync(join(state, "reports", "unread")).sort()).toEqual(["report.html", "report.json"]);
  });

  it.runIf(existsSync("/dev/full"))("says so and fails when its output cannot be written", () => {
    const { status, stderr } = spawnSync(process.execPath, [EXECUTABLE, "help", "env"], {
      stdio: ["ignore", openSync("/dev/full", "w"), "pipe"],
      encoding: "utf8",
    });
    expect([status, stderr]).toEqual([1, expect.stringMatching(/^reprise: The output cannot be written: ENOSPC.*\n$/)]);
  });

  it("U5: without the optional package simulating is refused with what to do, and nothing is made", async () => {
    const state = join(temporaryFolder(), "state");
    for (const args of [
      ["retry", "--state", state],
      ["simulate", "--port", "0"],
    ]) {
      const { code, stdout, stderr } = await runCommand(args, { nodeFlags: hook("without-query-language.mjs") });
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toMatch(/^reprise: Simulating needs the optional package @kusto\/language-service-next.*npm install.*\n$/);
    }
    expect(existsSync(state)).toBe(false);
  });

  it("U5: a report directory that cannot be written to is refused before anything is sent", async () => {
    const state = temporaryFolder();
    const blocked = join(state, "a-file");
    writeFileSync(blocked, "");
    const { code, stdout, stderr } = await runCommand([
      "retry",
      "--simulate",
      estateFile(),
      "--state",
      state,
      "--report",
      blocked,
      "--run-id",
      "blocked",
    ]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^reprise: --report: found ".*a-file"; allowed: a directory that can be written to/);
    expect(existsSync(join(state, "simulated", "blocked", "store", "runs"))).toBe(false);
  });

  it("U5: a run id that belongs to another request or another estate is refused", async () => {
    const state = temporaryFolder();
    const args = ["retry", "--simulate", estateFile(), "--state", state, "--run-id", "mine", "--dry-run"];
    expect((await runCommand(args)).code).toBe(0);
    const request = await runCommand([...args, "--since", "12h"]);
    expect([request.code, request.stdout]).toEqual([2, ""]);
    expect(request.stderr).toMatch(/^reprise: --run-id: The run mine exists with another request/);
    const other = await runCommand(["retry", "--generate", "items=2", "--state", state, "--run-id", "mine"]);
    expect([other.code, other.stdout]).toEqual([2, ""]);
    expect(other.stderr).toMatch(/belongs to another estate/);
  });

  it.each([["--help"], ["help", "retry"], ["explain", "VmNotInDesirableState"], ["retry", "--nope"], ["runs", "show", "../x"]])(
    "loads none of the large libraries for `%s %s`",
    async (...args) => {
      const { stderr } = await runCommand(args, { nodeFlags: hook("list-modules.mjs") });
      const ours = stderr.split("\n").filter((line) => line.startsWith("file:"));
      expect(ours.length).toBeGreaterThan(5);
      const packages = new Set(ours.map((url) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]));
      expect([...packages].filter((name) => name !== undefined)).toEqual(["commander"]);
      expect(ours.filter((url) => /\/(local|functions|store|agent)\//.test(url))).toEqual([]);
    },
  );

  it("writes JSON lines only on stdout, the summary last, twice the same", async () => {
    const runs = await Promise.all(
      [1, 2].map(() =>
        runCommand(["retry", "--generate", "items=30,failed=0.5,seed=7", "--state", temporaryFolder(), "--run-id", "alike", "--json"]),
      ),
    );
    const [first, second] = runs.map((run) => {
      expect(run.stderr).toBe("");
      expect(jsonLines(run).map(({ message_type }) => message_type)).toEqual([
        "started",
        ...Array.from({ length: jsonLines(run).length - 2 }, () => "progress"),
        "summary",
      ]);
      const { report: _path, managementCalls, ...summary } = retrySummary(run);
      return { code: run.code, summary, managementCalls };
    });
    expect(first?.summary.decisions.length).toBeGreaterThan(5);
    // A vault's list that two steps want at the same moment of the virtual clock is read by one of them or by both.
    expect(Math.abs(Number(first?.managementCalls) - Number(second?.managementCalls))).toBeLessThan(5);
    expect({ ...second, managementCalls: 0 }).toEqual({ ...first, managementCalls: 0 });
  });
});
