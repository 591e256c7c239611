/** `POST …/backup`: checks the body and the item's state, accepts, and answers 202 with URLs that are written a little differently from those sent. */
import { isoMs } from "../estate/times.ts";
import { failure, type SimulatorResponse } from "../messages.ts";
import { onDemandToday, runningBackup } from "../state/history.ts";
import type { Operation } from "../state/operations.ts";
import type { Item } from "../state/tenant.ts";

/** The 202's URLs carry an older version than any request (published example of the trigger). */
const OLD_API_VERSION = "2016-12-01";

/** On-demand `Full` backups of databases have to be kept so long (page on managing SQL databases). */
const MIN_FULL_DAYS = 45;

const BACKUP_TYPES: ReadonlySet<unknown> = new Set([
  "Full",
  "Differential",
  "Log",
  "CopyOnlyFull",
  "Incremental",
  "SnapshotFull",
  "SnapshotCopyOnlyFull",
]);

export type TriggerCheck =
  | { readonly accepted: true; readonly expiry: string | undefined }
  | { readonly accepted: false; readonly answer: SimulatorResponse };

const refuse = (status: number, code: string, message: string): TriggerCheck => ({
  accepted: false,
  answer: failure(status, code, message),
});
const invalid = (message: string): TriggerCheck => refuse(400, "UserErrorInvalidRequestParameter", message);

export function checkTrigger(item: Item, body: string, nowMs: number): TriggerCheck {
  const properties = propertiesOf(body);
  if (properties === undefined) return invalid("The request body is not a backup request.");
  const { requestType } = item.facts;
  if (requestType === undefined) return invalid(`Items of ${item.workload} start their own backups.`);
  if (properties["objectType"] !== requestType)
    return invalid(`properties.objectType: expected ${requestType}, found ${JSON.stringify(properties["objectType"] ?? null)}.`);
  if (requestType === "AzureWorkloadBackupRequest" && !BACKUP_TYPES.has(properties["backupType"]))
    return invalid(`properties.backupType: found ${JSON.stringify(properties["backupType"] ?? null)}.`);

  const expiry = properties["recoveryPointExpiryTimeInUTC"] ?? undefined;
  const expiryMs = typeof expiry === "string" ? isoMs(expiry) : undefined;
  if (expiry !== undefined && expiryMs === undefined) return invalid("recoveryPointExpiryTimeInUTC is not a UTC time.");
  if (expiryMs !== undefined && expiryMs <= nowMs) return invalid("recoveryPointExpiryTimeInUTC lies in the past.");
  // HANA's limit is not published; it is treated like the other two.
  if (properties["backupType"] === "Full" && expiryMs !== undefined && expiryMs < nowMs + MIN_FULL_DAYS * 86_400_000 - 60_000)
    return invalid(`A full backup has to be kept for at least ${MIN_FULL_DAYS} days.`);
  return checkState(item, expiry as string | undefined, nowMs);
}

/** No page names the code for a soft-deleted or stopped VM item: these two codes are invented. */
function checkState(item: Item, expiry: string | undefined, nowMs: number): TriggerCheck {
  if (item.softDeleted)
    return refuse(
      400,
      item.workload === "AzureFileShare" ? "UserErrorBackupAFSInSoftDeleteState" : "UserErrorItemInSoftDeletedState",
      "The item is soft-deleted.",
    );
  if (["ProtectionStopped", "ProtectionPaused", "BackupsSuspended"].includes(item.protectionState))
    return refuse(400, "UserErrorProtectionStopped", `The item's protection state is ${item.protectionState}.`);
  // Whether the service answers a conflict at once or by a failed job is not documented; an estate can show the latter by `next`.
  if (runningBackup(item, nowMs) !== undefined)
    return refuse(409, "UserErrorBackupOperationInProgress", "A backup operation is currently in progress on this item.");
  if (onDemandToday(item, nowMs) >= item.facts.dailyLimit)
    return refuse(400, "CloudDosAbsoluteLimitReached", `The item has used its ${item.facts.dailyLimit} on-demand backups of today.`);
  return { accepted: true, expiry };
}

function propertiesOf(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    const properties: unknown =
      value === null || typeof value !== "object" ? undefined : (value as { readonly properties?: unknown }).properties;
    return properties === null || typeof properties !== "object" ? undefined : (properties as Readonly<Record<string, unknown>>);
  } catch {
    return undefined;
  }
}

const older = (name: string): string => name.replace("iaasvmcontainerv2", "iaasvmcontainer");

/** @param origin of the request's URL. */
export function acceptedAnswer(operation: Operation, origin: string, retryAfterSeconds: number): SimulatorResponse {
  const { vault, container, itemName } = operation.item;
  const base =
    `${origin}/Subscriptions/${vault.subscription.id}/resourceGroups/${vault.resourceGroup}/providers/Microsoft.RecoveryServices/vaults/${vault.name}` +
    `/backupFabrics/Azure/protectionContainers/${older(container)}/protectedItems/${older(itemName)}`;
  return {
    status: 202,
    headers: {
      "azure-asyncoperation": `${base}/operationsStatus/${operation.id}?api-version=${OLD_API_VERSION}`,
      location: `${base}/operationResults/${operation.id}?api-version=${OLD_API_VERSION}`,
      "retry-after": String(retryAfterSeconds),
    },
    body: "",
  };
}
