/** The simulated tenant in memory: subscriptions, vaults, items and jobs, indexed for quick look-ups. Built once from an estate. */
import { hash } from "node:crypto";
import { idName } from "../estate/id-names.ts";
import {
  DEFAULT_LOCATION,
  DEFAULT_VAULT_GROUP,
  type Estate,
  type EstateItem,
  type EstateJob,
  type EstateNext,
  type EstateVault,
  type VaultKind,
  type Workload,
} from "../estate/schema.ts";
import { resolveTime } from "../estate/times.ts";
import { WORKLOAD_FACTS, type WorkloadFacts } from "./workloads.ts";

export const TENANT_ID = "00000000-aaaa-4bbb-8ccc-111111111111";

const DEFAULT_JOB_MS = 600_000;

export interface Subscription {
  readonly id: string;
  readonly name: string;
  readonly vaults: Vault[];
}

export interface Vault {
  readonly subscription: Subscription;
  readonly kind: VaultKind;
  readonly name: string;
  readonly resourceGroup: string;
  readonly location: string;
  readonly forbidden: boolean;
  /** Patterns of actions that the identity lacks here. */
  readonly deniedActions: readonly string[];
  readonly policies: NonNullable<EstateVault["policies"]>;
  readonly id: string;
  readonly items: Item[];
  /** By lower-cased `container/item`. */
  readonly itemsByPath: Map<string, Item>;
  /** By start, oldest first. */
  readonly jobs: Job[];
  readonly jobsById: Map<string, Job>;
  deleted: boolean;
}

export interface Item {
  readonly vault: Vault;
  readonly name: string;
  readonly workload: Workload;
  readonly facts: WorkloadFacts;
  readonly resourceGroup: string;
  readonly container: string;
  readonly itemName: string;
  readonly id: string;
  readonly sourceId: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly protectionState: string;
  readonly softDeleted: boolean;
  readonly lastRecoveryPointMs: number | undefined;
  readonly policy: string;
  readonly next: readonly EstateNext[];
  readonly jobs: Job[];
  backupsAccepted: number;
}

export interface Job {
  readonly id: string;
  /** A number from the id, from which the oddities of rows follow (casing, text or object, …). */
  readonly salt: number;
  readonly item: Item;
  readonly operation: string;
  readonly userTriggered: boolean;
  readonly startMs: number;
  /** Infinity for a job that never ends. */
  readonly endMs: number;
  readonly runningStatus: string;
  readonly endStatus: string;
  readonly errorCode: string | number | undefined;
  /** The expiry that the trigger asked for, as sent. */
  readonly expiryAsked: string | undefined;
}

export interface Tenant {
  readonly subscriptions: readonly Subscription[];
  readonly subscriptionsById: ReadonlyMap<string, Subscription>;
  /** By lower-cased `subscription/group/kind/name`. */
  readonly vaults: ReadonlyMap<string, Vault>;
  readonly symbols: boolean;
}

