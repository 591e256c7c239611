/**
 * Azure as the cloud part sees it. In: the endpoint, a credential, the clock. Out: the port `ControlPlane`. It does not promise that two reads agree
 * (Resource Graph is late), it never repeats a trigger, and it sends nothing to any host but the endpoint. On a virtual clock its methods are called
 * from inside `work`.
 */
import type { HttpClient } from "@azure/core-rest-pipeline";
import type { TokenCredential } from "@azure/core-auth";
import type { Clock } from "../../clock/clock.ts";
import type { ControlPlane } from "../control-plane.ts";
import { discoverItems, discoverJobs, discoverSubscriptions, discoverVaults } from "../discover/discover.ts";
import { parseEndpoint } from "./endpoint.ts";
import { createGraph } from "./graph.ts";
import { readOperation } from "./operation-status.ts";
import type { ReadPace } from "./read-pace.ts";
import { createTransport } from "./pipeline.ts";
import type { ReadRetryOptions } from "./read-retry.ts";
import { createBackupClients } from "./recovery-services.ts";
import { listPermissions, listSubscriptions, listTaggedResources } from "./resource-manager.ts";
import { triggerBackup } from "./trigger.ts";
import { listVaultJobs, readVaultJob } from "./vault-jobs.ts";

export interface AzureControlPlaneOptions {
  /** `https://management.azure.com`, another cloud's, or a simulator's plain-http URL on this machine. */
  readonly endpoint: string;
  /** Needed unless the endpoint is plain http on this machine; there it is never asked. */
  readonly credential?: TokenCredential;
  readonly clock: Clock;
  /** In place of the network. */
  readonly httpClient?: HttpClient;
  /** How long one try may stay without an answer, on the clock. */
  readonly requestTimeoutMs: number;
  /** In [0, 1), spreads repeats of reads; default random. Hand in a fixed function where runs have to be alike. */
  readonly jitter?: () => number;
  readonly readPace?: ReadPace;
  /** One line per repeated read. */
  readonly log?: (line: string) => void;
  /** Once per wait that Resource Graph or Resource Manager asked for. */
  readonly onThrottled?: ReadRetryOptions["onThrottled"];
}

/** Throws for an endpoint that tokens must not go to, and for a missing credential. */
export function createAzureControlPlane(options: AzureControlPlaneOptions): ControlPlane {
  const { clock, jitter = Math.random } = options;
  const transport = createTransport({ ...options, jitter, endpoint: parseEndpoint(options.endpoint) });
  const graph = createGraph(transport, clock, options.onThrottled);
  const clients = createBackupClients(transport);
  const vaultJobs = { clients, clock, ...(options.log && { log: options.log }) };
  return {
    subscriptions: (calls) => listSubscriptions(transport, calls),
    subscriptionsBelow: (managementGroup, calls) => discoverSubscriptions(graph(calls), { managementGroup }),
    vaultPages: (scope, calls) => discoverVaults(graph(calls), scope),
    permissions: (scopeId, calls) => listPermissions(transport, scopeId, calls),
    jobPages: (scope, window, calls) => discoverJobs(graph(calls), scope, window),
    itemStatePages: (scope, calls) => discoverItems(graph(calls), scope),
    taggedResources: (subscriptionId, tag, value, calls) => listTaggedResources(transport, { subscriptionId, tag, value }, calls),
    vaultJobs: (vault, fromMs, calls) => listVaultJobs(vaultJobs, { vault, fromMs }, calls),
    job: (vault, jobName, calls) => readVaultJob(vaultJobs, { vault, jobName }, calls),
    triggerBackup: (request, calls) => triggerBackup({ clients, endpoint: transport.endpoint, clock }, request, calls),
    operation: (_vault, operationUrl, calls) => readOperation({ transport, clock }, operationUrl, calls),
  };
}
