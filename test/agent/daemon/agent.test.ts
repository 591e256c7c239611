/** The agent: in this process with a clock that is ahead, and as real processes that are stopped and killed. */
import { randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readAgentRecord, type AgentRecord } from "../../../src/agent/daemon/agent-record.ts";
import { runAgent } from "../../../src/agent/daemon/agent.ts";
import { jobFileNow, readJobFile } from "../../../src/agent/job-file/read-job-file.ts";
import { readCatalog } from "../../../src/agent/repository/catalog.ts";
import { newestSession } from "../../../src/agent/session/session-record.ts";
import { SessionSuspended } from "../../../src/agent/session/session-options.ts";
import { openSource } from "../../../src/agent/source/open-source.ts";
import { steadyClock, systemClock } from "../../../src/clock/clock.ts";
import { DAY_MS } from "../../../src/policy/times.ts";
import { workplace, type Workplace } from "../../support/agent-session.ts";
import { jsonLines, runCommand, startCommand } from "../../support/command-line.ts";

function jobFile(place: Workplace, more: object): string {
  const path = join(place.folder, "job.json");
  const machines = [{ name: "m1", disks: [{ name: "data", path: "disk.img" }] }];
  writeFileSync(path, JSON.stringify({ name: "nightly", target: "store", machines, ...more }));
  return path;
}

async function until<T>(read: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 2_400; tries++) {
    const found = await read();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("it did not come");
}

/** Runs an agent whose clock is `aheadMs` ahead until its record says what is waited for. */
async function agentUntil(place: Workplace, path: string, aheadMs: number, seen: (record: AgentRecord) => boolean): Promise<AgentRecord> {
  const stop = new AbortController();
  const running = runAgent([path], {
    clock: { ...systemClock, now: () => Date.now() + aheadMs },
    steady: steadyClock,
    stop: stop.signal,
    readJob: readJobFile,
    jobNow: jobFileNow,
    open: async () => ({ repository: place.repository, drops: () => 0 }),
    sessionPorts: () => ({
      power: async () => undefined,
      retention: async () => {},
      environment: {},
      readAll: false,
      openSource: (source) => openSource(source),
    }),
    say: () => {},
    onEvent: () => {},
  });
  try {
    return await until(async () => {
      const record = await readAgentRecord(place.repository, "nightly");
      return record !== undefined && seen(record) ? record : undefined;
    });
  } finally {
    stop.abort(new SessionSuspended());
    await running;
  }
}

/** The minute of the UTC day some hours from now, so that nothing comes due meanwhile. */
const later = (): string => `0 0 ${(new Date().getUTCHours() + 12) % 24} * * *`;

describe("the agent", () => {
  it("J5: a run missed while the machine was off is made up at power-on, and not retried", async () => {
    const place = await workplace();
    // The disk is not there: the session fails.
    const path = jobFile(place, { schedule: { cron: later(), missedAtPowerOn: true }, retries: { count: 3, wait: "0s" } });
    const first = await agentUntil(place, path, 0, ({ nextAt }) => nextAt !== undefined);
    expect(first.last).toBeUndefined();
    const { last } = await agentUntil(place, path, DAY_MS, (record) => record.last !== undefined);
    expect(last).toMatchObject({
      startedBy: "missed-at-power-on",
      result: "failed",
      reason: expect.stringContaining("not retried") as string,
    });
    const session = await newestSession(place.repository, "nightly");
    expect(session?.state.retriesUsed).toBe(0);
    // Once: the next agent has nothing to make up.
    const third = await agentUntil(place, path, DAY_MS, ({ startedAt, nextAt }) => startedAt !== first.startedAt && nextAt !== undefined);
    expect(third.last?.session).toBe(last?.session);
  }, 120_000);

  it("J5: a job that does not want missed runs gets none", async () => {
    const place = await workplace();
    const path = jobFile(place, { schedule: { cron: later() } });
    const first = await agentUntil(place, path, 0, ({ nextAt }) => nextAt !== undefined);
    const second = await agentUntil(place, path, DAY_MS, ({ nextAt }) => nextAt !== undefined && nextAt !== first.nextAt);
    expect(second.last).toBeUndefined();
  }, 120_000);

  it("SIGTERM stops it cleanly; the session goes on at the next start, under its own id, and sends nothing again; SIGKILL too", async () => {
    const place = await workplace();
    writeFileSync(join(place.folder, "disk.img"), randomBytes(48 * 1024 * 1024));
    const path = jobFile(place, { schedule: { cron: "* * * * * *" }, bandwidth: "6MiB" });
    const arrived = async (atLeast: number): Promise<true | undefined> => {
      let units = 0;
      for await (const { name } of place.repository.store.listSegments("data/"))
        units += (await place.repository.store.listUnits(name))?.units.length ?? 0;
      return units >= atLeast ? true : undefined;
    };
    let session: string | undefined;
    for (const [signal, units] of [
      ["SIGTERM", 3],
      ["SIGKILL", 6],
    ] as const) {
      const agent = startCommand(["agent", "--config", path, "--json"]);
      await until(() => arrived(units));
      agent.child.kill("SIGUSR1");
      await new Promise((resolve) => setTimeout(resolve, 200));
      agent.child.kill(signal);
      const { code, stderr } = await agent.ended;
      expect(code).toBe(signal === "SIGTERM" ? 0 : null);
      expect(stderr).toMatch(/nightly: session \S+, data of m1: .* of 48\.0 MiB read/);
      const record = await newestSession(place.repository, "nightly");
      expect(record?.state.phase.kind).toBe("running");
      session ??= record?.state.session;
      expect(record?.state.session).toBe(session);
    }
    const status = await runCommand(["agent", "status", "--config", path, "--json"]);
    const [dead] = (jsonLines(status).at(-1)?.["agents"] ?? []) as { holder: string; running?: { session: string } }[];
    expect(dead).toMatchObject({ holder: "dead", running: { session } });

    const agent = startCommand(["agent", "--config", path, "--json"]);
    await until(async () => (await readAgentRecord(place.repository, "nightly"))?.last);
    const second = await runCommand(["agent", "--config", path]);
    expect([second.code, second.stderr]).toEqual([11, expect.stringContaining("the agent of job nightly")]);
    agent.child.kill("SIGTERM");
    const { stdout, code } = await agent.ended;
    expect(code).toBe(0);
    expect(stdout).toContain(`session ${session} goes on where it was cut off`);
    const [point] = (await readCatalog(place.repository)).points;
    expect(point?.row.id).toBe(session);
    // The last attempt sent no more than was left: 48 MiB without the 6 units that were there.
    expect(point?.row.storedBytes).toBeLessThan((48 - 6 * 4 + 1) * 1024 * 1024);
    rmSync(join(place.folder, "disk.img"));
  }, 300_000);

  it("U5: wrong job files are refused before anything runs", async () => {
    const place = await workplace();
    const path = jobFile(place, { retries: { count: -1 } });
    const refused = await runCommand(["agent", "--config", path]);
    expect([refused.code, refused.stdout]).toEqual([2, ""]);
    expect(refused.stderr).toMatch(/job\.json: retries\.count: found -1; allowed: a whole number from 0 to 99/);
    const none = await runCommand(["agent"]);
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining("found no --config")]);
  });
});
