/**
 * What the cloud part asks of Azure, as a port: `azure/` answers it with the SDKs. Expected refusals are values (`Answer`), exceptions are surprises.
 * Reads are repeated by the implementation (429, 408, 5xx, dropped connections; `Retry-After` honoured, a bounded number of times); the trigger is
 * never repeated by it. Every call carries the counters that the report adds up.
 */
import type { BackupJob, ErrorFacts, VaultRef } from "../policy/job.ts";
import type { Permission } from "../policy/permission.ts";

/** Calls made, each try counted: `graph` to Resource Graph, `management` to Resource Manager, `retried` those of both that were repeats. */
export interface CallCounts {
  graph: number;
  management: number;
  retried: number;
}

/** Why a read gave nothing: 401/403, 404, or still failing after all repeats. */
export interface Refusal {
  readonly ok: false;
  readonly kind: "forbidden" | "gone" | "unreachable";
  /** HTTP status, when there was an answer. */
  readonly status?: number;
  readonly code?: string;
  readonly message: string;
}

export type Answer<T> = { readonly ok: true; readonly value: T } | Refusal;

export interface Subscription {
  readonly id: string;
  readonly name: string;
}

/** A row that could not be read as what it should be. `id` is the row's id or "(no id)". */
export interface BadRow {
  readonly id: string;
  readonly problem: string;
}

/** State of a protected item or backup instance, from the item rows of Resource Graph. */
export interface ItemState {
  readonly itemId: string;
  readonly friendlyName: string;
  readonly vault: VaultRef;
  readonly workload: string;
  /** The resource that is backed up, where the row names it. */
  readonly sourceId?: string;
  /** As the service says it: `Protected`, `ProtectionStopped`, `ProtectionConfigured`, … */
  readonly protectionState?: string;
  readonly softDeleted: boolean;
  readonly lastRecoveryPointMs?: number;
  readonly policyName?: string;
}

/** A backup policy, from the same rows. */
export interface PolicyState {
  readonly vaultId: string;
  readonly name: string;
  /** The longest time between two points; absent when the schedule cannot be read. */
  readonly intervalMs?: number;
}

/** The scope of a Resource Graph query: a list of subscriptions (asked in groups), a management group, or (neither) the whole tenant. */
export interface GraphScope {
  readonly subscriptions?: readonly string[];
  readonly managementGroup?: string;
}

/** A job as the vault itself lists it: without the id of its item. */
export interface VaultJob {
  /** The provider's job id. */
  readonly name: string;
  readonly friendlyName: string;
  readonly workload: string;
  /** `iaasvmcontainerv2;rg;vm`, where the job type has it. */
  readonly containerName?: string;
  readonly status: BackupJob["status"];
  readonly operation: BackupJob["operation"];
  /** Undefined where the job type does not say. */
  readonly userTriggered?: boolean;
  readonly startMs: number;
  readonly endMs?: number;
}

export interface JobDetail extends VaultJob {
  readonly error?: ErrorFacts;
}

/** What became of one POST that asks for a backup. */
export type TriggerAnswer =
  /** 202: certainly accepted. `operationUrl` as received; absent when none was named or it is at another host. `retryAfterMs` when said. */
  | { readonly kind: "accepted"; readonly operationUrl?: string; readonly retryAfterMs?: number }
  /** 429: certainly not accepted. */
  | { readonly kind: "throttled"; readonly afterMs?: number }
  /** No answer, or an answer that does not tell (408, 5xx): it may have been accepted. */
  | { readonly kind: "uncertain"; readonly problem: string }
  /** Any other 4xx: certainly not accepted. */
  | { readonly kind: "refused"; readonly status: number; readonly error: ErrorFacts };

export type OperationAnswer =
  | { readonly kind: "in-progress"; readonly retryAfterMs?: number }
  | { readonly kind: "succeeded"; readonly jobName?: string }
  | { readonly kind: "failed"; readonly error: ErrorFacts }
  | { readonly kind: "unreadable"; readonly refusal: Refusal };

export interface BackupRequest {
  readonly vault: VaultRef;
  readonly itemId: string;
  /** The body under `properties`. */
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface ControlPlane {
  /** Every subscription that the identity can see. */
  subscriptions(calls: CallCounts): Promise<Answer<readonly Subscription[]>>;
  /** Every subscription under the management group that the identity can see. Throws `GraphError`. */
  subscriptionsBelow(managementGroup: string, calls: CallCounts): Promise<readonly Subscription[]>;
  /** Every vault that the identity can see, page by page. Throws `GraphError`. */
  vaultPages(
    scope: GraphScope,
    calls: CallCounts,
  ): AsyncIterable<{ readonly vaults: readonly VaultRef[]; readonly bad: readonly BadRow[]; readonly notes: readonly string[] }>;
  /** What the identity itself may do at a scope (`/subscriptions/…`, a vault's id), inherited assignments included. */
  permissions(scopeId: string, calls: CallCounts): Promise<Answer<readonly Permission[]>>;
  /**
   * Every backup job of the window, page by page in order of id within a group of subscriptions, bad rows apart. Throws `GraphError` when the answer
   * cannot be complete (truncated without a token, no valid subscription, a refused query).
   */
  jobPages(
    scope: GraphScope,
    window: { readonly fromMs: number; readonly toMs: number },
    calls: CallCounts,
  ): AsyncIterable<{ readonly jobs: readonly BackupJob[]; readonly bad: readonly BadRow[]; readonly notes: readonly string[] }>;
  /** Every protected item's state and every backup policy, likewise. */
  itemStatePages(
    scope: GraphScope,
    calls: CallCounts,
  ): AsyncIterable<{
    readonly items: readonly ItemState[];
    readonly policies: readonly PolicyState[];
    readonly bad: readonly BadRow[];
    readonly notes: readonly string[];
  }>;
  /** Lower-cased ids of the resources of a subscription that carry the tag (needs read on the sources). */
  taggedResources(subscriptionId: string, tag: string, value: string, calls: CallCounts): Promise<Answer<ReadonlySet<string>>>;
  /** The vault's own list of backup jobs that started at or after `fromMs`: one call per page. */
  vaultJobs(vault: VaultRef, fromMs: number, calls: CallCounts): Promise<Answer<readonly VaultJob[]>>;
  job(vault: VaultRef, jobName: string, calls: CallCounts): Promise<Answer<JobDetail>>;
  triggerBackup(request: BackupRequest, calls: CallCounts): Promise<TriggerAnswer>;
  operation(vault: VaultRef, operationUrl: string, calls: CallCounts): Promise<OperationAnswer>;
}

/** The answer of Resource Graph cannot be taken as complete. */
export class GraphError extends Error {
  readonly code: "GRAPH_TRUNCATED" | "GRAPH_NO_SUBSCRIPTION" | "GRAPH_FORBIDDEN" | "GRAPH_BAD_QUERY" | "GRAPH_UNREACHABLE";
  constructor(code: GraphError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "GraphError";
    this.code = code;
  }
}