/** A GUID that is the same on every machine for the same text. */
export function guidOf(text: string): string {
  const digest = hash("md5", text);
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-4${digest.slice(13, 16)}-a${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
}

export function vaultKey(subscription: string, group: string, kind: VaultKind, name: string): string {
  return `${subscription}/${group}/${kind}/${name}`.toLowerCase();
}

export function buildTenant(estate: Estate, baseMs: number): Tenant {
  const vaults = new Map<string, Vault>();
  const subscriptions = estate.subscriptions.map((described) => {
    const subscription: Subscription = { id: described.id, name: described.name ?? described.id, vaults: [] };
    for (const vault of described.vaults) {
      const built = buildVault(vault, subscription, baseMs);
      subscription.vaults.push(built);
      vaults.set(vaultKey(subscription.id, built.resourceGroup, built.kind, built.name), built);
    }
    return subscription;
  });
  return {
    subscriptions,
    subscriptionsById: new Map(subscriptions.map((one) => [one.id.toLowerCase(), one])),
    vaults,
    symbols: estate.symbols ?? true,
  };
}

const PROVIDER: Readonly<Record<VaultKind, string>> = {
  RecoveryServices: "Microsoft.RecoveryServices/vaults",
  DataProtection: "Microsoft.DataProtection/backupVaults",
};

function buildVault(described: EstateVault, subscription: Subscription, baseMs: number): Vault {
  const resourceGroup = described.resourceGroup ?? DEFAULT_VAULT_GROUP;
  const vault: Vault = {
    subscription,
    kind: described.kind,
    name: described.name,
    resourceGroup,
    location: described.location ?? DEFAULT_LOCATION,
    forbidden: described.forbidden ?? false,
    deniedActions: described.deniedActions ?? [],
    policies: described.policies ?? [],
    id: `/subscriptions/${subscription.id}/resourceGroups/${resourceGroup}/providers/${PROVIDER[described.kind]}/${described.name}`,
    items: [],
    itemsByPath: new Map(),
    jobs: [],
    jobsById: new Map(),
    deleted: false,
  };
  for (const one of described.items) {
    const item = buildItem(one, vault, baseMs);
    vault.items.push(item);
    vault.itemsByPath.set(`${item.container}/${item.itemName}`.toLowerCase(), item);
    for (const [index, job] of (one.jobs ?? []).entries()) {
      const built = buildJob(job, item, index, baseMs);
      item.jobs.push(built);
      vault.jobs.push(built);
      vault.jobsById.set(built.id, built);
    }
  }
  vault.jobs.sort((a, b) => a.startMs - b.startMs);
  return vault;
}

function buildItem(described: EstateItem, vault: Vault, baseMs: number): Item {
  const facts = WORKLOAD_FACTS[described.workload];
  const resourceGroup = described.resourceGroup ?? vault.resourceGroup;
  const name = idName(described.name);
  const digest = hash("md5", `${vault.id}/${described.workload}/${resourceGroup}/${described.name}`);
  const container = facts.container(resourceGroup, name);
  const itemName = facts.item(resourceGroup, name, digest);
  const source = facts.source(name);
  return {
    vault,
    name: described.name,
    workload: described.workload,
    facts,
    resourceGroup,
    container,
    itemName,
    id:
      vault.kind === "RecoveryServices"
        ? `${vault.id}/backupFabrics/Azure/protectionContainers/${container}/protectedItems/${itemName}`
        : `${vault.id}/backupInstances/${itemName}`,
    sourceId: source === "" ? "" : `/subscriptions/${vault.subscription.id}/resourceGroups/${resourceGroup}/providers/${source}`,
    tags: described.tags ?? {},
    protectionState: described.protectionState ?? "Protected",
    softDeleted: described.softDeleted ?? false,
    lastRecoveryPointMs: described.lastRecoveryPoint === undefined ? undefined : resolveTime(described.lastRecoveryPoint, baseMs),
    policy: described.policy ?? vault.policies[0]?.name ?? "DefaultPolicy",
    next: described.next ?? [{ status: vault.kind === "RecoveryServices" ? "Completed" : "Succeeded", after: "30m" }],
    jobs: [],
    backupsAccepted: 0,
  };
}

function buildJob(described: EstateJob, item: Item, index: number, baseMs: number): Job {
  const id = guidOf(`${item.id}/jobs/${index}`);
  const startMs = resolveTime(described.start, baseMs);
  const running = described.status === "InProgress" || described.status === "Started" || described.status === "Cancelling";
  const givenEndMs = described.end === undefined ? undefined : resolveTime(described.end, baseMs);
  return {
    id,
    salt: Number.parseInt(id.slice(0, 8), 16),
    item,
    operation: described.operation ?? "Backup",
    userTriggered: described.userTriggered ?? false,
    startMs,
    endMs: givenEndMs ?? (running ? Number.POSITIVE_INFINITY : startMs + DEFAULT_JOB_MS),
    runningStatus: running ? described.status : "InProgress",
    endStatus: running ? (described.status === "Cancelling" ? "Cancelled" : "Completed") : described.status,
    errorCode: described.errorCode,
    expiryAsked: undefined,
  };
}

/** The status at a moment; undefined while the job does not exist yet. */
export function statusAt(job: Job, atMs: number): string | undefined {
  if (atMs < job.startMs) return undefined;
  return atMs < job.endMs ? job.runningStatus : job.endStatus;
}

/** Puts a job into its vault, keeping the order by start. */
export function addJob(vault: Vault, job: Job): void {
  let index = vault.jobs.length;
  while (index > 0 && (vault.jobs[index - 1] as Job).startMs > job.startMs) index--;
  vault.jobs.splice(index, 0, job);
  vault.jobsById.set(job.id, job);
  job.item.jobs.push(job);
}

export function removeJob(job: Job): void {
  const { item } = job;
  item.jobs.splice(item.jobs.indexOf(job), 1);
  item.vault.jobs.splice(item.vault.jobs.indexOf(job), 1);
  item.vault.jobsById.delete(job.id);
}
