/** Job rows of both kinds of vault. The two name the same things differently; both ways are kept here as published. */
import { isoWithTicks, type Row } from "../kql/values.ts";
import { numberOf, symbolOf, textOf } from "../state/codes.ts";
import { durationText } from "../state/durations.ts";
import { type Job, statusAt } from "../state/tenant.ts";
import { graphRow, oddlyCased } from "./columns.ts";

export interface RowSource {
  readonly atMs: number;
  readonly symbols: boolean;
}

export function jobRow(job: Job, source: RowSource): Row {
  const { item, salt } = job;
  const { vault } = item;
  const type =
    vault.kind === "RecoveryServices" ? "Microsoft.RecoveryServices/vaults/backupJobs" : "Microsoft.DataProtection/backupVaults/backupJobs";
  const properties = vault.kind === "RecoveryServices" ? recoveryServicesJob(job, source) : dataProtectionJob(job, source);
  return graphRow(
    oddlyCased(`${vault.id}/backupJobs/${job.id}`, salt),
    job.id,
    salt % 4 === 3 ? type : type.toLowerCase(),
    vault,
    salt % 3 === 0 ? JSON.stringify(properties) : properties,
  );
}

/** What both kinds of vault say alike. */
function common(job: Job, { atMs }: RowSource) {
  const ended = atMs >= job.endMs;
  return {
    operation: job.operation,
    operationCategory: job.operation,
    status: statusAt(job, atMs),
    startTime: isoWithTicks(job.startMs),
    ...(ended && { endTime: isoWithTicks(job.endMs) }),
    duration: durationText(job, atMs),
    isUserTriggered: job.salt % 7 === 1 ? String(job.userTriggered) : job.userTriggered,
    backupInstanceId: oddlyCased(job.item.id, job.salt + 1),
    dataSourceId: job.item.sourceId,
    dataSourceLocation: job.item.vault.location,
    vaultName: job.item.vault.name,
  };
}

function recoveryServicesJob(job: Job, source: RowSource): object {
  const { facts } = job.item;
  const failed = source.atMs >= job.endMs && job.errorCode !== undefined ? job.errorCode : undefined;
  const symbol = failed === undefined || !source.symbols ? undefined : symbolOf(failed);
  return {
    ...common(job, source),
    entityFriendlyName: job.item.name,
    backupManagementType: facts.backupManagementType,
    workloadType: facts.workloadType,
    jobType: facts.jobType,
    containerName: job.item.container,
    activityId: job.id,
    ...(failed !== undefined && { errorDetails: [{ errorCode: numberOf(failed), errorString: textOf(failed), recommendations: [] }] }),
    ...(symbol !== undefined && { extendedInfo: { propertyBag: { "Error Code": symbol } } }),
  };
}

function dataProtectionJob(job: Job, source: RowSource): object {
  const { item } = job;
  const { vault } = item;
  const failed = source.atMs >= job.endMs && job.errorCode !== undefined ? job.errorCode : undefined;
  return {
    ...common(job, source),
    activityID: job.id,
    backupInstanceFriendlyName: item.name,
    dataSourceName: item.name,
    dataSourceSetName: item.name,
    dataSourceType: item.facts.datasourceType,
    policyId: `${vault.id}/backupPolicies/${item.policy}`,
    policyName: item.policy,
    progressEnabled: false,
    sourceResourceGroup: item.resourceGroup,
    sourceSubscriptionID: vault.subscription.id,
    subscriptionId: vault.subscription.id,
    supportedActions: [""],
    errorDetails: failed === undefined ? [] : [{ code: String(failed), message: textOf(failed), recommendedAction: [] }],
    extendedInfo: { additionalDetails: { PolicyRuleName: "BackupDaily", RetentionTag: "Default" } },
  };
}
