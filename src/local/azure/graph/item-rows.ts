/** Item rows of both kinds of vault: protected items and backup instances. */
import { isoWithTicks, type Row } from "../kql/values.ts";
import { numberOf, textOf } from "../state/codes.ts";
import { lastEndedBackup, lastRecoveryPointMs } from "../state/history.ts";
import type { Item } from "../state/tenant.ts";
import { graphRow, oddlyCased } from "./columns.ts";

const RSV_TYPE = "microsoft.recoveryservices/vaults/backupfabrics/protectioncontainers/protecteditems";
const DPP_TYPE = "microsoft.dataprotection/backupvaults/backupinstances";

export function itemRow(item: Item, atMs: number): Row {
  const { vault } = item;
  const salt = item.name.length + item.itemName.length;
  const recoveryServices = vault.kind === "RecoveryServices";
  return graphRow(
    oddlyCased(item.id, salt),
    item.itemName,
    recoveryServices ? RSV_TYPE : DPP_TYPE,
    vault,
    recoveryServices ? protectedItem(item, atMs) : backupInstance(item),
  );
}

function protectedItem(item: Item, atMs: number): object {
  const { facts, vault } = item;
  const last = lastEndedBackup(item, atMs);
  const point = lastRecoveryPointMs(item, atMs);
  return {
    friendlyName: item.name,
    sourceResourceId: item.sourceId,
    dataSourceInfo: { resourceID: item.sourceId, resourceLocation: vault.location, datasourceType: facts.datasourceType },
    backupManagementType: facts.backupManagementType,
    workloadType: facts.workloadType,
    protectedItemType: facts.protectedItemType,
    protectionState: item.protectionState,
    ...(item.softDeleted && { isScheduledForDeferredDelete: true }),
    currentProtectionState: currentState(item),
    protectionStatus: item.protectionState === "Protected" ? "Healthy" : "Unhealthy",
    healthStatus: last?.endStatus === "Failed" ? "ActionRequired" : "Passed",
    lastBackupStatus: last?.endStatus ?? "",
    lastBackupTime: last === undefined ? "2001-01-01T00:00:00Z" : isoWithTicks(last.endMs),
    ...(point !== undefined && { lastRecoveryPoint: isoWithTicks(point) }),
    policyId: `${vault.id}/backupPolicies/${item.policy}`,
    policyName: item.policy,
    isArchiveEnabled: false,
    ...(last?.errorCode !== undefined && {
      lastBackupErrorDetail: { errorCode: numberOf(last.errorCode), errorString: textOf(last.errorCode) },
    }),
  };
}

/** Resource Graph's word for the state; which words there are is taken from public readers of the rows. */
function currentState(item: Item): string {
  if (item.softDeleted) return "SoftDeleted";
  if (item.protectionState === "ProtectionError") return "ProtectionError";
  return item.protectionState === "ProtectionStopped" ? "ProtectionStopped" : "ProtectionConfigured";
}

function backupInstance(item: Item): object {
  const { facts, vault } = item;
  return {
    friendlyName: item.name,
    dataSourceInfo: { resourceID: item.sourceId, datasourceType: facts.datasourceType, resourceName: item.name },
    dataSourceSetInfo: { datasourceType: facts.datasourceType },
    currentProtectionState: currentState(item),
    protectionStatus: { status: currentState(item) },
    policyInfo: { policyId: `${vault.id}/backupPolicies/${item.policy}`, name: item.policy },
    provisioningState: "Succeeded",
  };
}
