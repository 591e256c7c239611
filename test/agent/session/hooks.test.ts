/** Commands before and after the backup, as real processes. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { manifestRecord } from "../../../src/agent/format/records.ts";
import { readCatalog } from "../../../src/agent/repository/catalog.ts";
import { runHook } from "../../../src/agent/session/hooks.ts";
import { SessionSuspended } from "../../../src/agent/session/session-options.ts";
import { workplace } from "../../support/agent-session.ts";
import { temporaryFolder } from "../../support/command-line.ts";

const sh = (script: string, limitMs = 20_000) => ({ command: ["sh", "-c", script], limitMs });
const environment = { PATH: process.env["PATH"] };

/** Not there, or ended and not yet waited for by whoever inherited it. */
function isGone(pid: number): boolean {
  try {
    return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return true;
  }
}

describe("a command", () => {
  it("gets its arguments as they are: no shell reads them", async () => {
    const out = join(temporaryFolder(), "out");
    await runHook({
      what: "It",
      hook: { command: ["sh", "-c", 'printf %s "$1" > "$2"', "x", "$(id); `id` 'a", out], limitMs: 20_000 },
      environment,
      facts: {},
    });
    expect(readFileSync(out, "utf8")).toBe("$(id); `id` 'a");
  });

  it("that fails is told with the end of what it printed", async () => {
    const run = runHook({ what: "It", hook: sh("echo no snapshot >&2; exit 3"), environment, facts: {} });
    await expect(run).rejects.toMatchObject({ code: "HOOK_FAILED", message: "It ended with exit code 3; it printed: no snapshot" });
    const missing = runHook({ what: "It", hook: { command: ["/no/such/program"], limitMs: 1_000 }, environment, facts: {} });
    await expect(missing).rejects.toMatchObject({ code: "HOOK_NOT_STARTED" });
  });

  it("is ended at its limit, with what it started, also when both ignore being asked", async () => {
    const pids = join(temporaryFolder(), "pids");
    const script = `trap '' TERM; (trap '' TERM; while :; do sleep 0.1; done) & echo $$ $! > ${pids}; while :; do sleep 0.1; done`;
    await expect(runHook({ what: "It", hook: sh(script, 1_000), environment, facts: {} })).rejects.toMatchObject({
      code: "HOOK_TIMED_OUT",
    });
    await sleep(300);
    const all = readFileSync(pids, "utf8").trim().split(" ").map(Number);
    expect(all).toHaveLength(2);
    expect(all.filter((pid) => !isGone(pid))).toEqual([]);
  });

  it("that leaves something running in the background does not hold up the backup", async () => {
    const startMs = performance.now();
    await runHook({ what: "It", hook: sh("sleep 8 & exit 0"), environment, facts: {} });
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });
});

describe("commands of a session", () => {
  it("run before and after each run, and know the session; the point is application-consistent because the one before ran", async () => {
    const place = await workplace();
    place.image("m1");
    const log = join(place.folder, "log");
    const facts = `$REPRISE_HOOK $REPRISE_JOB $REPRISE_SESSION $REPRISE_RETRY $REPRISE_RESULT`;
    const hooks = { before: sh(`echo ${facts} >> ${log}`), after: sh(`echo ${facts} >> ${log}`) };
    const { state } = await place.run(place.job({ hooks }));
    const told = readFileSync(log, "utf8").trim().split("\n");
    const at = (hook: string, retry: number, result: string) => `${hook} nightly ${state.session} ${retry}${result}`;
    expect(told).toEqual([at("before", 0, ""), at("after", 0, " failed"), at("before", 1, ""), at("after", 1, " failed")]);
    const [point] = (await readCatalog(place.repository)).points;
    if (point === undefined) throw new Error("a point");
    expect(await place.repository.readRecord(point.row.manifest, manifestRecord)).toMatchObject({ consistency: "application-consistent" });
  });

  it("a point is crash-consistent when no command ran before", async () => {
    const place = await workplace();
    place.image("m1");
    await place.run(place.job({ hooks: { after: sh("true") } }));
    const [point] = (await readCatalog(place.repository)).points;
    if (point === undefined) throw new Error("a point");
    expect(await place.repository.readRecord(point.row.manifest, manifestRecord)).toMatchObject({ consistency: "crash-consistent" });
  });

  it("J2: the command before fails: no task starts, all are retried; the one after still cleans up", async () => {
    const place = await workplace();
    place.image("m1");
    place.image("m2");
    const flag = join(place.folder, "second");
    const cleaned = join(place.folder, "cleaned");
    const hooks = { before: sh(`test -e ${flag} || { touch ${flag}; exit 1; }`), after: sh(`echo x >> ${cleaned}`) };
    const { state, events } = await place.run(place.job({ hooks }));
    expect(state).toMatchObject({ retriesUsed: 1, phase: { result: "success" } });
    expect(events.filter((event) => event.kind === "task-started")).toHaveLength(2);
    expect(readFileSync(cleaned, "utf8")).toBe("x\nx\n");
  });

  it("J2: the command after, or retention, fails after all tasks were processed: a warning that is not retried", async () => {
    const place = await workplace();
    place.image("m1");
    place.image("m2");
    const job = place.job({ hooks: { after: sh("exit 4") }, retention: { keepLast: 1 } });
    const { state } = await place.run(job, { retention: () => Promise.reject(new Error("the container is immutable")) });
    expect(state).toMatchObject({ retriesUsed: 0, phase: { result: "warning" } });
    expect(state.remarks.join()).toMatch(/exit code 4.*the container is immutable/);
  });

  it("what the one before made is removed when the session is stopped, or goes on in another process", async () => {
    for (const reason of [new Error("by hand"), new SessionSuspended()]) {
      const place = await workplace();
      place.image("m1");
      const snapshot = join(place.folder, "snapshot");
      const stop = new AbortController();
      const run = place.run(place.job({ hooks: { before: sh(`touch ${snapshot}`), after: sh(`rm ${snapshot}`) } }), {
        stop: stop.signal,
        openSource: () => {
          expect(existsSync(snapshot)).toBe(true);
          stop.abort(reason);
          return Promise.reject(new Error("no"));
        },
      });
      expect((await run).state.phase.kind).toBe(reason instanceof SessionSuspended ? "running" : "ended");
      expect(existsSync(snapshot)).toBe(false);
    }
  });
});
