/** The client against the simulated control plane: the shipped query texts are executed, and the answers are the simulator's own. */
import { describe, expect, it } from "vitest";
import { createAzureControlPlane } from "../../../src/cloud/azure/azure-control-plane.ts";
import type { CallCounts, ControlPlane } from "../../../src/cloud/control-plane.ts";
import { systemClock } from "../../../src/clock/clock.ts";
import { findWorkload } from "../../../src/cloud/workloads/workloads.ts";
import { parseEstate } from "../../../src/local/azure/estate/estate.ts";
import { inProcessHttpClient } from "../../../src/local/azure/http-client.ts";
import { startSimulatorServer } from "../../../src/local/azure/server.ts";
import { createSimulator } from "../../../src/local/azure/simulator.ts";
import { createVirtualClock, type VirtualClock } from "../../../src/local/clock/virtual.ts";
import { collect, START_MS } from "./bench.ts";

const MINUTE_MS = 60_000;
const WINDOW = { fromMs: START_MS - 86_400_000, toMs: START_MS };

interface EstateItem {
  readonly name: string;
  readonly workload: string;
  readonly jobs?: readonly object[];
  readonly [field: string]: unknown;
}

const failedJob = (more: object = {}): object => ({
  status: "Failed",
  start: "-6h",
  end: "-5h50m",
  errorCode: "ExtensionSnapshotFailedNoNetwork",
  ...more,
});
const vm = (name: string, jobs: readonly object[] = [failedJob()], more: object = {}): EstateItem => ({
  name,
  workload: "AzureIaasVM",
  jobs,
  ...more,
});

interface Run {
  readonly azure: ControlPlane;
  readonly clock: VirtualClock;
  readonly calls: CallCounts;
}

async function onEstate(
  estate: { items: readonly EstateItem[]; backupVaultItems?: readonly EstateItem[]; faults?: readonly object[] },
  run: (run: Run) => Promise<void>,
): Promise<void> {
  const vaults = [
    { name: "vault-weu", kind: "RecoveryServices", resourceGroup: "rg-backup", items: estate.items },
    ...(estate.backupVaultItems
      ? [{ name: "bv-weu", kind: "DataProtection", resourceGroup: "rg-backup", items: estate.backupVaultItems }]
      : []),
  ];
  const subscriptions = [{ id: "11111111-1111-1111-1111-111111111111", name: "production", vaults }];
  const parsed = parseEstate(JSON.stringify({ now: new Date(START_MS).toISOString(), subscriptions, faults: estate.faults ?? [] }));
  const clock = createVirtualClock({ startMs: START_MS, between: "frozen" });
  const simulator = createSimulator({ estate: parsed, clock });
  const azure = createAzureControlPlane({
    endpoint: "http://127.0.0.1:7070",
    clock,
    httpClient: inProcessHttpClient(simulator),
    requestTimeoutMs: 100_000,
    jitter: () => 0,
  });
  try {
    await clock.work(() => run({ azure, clock, calls: { graph: 0, management: 0, retried: 0 } }));
  } finally {
    clock.stop();
  }
}

