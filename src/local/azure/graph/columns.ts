/** The columns that every table has, and how a row is put together. */
import type { Column, Row } from "../kql/values.ts";
import { TENANT_ID, type Vault } from "../state/tenant.ts";

export const COLUMNS: readonly Column[] = [
  { name: "id", type: "string" },
  { name: "name", type: "string" },
  { name: "type", type: "string" },
  { name: "tenantId", type: "string" },
  { name: "kind", type: "string" },
  { name: "location", type: "string" },
  { name: "resourceGroup", type: "string" },
  { name: "subscriptionId", type: "string" },
  { name: "managedBy", type: "string" },
  { name: "sku", type: "dynamic" },
  { name: "plan", type: "dynamic" },
  { name: "properties", type: "dynamic" },
  { name: "tags", type: "dynamic" },
  { name: "identity", type: "dynamic" },
  { name: "zones", type: "dynamic" },
  { name: "extendedLocation", type: "dynamic" },
];

/** One row in the order of {@link COLUMNS}. `resource` has a group and tags of its own; else the row has its vault's group and no tags. */
export function graphRow(
  id: string,
  name: string,
  type: string,
  vault: Vault,
  properties: unknown,
  resource?: { readonly resourceGroup: string; readonly tags: Readonly<Record<string, string>> },
): Row {
  const group = (resource ?? vault).resourceGroup.toLowerCase();
  const tags = resource?.tags ?? null;
  return [id, name, type, TENANT_ID, "", vault.location, group, vault.subscription.id, "", null, null, properties, tags, null, null, null];
}

/** Three ways in which the same id is written. */
export function oddlyCased(id: string, salt: number): string {
  if (salt % 5 === 1) return id.replace(/\/resourceGroups\/([^/]+)/, (_, group: string) => `/resourcegroups/${group.toUpperCase()}`);
  if (salt % 5 === 2)
    return id
      .replace("/Microsoft.RecoveryServices/", "/microsoft.recoveryservices/")
      .replace("/Microsoft.DataProtection/backupVaults/", "/microsoft.dataprotection/Backupvaults/");
  return id;
}
