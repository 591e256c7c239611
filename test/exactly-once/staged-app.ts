/**
 * The whole app in process on a virtual clock that can be stopped at any moment of a run. In: an estate, faults. Out: a run to interfere with (raise events,
 * terminate instances, execute an activity once more), and afterwards its report and what the simulated service holds.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hashOf } from "../../src/cloud/ledger/keys.ts";
import { dependencies, type AppDependencies } from "../../src/functions/wiring/dependencies.ts";
import { openSimulatedApp, type LocalApp, type SimulatedAppOptions } from "../../src/local/app.ts";
import { parseEstate } from "../../src/local/azure/estate/estate.ts";
import type { RunReport } from "../../src/policy/report.ts";
import { SUBSCRIPTION, type SimulatedItem } from "../support/simulated-run.ts";

/** The vault of `estateOf`. */
export const VAULT = hashOf(
  `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-backup/providers/Microsoft.RecoveryServices/vaults/vault-weu`,
);

export const START_MS = Date.parse("2026-11-20T13:00:00Z");
export const RUN = "test-run";

export interface StagedApp extends LocalApp {
  readonly dependencies: AppDependencies;
  /** Posts the run; 202 or 200. */
  start(body?: Record<string, unknown>): Promise<number>;
  /** Acts when so many minutes of the estate's time have passed; nothing moves on until it is done. */
  atMinute<T>(minute: number, act: () => Promise<T>): Promise<T>;
  post(path: string, body?: unknown): Promise<number>;
  raise(instanceId: string, event: string, data: unknown): Promise<number>;
  terminate(instanceId: string): Promise<number>;
  status(runId?: string): Promise<{ readonly status: string; readonly progress: Readonly<Record<string, number>> }>;
  /** Waits for the run's end. */
  report(runId?: string): Promise<RunReport>;
  /** What the simulator holds now, by the item's name. */
  items(): Promise<ReadonlyMap<string, SimulatedItem>>;
}

export type StagedOptions = Pick<SimulatedAppOptions, "faults"> & {
  readonly environment?: Readonly<Record<string, string>>;
  readonly timers?: boolean;
};

export async function stage<T>(estate: unknown, use: (app: StagedApp) => Promise<T>, options: StagedOptions = {}): Promise<T> {
  const stateDir = await mkdtemp(join(tmpdir(), "reprise-once-"));
  const app = await openSimulatedApp({
    estate: parseEstate(JSON.stringify(estate)),
    stateDir,
    between: "frozen",
    environment: options.environment ?? {},
    timers: options.timers ?? false,
    log: () => {},
    ...(options.faults && { faults: options.faults }),
  });
  try {
    return await use(await staged(app));
  } finally {
    await app.stop();
    await rm(stateDir, { recursive: true, force: true });
  }
}

async function staged(app: LocalApp): Promise<StagedApp> {
  const { host, clock } = app;
  const post = async (path: string, body: unknown = {}): Promise<number> =>
    (await host.request("POST", path, JSON.stringify(body), { "content-type": "application/json" })).status;
  const instancePath = (id: string): string => `/runtime/webhooks/durabletask/instances/${id}`;
  return {
    ...app,
    dependencies: await dependencies(),
    post,
    start: (body = {}) => post("/api/runs", { runId: RUN, ...body }),
    atMinute: (minute, act) =>
      new Promise((resolve, reject) => {
        clock.at(START_MS + minute * 60_000, () => void clock.work(act).then(resolve, reject));
      }),
    raise: (id, event, data) => post(`${instancePath(id)}/raiseEvent/${event}`, data),
    terminate: (id) => post(`${instancePath(id)}/terminate?reason=test`),
    status: async (runId = RUN) =>
      JSON.parse((await host.request("GET", `/api/runs/${runId}`)).body) as Awaited<ReturnType<StagedApp["status"]>>,
    async report(runId = RUN) {
      await host.waitForEnd(runId);
      const answer = await host.request("GET", `/api/runs/${runId}/report?format=json`);
      if (answer.status !== 200) throw new Error(`The run ${runId} has no report: ${answer.status} ${answer.body}`);
      return JSON.parse(answer.body) as RunReport;
    },
    async items() {
      const answer = await clock.work(async () =>
        app.simulator?.handle({ method: "GET", url: "http://127.0.0.1/_simulator/state", headers: {}, body: "" }),
      );
      if (answer === undefined || answer === "drop") throw new Error("the simulator did not answer");
      return new Map((JSON.parse(answer.body) as { items: SimulatedItem[] }).items.map((item) => [item.name, item]));
    },
  };
}

export function itemOf(report: RunReport, name: string): RunReport["items"][number] {
  const found = report.items.find(({ item }) => item === name);
  if (found === undefined) throw new Error(`the report has no item ${name}; it has ${report.items.map(({ item }) => item).join(", ")}`);
  return found;
}

/** Every backup that the service took for an item is an accepted attempt of the report, and the other way round. */
export function strayBackups(report: RunReport, items: ReadonlyMap<string, SimulatedItem>): string[] {
  return report.items
    .map(({ item, attempts }) => ({
      item,
      said: attempts.filter(({ trigger }) => trigger === "accepted").length,
      made: items.get(item)?.backupsAccepted ?? 0,
    }))
    .filter(({ said, made }) => said !== made)
    .map(({ item, said, made }) => `${item}: ${made} backups made, ${said} reported`);
}