describe("on a simulated estate", () => {
  it("C1: the window holds what started in it, ended in it, or still runs, of both kinds of vault, and backups only", async () => {
    const items = [
      vm("vm-started-in"),
      vm("vm-ended-in", [failedJob({ start: "-30h", end: "-2h" })]),
      vm("vm-still-runs", [{ status: "InProgress", start: "-40h" }]),
      vm("vm-cured", [failedJob(), { status: "Completed", start: "-1h", end: "-30m", userTriggered: true }]),
      vm("vm-before", [failedJob({ start: "-30h", end: "-29h" })]),
      vm("vm-restore", [failedJob({ operation: "Restore" })]),
      { name: "share-1", workload: "AzureFileShare", jobs: [failedJob()] },
      { name: "server-1", workload: "MAB", jobs: [failedJob()] },
    ];
    const backupVaultItems = [{ name: "disk-1", workload: "AzureDisk", jobs: [failedJob({ errorCode: "UserErrorManagedDiskNotFound" })] }];
    await onEstate({ items, backupVaultItems }, async ({ azure, calls }) => {
      const pages = await collect(azure.jobPages({}, WINDOW, calls));
      expect(pages.flatMap(({ bad }) => bad)).toEqual([]);
      expect(pages.flatMap(({ notes }) => notes)).toEqual([]);
      const found = pages.flatMap(({ jobs }) => jobs.map((job) => `${job.friendlyName} ${job.workload} ${job.status} ${job.operation}`));
      expect(found.sort()).toEqual([
        "disk-1 AzureDisk Failed backup",
        "server-1 MAB Failed backup",
        "share-1 AzureFileShare Failed backup",
        "vm-cured AzureIaasVM Failed backup",
        "vm-cured AzureIaasVM Succeeded adhocBackup",
        "vm-ended-in AzureIaasVM Failed backup",
        "vm-started-in AzureIaasVM Failed backup",
        "vm-still-runs AzureIaasVM Started backup",
      ]);
      const disk = pages.flatMap(({ jobs }) => jobs).find((job) => job.workload === "AzureDisk");
      expect(disk?.error).toMatchObject({ symbol: "UserErrorManagedDiskNotFound" });
      expect(pages.flatMap(({ jobs }) => jobs).find((job) => job.friendlyName === "vm-started-in")?.error).toMatchObject({
        symbol: "ExtensionSnapshotFailedNoNetwork",
        number: expect.any(Number),
      });
    });
  });

  it("C2: 2,500 jobs come over pages, each once", async () => {
    const items = Array.from({ length: 2500 }, (_, index) => vm(`vm-${index}`));
    await onEstate({ items }, async ({ azure, calls }) => {
      const pages = await collect(azure.jobPages({}, WINDOW, calls));
      expect(new Set(pages.flatMap(({ jobs }) => jobs.map((job) => job.itemId.toLowerCase()))).size).toBe(2500);
      expect(calls.graph).toBe(3);
    });
  });

  it("C1: the item texts give state and last recovery point of both kinds", async () => {
    const items = [
      vm("vm-1", [], { lastRecoveryPoint: "-30h" }),
      vm("vm-2", [], { protectionState: "ProtectionStopped" }),
      vm("vm-3", [], { softDeleted: true }),
    ];
    await onEstate({ items, backupVaultItems: [{ name: "disk-1", workload: "AzureDisk" }] }, async ({ azure, calls }) => {
      const pages = await collect(azure.itemStatePages({ subscriptions: ["11111111-1111-1111-1111-111111111111"] }, calls));
      expect(pages.flatMap(({ bad }) => bad)).toEqual([]);
      const states = new Map(pages.flatMap((page) => page.items.map((item) => [item.friendlyName, item])));
      expect(states.get("vm-1")).toMatchObject({
        protectionState: "Protected",
        softDeleted: false,
        lastRecoveryPointMs: START_MS - 30 * 3_600_000,
        workload: "AzureIaasVM",
      });
      expect(states.get("vm-2")).toMatchObject({ protectionState: "ProtectionStopped" });
      expect(states.get("vm-3")).toMatchObject({ softDeleted: true });
      expect(states.get("disk-1")).toMatchObject({ protectionState: "ProtectionConfigured", workload: "AzureDisk" });
    });
  });

  it("a backup is triggered, followed to its job, and found in the vault's list at its end", async () => {
    await onEstate(
      {
        items: [vm("vm-1", [failedJob()], { next: [{ status: "Failed", after: "20m", errorCode: "GuestAgentSnapshotTaskStatusError" }] })],
      },
      async ({ azure, clock, calls }) => {
        const [job] = (await collect(azure.jobPages({}, WINDOW, calls))).flatMap(({ jobs }) => jobs);
        const provider = findWorkload(job?.workload ?? "");
        if (job === undefined || provider === undefined) throw new Error("no failed job of a known workload");
        const { properties } = provider.backupRequest({ askedMs: START_MS + 10 * 86_400_000 });
        const trigger = await azure.triggerBackup({ vault: job.vault, itemId: job.itemId, properties }, calls);
        if (trigger.kind !== "accepted") throw new Error(JSON.stringify(trigger));
        let operation = await azure.operation(job.vault, trigger.operationUrl ?? "", calls);
        while (operation.kind === "in-progress") {
          await clock.sleep(operation.retryAfterMs ?? trigger.retryAfterMs ?? MINUTE_MS);
          operation = await azure.operation(job.vault, trigger.operationUrl ?? "", calls);
        }
        if (operation.kind !== "succeeded" || operation.jobName === undefined) throw new Error(JSON.stringify(operation));
        const again = await azure.triggerBackup({ vault: job.vault, itemId: job.itemId, properties }, calls);
        expect(again).toMatchObject({ kind: "refused", status: 409, error: { symbol: "UserErrorBackupOperationInProgress" } });
        await clock.sleep(30 * MINUTE_MS);
        const list = await azure.vaultJobs(job.vault, WINDOW.fromMs, calls);
        const listed = list.ok ? list.value.filter((each) => provider.matches(each, job)) : [];
        expect(listed.map(({ status, operation }) => `${status} ${operation}`)).toEqual(["Failed adhocBackup", "Failed backup"]);
        expect(listed[0]?.name).toBe(operation.jobName);
        expect(await azure.job(job.vault, operation.jobName, calls)).toMatchObject({
          ok: true,
          value: { status: "Failed", error: { symbol: "GuestAgentSnapshotTaskStatusError" } },
        });
      },
    );
  });

  it("C12: after a lost answer the running job is in the vault's own list", async () => {
    const faults = [{ on: "trigger", item: "vm-1", times: 1, do: "accept-and-drop-connection" }];
    await onEstate({ items: [vm("vm-1"), vm("vm-2")], faults }, async ({ azure, calls }) => {
      const job = (await collect(azure.jobPages({}, WINDOW, calls)))
        .flatMap(({ jobs }) => jobs)
        .find(({ friendlyName }) => friendlyName === "vm-1");
      const provider = findWorkload("AzureIaasVM");
      if (job === undefined || provider === undefined) throw new Error("no job");
      const { properties } = provider.backupRequest({ askedMs: START_MS + 10 * 86_400_000 });
      expect(await azure.triggerBackup({ vault: job.vault, itemId: job.itemId, properties }, calls)).toMatchObject({ kind: "uncertain" });
      const list = await azure.vaultJobs(job.vault, START_MS - 5 * MINUTE_MS, calls);
      expect(list.ok && list.value.filter((each) => provider.matches(each, job)).map(({ status }) => status)).toEqual(["Started"]);
    });
  });

  it("C14: reads pass through throttling, dropped connections and slow answers of the service", async () => {
    const faults = [
      { on: "graph", times: 2, do: "throttle", retryAfterSeconds: 3 },
      { on: "subscriptions", times: 2, do: "drop-connection" },
      { on: "jobs", times: 1, do: "delay", seconds: 500 },
    ];
    await onEstate({ items: [vm("vm-1")], faults }, async ({ azure, clock, calls }) => {
      const [job] = (await collect(azure.jobPages({}, WINDOW, calls))).flatMap(({ jobs }) => jobs);
      expect(clock.now() - START_MS).toBe(6000);
      expect(await azure.subscriptions(calls)).toMatchObject({ ok: true, value: [{ name: "production" }] });
      if (job === undefined) throw new Error("no job");
      const beforeMs = clock.now();
      expect(await azure.vaultJobs(job.vault, WINDOW.fromMs, calls)).toMatchObject({ ok: true });
      expect(clock.now() - beforeMs).toBe(101_000);
      expect(calls).toEqual({ graph: 3, management: 5, retried: 5 });
    });
  });

  it("C14: 40 queries at once stay inside the quota of 15 per 5 s", async () => {
    await onEstate({ items: [vm("vm-1")] }, async ({ azure, calls }) => {
      for (let round = 0; round < 40; round++) await collect(azure.jobPages({}, WINDOW, calls));
      expect(calls).toEqual({ graph: 40, management: 0, retried: 0 });
    });
  });

  it("U2: over sockets and on real time the same client works the same way", async () => {
    const vaults = [{ name: "vault-weu", kind: "RecoveryServices", resourceGroup: "rg-backup", items: [vm("vm-1")] }];
    const subscriptions = [{ id: "11111111-1111-1111-1111-111111111111", name: "production", vaults }];
    const estate = parseEstate(JSON.stringify({ subscriptions }), { realTime: true });
    const server = await startSimulatorServer(createSimulator({ estate, clock: systemClock, realTime: true }), { port: 0 });
    try {
      const azure = createAzureControlPlane({ endpoint: server.url, clock: systemClock, requestTimeoutMs: 20_000 });
      const calls: CallCounts = { graph: 0, management: 0, retried: 0 };
      const nowMs = Date.now();
      const [job] = (await collect(azure.jobPages({}, { fromMs: nowMs - 86_400_000, toMs: nowMs }, calls))).flatMap(({ jobs }) => jobs);
      if (job === undefined) throw new Error("no job");
      const properties = findWorkload(job.workload)?.backupRequest({ askedMs: nowMs + 10 * 86_400_000 }).properties ?? {};
      const trigger = await azure.triggerBackup({ vault: job.vault, itemId: job.itemId, properties }, calls);
      if (trigger.kind !== "accepted") throw new Error(JSON.stringify(trigger));
      expect(await azure.operation(job.vault, trigger.operationUrl ?? "", calls)).toMatchObject({
        kind: expect.stringMatching(/^(?:in-progress|succeeded)$/),
      });
      expect(calls).toEqual({ graph: 1, management: 2, retried: 0 });
    } finally {
      await server.close();
    }
  });
});
