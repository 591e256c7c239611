/** `reprise serve` as a process, spoken to over HTTP and by `reprise runs`. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { jsonLines, runCommand, startCommand, temporaryFolder, type Finished, type RunningCommand } from "../support/command-line.ts";
import { failed, quickEstate, startSimulator, type SimulatorProcess } from "./simulator-process.ts";

const PASSING = "CloudInternalError";
const ESTATE = quickEstate({
  "vault-quick": [{ name: "vm-quick", jobs: [failed(PASSING)], next: [{ status: "Completed", after: "5m" }] }],
  "vault-slow": [{ name: "vm-slow", jobs: [failed(PASSING)], next: [{ status: "Completed", after: "12h" }] }],
});

let simulator: SimulatorProcess;
let served: RunningCommand;
let url = "";
const state = temporaryFolder();

beforeAll(async () => {
  simulator = await startSimulator(ESTATE);
  served = startCommand(["serve", "--azure", "--port", "0", "--json", "--state", state], {
    settings: { ...simulator.settings, REPRISE_SCHEDULE_ENABLED: "false" },
  });
  const ready = JSON.parse(await served.firstLine) as { message_type: string; url: string };
  expect(ready).toMatchObject({ message_type: "ready", url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) });
  ({ url } = ready);
});
afterAll(() => simulator.stop());

const runs = (...args: string[]): Promise<Finished> => runCommand(["runs", ...args, "--url", url]);
const start = (body: object): Promise<Response> =>
  fetch(`${url}/api/runs`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

describe("serve", { timeout: 240_000 }, () => {
  it("C11: takes a run over HTTP, and `runs show --follow` follows it to its end", async () => {
    const answer = await start({ runId: "quick", vaults: ["vault-quick"] });
    expect([answer.status, answer.headers.get("location")]).toEqual([202, expect.stringContaining("/api/runs/quick")]);

    const followed = await runs("show", "quick", "--follow", "--json");
    const lines = jsonLines(followed);
    expect(followed.code).toBe(0);
    expect(lines.at(-1)).toMatchObject({
      message_type: "summary",
      runId: "quick",
      status: "completed",
      progress: { found: 1, items: 1, recovered: 1, failing: 0 },
      summary: { recovered: 1, attempts: 1 },
    });
    expect(new Set(lines.slice(0, -1).map(({ message_type }) => message_type)).isSubsetOf(new Set(["progress"]))).toBe(true);

    expect((await start({ runId: "quick", vaults: ["vault-quick"] })).status).toBe(200);
    expect((await start({ runId: "quick", vaults: ["vault-slow"] })).status).toBe(409);
  });

  it("C11: a run is listed and cancelled from the command line; its backup is left alone", async () => {
    await start({ runId: "slow", vaults: ["vault-slow"] });
    await simulator.until((accepted) => accepted["vm-slow"] === 1);
    expect(await runs("cancel", "slow")).toMatchObject({ code: 0, stdout: "Cancelling slow: nothing more is triggered.\n", stderr: "" });

    const followed = await runs("show", "slow", "--follow");
    expect(followed.code).toBe(3);
    expect(followed.stdout).toMatch(/slow {2}cancelled/);
    const listed = jsonLines(await runs("list", "--json"));
    expect(listed).toMatchObject([
      { message_type: "run", runId: "slow", status: "cancelled" },
      { message_type: "run", runId: "quick", status: "completed" },
      { message_type: "summary", runs: 2 },
    ]);

    const again = await runs("cancel", "slow");
    expect([again.code, again.stdout]).toEqual([1, ""]);
    expect(again.stderr).toMatch(/^reprise: .*cancelled.*nothing to cancel/);
    const unknown = await runs("show", "nobody");
    expect([unknown.code, unknown.stdout]).toEqual([10, ""]);
    expect(await simulator.accepted()).toMatchObject({ "vm-slow": 1 });
  });

  it("U5: a port or a state that is taken is one clear error, with the code for it", async () => {
    const [port, locked] = await Promise.all([
      runCommand(["serve", "--azure", "--port", new URL(url).port, "--state", temporaryFolder()], { settings: simulator.settings }),
      runCommand(["serve", "--azure", "--port", "0", "--state", state], { settings: simulator.settings }),
    ]);
    expect([port.code, port.stdout]).toEqual([1, ""]);
    expect(port.stderr).toMatch(/^reprise: .*EADDRINUSE.*Choose another --port, or 0 for any free one\.\n$/);
    expect([locked.code, locked.stdout]).toEqual([11, ""]);
    expect(locked.stderr).toMatch(/^reprise: .*in use by process \d+/);
  });

  it("says that a page of something else is no host of ours", async () => {
    const stranger = createServer((request, response) => {
      response.statusCode = request.url?.startsWith("/api/runs/") ? 404 : 200;
      response.end("<html>hello</html>");
    });
    await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
    const strange = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`;
    for (const args of [["list"], ["show", "quick"]]) {
      const other = await runCommand(["runs", ...args, "--url", strange]);
      expect([other.code, other.stdout]).toEqual([1, ""]);
      expect(other.stderr).toMatch(/^reprise: .*not of a Reprise host \(HTTP \d+\)\. Is --url right\?\n$/);
    }
    stranger.close();
  });

  it("ends cleanly within 5 s of SIGTERM", async () => {
    const signalledMs = Date.now();
    served.child.kill("SIGTERM");
    const { code, stderr } = await served.ended;
    expect(code).toBe(0);
    expect(Date.now() - signalledMs).toBeLessThan(5_000);
    expect(stderr).not.toMatch(/error/i);
    const gone = await runs("list");
    expect([gone.code, gone.stdout]).toEqual([1, ""]);
    expect(gone.stderr).toMatch(/cannot be reached \(ECONNREFUSED\)\. Is the host running\?/);
  });
});
