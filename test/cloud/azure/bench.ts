/** A control plane over a loopback server, on a virtual clock, and the pieces that most tests of it need. */
import { createAzureControlPlane, type AzureControlPlaneOptions } from "../../../src/cloud/azure/azure-control-plane.ts";
import type { CallCounts, ControlPlane } from "../../../src/cloud/control-plane.ts";
import { createVirtualClock, type VirtualClock } from "../../../src/local/clock/virtual.ts";
import type { VaultRef } from "../../../src/policy/job.ts";
import { startServer, type LoopbackServer, type ReceivedRequest, type Reply } from "./loopback-server.ts";

export const START_MS = Date.UTC(2026, 10, 20, 13, 0, 0);
export const SUBSCRIPTION = "11111111-1111-1111-1111-111111111111";
export const VAULT_ID = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-backup/providers/Microsoft.RecoveryServices/vaults/vault-weu`;
export const VAULT: VaultRef = {
  id: VAULT_ID,
  name: "vault-weu",
  kind: "RecoveryServices",
  subscriptionId: SUBSCRIPTION,
  resourceGroup: "rg-backup",
};
export const ITEM_ID = `${VAULT_ID}/backupFabrics/Azure/protectionContainers/iaasvmcontainer;iaasvmcontainerv2;rg-app;vm-1/protectedItems/vm;iaasvmcontainerv2;rg-app;vm-1`;

export interface Bench extends AsyncDisposable {
  readonly azure: ControlPlane;
  readonly clock: VirtualClock;
  readonly server: LoopbackServer;
  readonly calls: CallCounts;
  readonly log: readonly string[];
}

export async function openBench(
  answer: (request: ReceivedRequest, count: number) => Reply,
  options: Partial<AzureControlPlaneOptions> = {},
): Promise<Bench> {
  const server = await startServer(answer);
  const clock = createVirtualClock({ startMs: START_MS, between: "frozen" });
  const log: string[] = [];
  const azure = createAzureControlPlane({
    endpoint: server.url,
    clock,
    requestTimeoutMs: 100_000,
    jitter: () => 0,
    log: (line) => log.push(line),
    ...options,
  });
  return {
    azure,
    clock,
    server,
    calls: { graph: 0, management: 0, retried: 0 },
    log,
    async [Symbol.asyncDispose]() {
      clock.stop();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Everything that an async iterable gives. */
export async function collect<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(page);
  return all;
}

export function jobRow(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: `${VAULT_ID}/backupJobs/job-1`,
    type: "microsoft.recoveryservices/vaults/backupjobs",
    operation: "Backup",
    status: "Failed",
    startTime: "2026-11-20T07:00:00.1234567Z",
    endTime: "2026-11-20T07:10:00.0000000Z",
    duration: "00:09:59.8765433",
    userTriggered: "false",
    itemId: ITEM_ID,
    entityFriendlyName: "vm-1",
    instanceFriendlyName: "",
    dataSourceName: "",
    dataSourceSetName: "",
    backupManagementType: "AzureIaasVM",
    workloadType: "VM",
    dataSourceType: "",
    errorDetails: [{ errorCode: 400_053, errorTitle: "t", errorString: "No network.", recommendations: ["Open port 443."] }],
    errorSymbol: "ExtensionSnapshotFailedNoNetwork",
    ...overrides,
  };
}
