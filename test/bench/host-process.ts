/** One run in a process of its own, the simulator in another. In: an estate and settings. Out: one line of JSON: what the run did and what this process used. */
import { mkdtempSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSimulatedApp } from "../../src/local/app.ts";
import { inProcessHttpClient } from "../../src/local/azure/http-client.ts";
import type { RunReport } from "../../src/policy/report.ts";
import type { Store } from "../../src/store/store.ts";
import type { EstateSpec } from "./estates.ts";
import { startSimulator } from "./remote-simulator.ts";
import type { Audit } from "./simulator-process.ts";

export interface HostInput {
  readonly estate: EstateSpec;
  readonly environment: Readonly<Record<string, string>>;
  /** Further fields of the request. */
  readonly body?: Readonly<Record<string, unknown>>;
}

export interface Measured {
  readonly counts: RunReport["counts"];
  readonly calls: RunReport["calls"];
  readonly audit: Omit<Audit, "accepted">;
  /** Items of which the service took another number of backups than the report says. */
  readonly strays: readonly string[];
  /** Attempts that ended as failed at the service. */
  readonly failedAttempts: number;
  readonly virtualMs: number;
  readonly wallMs: number;
  /** Of the run, without the process's start. */
  readonly cpuMs: number;
  readonly peakMiB: number;
  readonly startMiB: number;
  readonly storeCalls: Readonly<Record<string, number>>;
  readonly replays: number;
  readonly replayMs: number;
  readonly historyBytes: number;
}

const RUN = "bench";
const { estate, environment, body } = JSON.parse(process.argv[2] ?? "") as HostInput;
const simulator = await startSimulator(estate);
const stateDir = mkdtempSync(join(tmpdir(), "reprise-bench-"));
const storeCalls: Record<string, number> = {};
let replays = 0;
/** CPU of this process while any turn was being replayed: turns come in lanes, side by side. */
let replayMs = 0;
let replaying = 0;
let replayBegan = process.cpuUsage();

const app = await openSimulatedApp({
  // The estate is in the other process; only its clock's start is taken from here.
  estate: { now: "2026-11-20T13:00:00Z", subscriptions: [{ id: "00000001-0000-4000-8000-000000000000", vaults: [] }] },
  stateDir,
  between: "frozen",
  environment,
  timers: false,
  log: () => {},
  faults: {
    parts: ({ clock, store, ...parts }) => {
      if (clock === undefined || store === undefined) throw new Error("no clock, no store");
      return { ...parts, clock, store: counting(store), httpClient: inProcessHttpClient(simulator.at(clock)) };
    },
    hub: {
      functions: (functions) => ({
        ...functions,
        async runTurn(name, instanceId, trigger) {
          replays++;
          if (replaying++ === 0) replayBegan = process.cpuUsage();
          try {
            return await functions.runTurn(name, instanceId, trigger);
          } finally {
            if (--replaying === 0) {
              const { user, system } = process.cpuUsage(replayBegan);
              replayMs += (user + system) / 1_000;
            }
          }
        },
      }),
    },
  },
});

function counting(store: Store): Store {
  const count = (name: string): void => {
    storeCalls[name] = (storeCalls[name] ?? 0) + 1;
  };
  return {
    get: (key) => (count("get"), store.get(key)),
    put: (key, bytes) => (count("put"), store.put(key, bytes)),
    create: (key, bytes) => (count("create"), store.create(key, bytes)),
    replace: (key, bytes, version) => (count("replace"), store.replace(key, bytes, version)),
    delete: (key) => (count("delete"), store.delete(key)),
    remove: (key, version) => (count("remove"), store.remove(key, version)),
    list: (prefix) => (count("list"), store.list(prefix)),
  };
}

const startMiB = process.memoryUsage().rss / 2 ** 20;
const began = performance.now();
const cpuBefore = process.cpuUsage();
const answer = await app.host.request("POST", "/api/runs", JSON.stringify({ ...body, runId: RUN }), { "content-type": "application/json" });
if (answer.status !== 202) throw new Error(answer.body);
const ended = await app.host.waitForEnd(RUN);
if (ended.runtimeStatus !== "Completed") throw new Error(JSON.stringify(ended.output));
const cpu = process.cpuUsage(cpuBefore);
const wallMs = performance.now() - began;
const peakMiB = process.resourceUsage().maxRSS / 1024;

const report = JSON.parse(new TextDecoder().decode(await app.ledger.readReport(RUN, "json"))) as RunReport;
const { accepted, ...audit } = await simulator.audit();
const strays = report.items.flatMap(({ item, attempts }) => {
  const said = attempts.filter(({ trigger }) => trigger === "accepted").length;
  return (accepted[item] ?? 0) === said ? [] : [`${item}: ${accepted[item] ?? 0} made, ${said} reported`];
});
simulator.stop();
await app.stop();
// Only now: the hub's file has one owner.
const hub = new DatabaseSync(join(stateDir, "hub.db"), { readOnly: true });
const { bytes } = hub.prepare("SELECT sum(length(events)) AS bytes FROM history").get() as { bytes: number };
hub.close();
rmSync(stateDir, { recursive: true, force: true });
const measured: Measured = {
  counts: report.counts,
  calls: report.calls,
  audit,
  strays,
  failedAttempts: report.items.reduce((sum, { attempts }) => sum + attempts.filter(({ status }) => status === "Failed").length, 0),
  virtualMs: Date.parse(report.endedAt) - Date.parse(report.startedAt),
  wallMs,
  cpuMs: (cpu.user + cpu.system) / 1_000,
  peakMiB,
  startMiB,
  storeCalls,
  replays,
  replayMs,
  historyBytes: bytes,
};
process.stdout.write(`${JSON.stringify(measured)}\n`);
