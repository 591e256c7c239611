/** `GET` of a protected item and `backupProtectedItems` of a vault. */
import { isoWithTicks } from "../kql/values.ts";
import { json, type SimulatorResponse } from "../messages.ts";
import { numberOf, symbolOf, textOf } from "../state/codes.ts";
import { lastEndedBackup, lastRecoveryPointMs } from "../state/history.ts";
import type { Item, Vault } from "../state/tenant.ts";
import { type FilterError, parseFilter } from "./filter.ts";
import { badFilter, paged, type PageRequest } from "./paging.ts";

const ITEM_TYPE = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems";

/** The page size of this list is not documented. */
const PAGE_ITEMS = 200;

const SOFT_DELETE_DAYS = 14;

export function itemBody(item: Item, nowMs: number): object {
  const { facts, vault } = item;
  const point = lastRecoveryPointMs(item, nowMs);
  return {
    id: item.id,
    name: item.itemName,
    type: ITEM_TYPE,
    properties: {
      protectedItemType: facts.protectedItemType,
      backupManagementType: facts.backupManagementType,
      workloadType: facts.workloadType,
      friendlyName: item.name,
      // The property lacks the first part of the id's container (published example of a protected item).
      containerName: item.container.slice(item.container.indexOf(";") + 1),
      sourceResourceId: item.sourceId,
      policyId: `${vault.id}/backupPolicies/${item.policy}`,
      policyName: item.policy,
      vaultId: vault.id,
      protectionState: item.protectionState,
      ...(point !== undefined && { lastRecoveryPoint: isoWithTicks(point) }),
      ...(item.softDeleted && {
        isScheduledForDeferredDelete: true,
        deferredDeleteTimeInUTC: isoWithTicks(nowMs),
        softDeleteRetentionPeriodInDays: SOFT_DELETE_DAYS,
      }),
      ...lastBackup(item, nowMs),
    },
  };
}

function lastBackup(item: Item, nowMs: number): object {
  const last = lastEndedBackup(item, nowMs);
  const failed = last?.endStatus === "Failed";
  const code = last?.errorCode;
  if (item.facts.backupManagementType === "AzureWorkload") {
    return {
      lastBackupStatus: last === undefined ? "IRPending" : failed ? "Unhealthy" : "Healthy",
      protectedItemHealthStatus: last === undefined ? "IRPending" : failed ? "Unhealthy" : "Healthy",
      ...(code !== undefined && {
        lastBackupErrorDetail: { code: symbolOf(code) ?? String(code), message: textOf(code), recommendations: [] },
      }),
    };
  }
  return {
    lastBackupStatus: last?.endStatus ?? "",
    lastBackupTime: last === undefined ? "2001-01-01T00:00:00Z" : isoWithTicks(last.endMs),
    ...(item.workload === "AzureIaasVM" && {
      virtualMachineId: item.sourceId,
      healthStatus: failed ? "ActionRequired" : "Passed",
      healthDetails:
        code === undefined ? [] : [{ code: numberOf(code), title: symbolOf(code) ?? "", message: textOf(code), recommendations: [] }],
    }),
  };
}

export function itemList(vault: Vault, page: PageRequest, nowMs: number): SimulatorResponse {
  const filter = parseFilter(page.filter, ["backupManagementType", "itemType", "policyName", "friendlyName"]);
  if ("problem" in filter) return badFilter(filter satisfies FilterError);
  const wanted = (field: string, value: string): boolean =>
    filter.values[field] === undefined || filter.values[field].toLowerCase() === value.toLowerCase();
  const items = vault.items.filter(
    (item) =>
      wanted("backupManagementType", item.facts.backupManagementType) &&
      wanted("itemType", item.facts.workloadType) &&
      wanted("policyName", item.policy) &&
      wanted("friendlyName", item.name),
  );
  const { slice, nextLink } = paged(items, page, PAGE_ITEMS, nowMs);
  return json(200, { value: slice.map((item) => itemBody(item, nowMs)), ...(nextLink !== undefined && { nextLink }) });
}
