/**
 * The rows of Resource Graph's tables at a moment. They carry the oddities that real rows have: ids and types in mixed casing, `properties` as text
 * in some rows, `isUserTriggered` as text in some, both forms of `duration`, error numbers with the symbol (if at all) in `extendedInfo.propertyBag`.
 */
import type { Column, Row } from "../kql/values.ts";
import { mayDo } from "../rest/permissions.ts";
import { type Item, type Subscription, TENANT_ID, type Vault } from "../state/tenant.ts";
import { COLUMNS, graphRow } from "./columns.ts";
import { itemRow } from "./item-rows.ts";
import { policyRows } from "./policy-rows.ts";
import { jobRow, type RowSource } from "./job-rows.ts";

/** Jobs stay in Resource Graph for so long after their end (page on querying backups with Resource Graph). */
const RETENTION_MS = 14 * 86_400_000;

export const TABLES: ReadonlyMap<string, readonly Column[]> = new Map([
  ["recoveryservicesresources", COLUMNS],
  ["resourcecontainers", COLUMNS],
  ["resources", COLUMNS],
]);

/** @param table lower-cased. */
export function* rowsOf(table: string, subscriptions: readonly Subscription[], source: RowSource): Generator<Row> {
  if (table === "resourcecontainers") yield* subscriptions.map(subscriptionRow);
  else
    for (const subscription of subscriptions)
      for (const vault of subscription.vaults) yield* table === "resources" ? resourceRows(vault) : backupRows(vault, source);
}

/** Rows are those that the identity may read. */
const READS = {
  RecoveryServices: {
    vault: "Microsoft.RecoveryServices/Vaults/read",
    jobs: "Microsoft.RecoveryServices/Vaults/backupJobs/read",
    items: "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/read",
    policies: "Microsoft.RecoveryServices/Vaults/backupPolicies/read",
  },
  DataProtection: {
    vault: "Microsoft.DataProtection/backupVaults/read",
    jobs: "Microsoft.DataProtection/backupVaults/backupJobs/read",
    items: "Microsoft.DataProtection/backupVaults/backupInstances/read",
    policies: "Microsoft.DataProtection/backupVaults/backupPolicies/read",
  },
} as const;

function* backupRows(vault: Vault, source: RowSource): Generator<Row> {
  const reads = READS[vault.kind];
  const jobs = mayDo(vault, reads.jobs) ? vault.jobs : [];
  for (const job of jobs) {
    if (job.startMs > source.atMs) break;
    if (job.endMs >= source.atMs - RETENTION_MS) yield jobRow(job, source);
  }
  if (mayDo(vault, reads.items)) for (const item of vault.items) yield itemRow(item, source.atMs);
  if (mayDo(vault, reads.policies)) yield* policyRows(vault);
}

function* resourceRows(vault: Vault): Generator<Row> {
  if (!vault.deleted && mayDo(vault, READS[vault.kind].vault)) yield vaultRow(vault);
  for (const item of vault.items) if (item.workload === "AzureIaasVM") yield machineRow(item);
}

function subscriptionRow(subscription: Subscription): Row {
  const id = `/subscriptions/${subscription.id}`;
  const properties = { state: "Enabled", managementGroupAncestorsChain: [{ name: TENANT_ID, displayName: "Tenant Root Group" }] };
  const type = "microsoft.resources/subscriptions";
  return [id, subscription.name, type, TENANT_ID, "", "", "", subscription.id, "", null, null, properties, null, null, null, null];
}

function vaultRow(vault: Vault): Row {
  const type = vault.kind === "RecoveryServices" ? "microsoft.recoveryservices/vaults" : "microsoft.dataprotection/backupvaults";
  return graphRow(vault.id, vault.name, type, vault, { provisioningState: "Succeeded" });
}

function machineRow(item: Item): Row {
  return graphRow(item.sourceId, item.name, "microsoft.compute/virtualmachines", item.vault, { provisioningState: "Succeeded" }, item);
}
