/** Carries out one run of the whole app (functions, task hub, simulator, virtual clock) in this process and tells what came of it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunReport } from "../../src/policy/report.ts";
import { parseEstate } from "../../src/local/azure/estate/estate.ts";
import { openSimulatedApp, type LocalApp } from "../../src/local/app.ts";

export interface SimulatedItem {
  readonly name: string;
  readonly backupsAccepted: number;
  readonly jobs: readonly {
    readonly status: string;
    readonly start: string;
    readonly end?: string;
    readonly userTriggered: boolean;
    readonly expiry?: string;
  }[];
}

export interface SimulatedRun {
  readonly report: RunReport;
  /** What the simulator holds afterwards, by the item's name. */
  readonly items: ReadonlyMap<string, SimulatedItem>;
  readonly log: readonly {
    readonly time: string;
    readonly method: string;
    readonly path: string;
    readonly status: number;
    readonly item: string | null;
  }[];
  decision(item: string): RunReport["items"][number];
}

export async function withSimulatedApp<T>(
  estate: unknown,
  use: (app: LocalApp) => Promise<T>,
  environment: Readonly<Record<string, string>> = {},
): Promise<T> {
  const stateDir = await mkdtemp(join(tmpdir(), "reprise-test-"));
  const app = await openSimulatedApp({
    estate: parseEstate(JSON.stringify(estate)),
    stateDir,
    between: "frozen",
    environment,
    timers: false,
    log: () => {},
  });
  try {
    return await use(app);
  } finally {
    await app.stop();
    await rm(stateDir, { recursive: true, force: true });
  }
}

export async function simulateRun(
  estate: unknown,
  body: Record<string, unknown> = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<SimulatedRun> {
  return withSimulatedApp(estate, (app) => carryOut(app, { runId: "test-run", ...body }), environment);
}

export async function carryOut(app: LocalApp, body: Record<string, unknown> & { runId: string }): Promise<SimulatedRun> {
  const answer = await app.host.request("POST", "/api/runs", JSON.stringify(body), { "content-type": "application/json" });
  if (answer.status !== 202) throw new Error(`POST /api/runs: ${answer.status} ${answer.body}`);
  const ended = await app.host.waitForEnd(body.runId);
  if (ended.runtimeStatus !== "Completed") throw new Error(`the run ended as ${ended.runtimeStatus}: ${JSON.stringify(ended.output)}`);
  const report = JSON.parse((await app.host.request("GET", `/api/runs/${body.runId}/report?format=json`)).body) as RunReport;
  const [state, log] = await Promise.all([inspect(app, "state"), inspect(app, "log")]);
  const items = (JSON.parse(state) as { items: SimulatedItem[] }).items;
  return {
    report,
    items: new Map(items.map((item) => [item.name, item])),
    log: log
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as SimulatedRun["log"][number]),
    decision(name) {
      const found = report.items.find(({ item }) => item === name);
      if (found === undefined) throw new Error(`the report has no item ${name}; it has ${report.items.map(({ item }) => item).join(", ")}`);
      return found;
    },
  };
}

async function inspect(app: LocalApp, what: "state" | "log"): Promise<string> {
  const answer = await app.clock.work(async () =>
    app.simulator?.handle({ method: "GET", url: `http://127.0.0.1/_simulator/${what}`, headers: {}, body: "" }),
  );
  if (answer === undefined || answer === "drop") throw new Error("the simulator did not answer");
  return answer.body;
}

export const SUBSCRIPTION = "11111111-1111-1111-1111-111111111111";

/** A failed scheduled job some hours before the estate's now. */
export function failedJob(errorCode: string | number, start = "-6h", end = "-5h50m"): Record<string, unknown> {
  return { status: "Failed", start, end, operation: "Backup", userTriggered: false, errorCode };
}

/** One subscription with one vault of the given VMs. */
export function estateOf(
  items: readonly Record<string, unknown>[],
  more: Record<string, unknown> = {},
  vault: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    now: "2026-11-20T13:00:00Z",
    subscriptions: [
      {
        id: SUBSCRIPTION,
        name: "production",
        vaults: [
          {
            name: "vault-weu",
            kind: "RecoveryServices",
            resourceGroup: "rg-backup",
            location: "westeurope",
            items: items.map((item) => ({ workload: "AzureIaasVM", resourceGroup: "rg-app", ...item })),
            ...vault,
          },
        ],
      },
    ],
    ...more,
  };
}
