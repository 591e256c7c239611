/** One row of the jobs query as a `BackupJob`. Values the rules stand on must be readable; the rest may be missing. */
import { z } from "zod";
import { normalizeOperation, normalizeStatus, type BackupJob } from "../../policy/job.ts";
import { backupVaultWorkload, recoveryServicesWorkload } from "../../policy/workload.ts";
import type { BadRow } from "../control-plane.ts";
import { badRow } from "./bad-row.ts";
import { errorFactsOf } from "./error-facts.ts";
import { parseItemId, parseJobId, sameId } from "./ids.ts";
import { flag, optionalMoment, optionalText, parseDurationMs } from "./row-values.ts";

const row = z.looseObject({
  id: z.string(),
  operation: z.string().min(1),
  status: z.string().min(1),
  startTime: optionalMoment,
  endTime: optionalMoment,
  duration: optionalText,
  userTriggered: flag,
  itemId: optionalText,
  entityFriendlyName: optionalText,
  instanceFriendlyName: optionalText,
  dataSourceName: optionalText,
  dataSourceSetName: optionalText,
  backupManagementType: optionalText,
  workloadType: optionalText,
  dataSourceType: optionalText,
  errorDetails: z.unknown().optional(),
  errorSymbol: optionalText,
});
type Row = z.infer<typeof row>;

export function readJobRow(raw: unknown): { readonly job: BackupJob } | { readonly bad: BadRow } {
  const parsed = row.safeParse(raw);
  if (!parsed.success) return { bad: badRow(raw, z.prettifyError(parsed.error)) };
  const values = parsed.data;
  const ids = parseJobId(values.id);
  if (ids === undefined) return { bad: badRow(raw, "the id is not that of a backup job in a vault") };
  if (values.itemId === undefined) return { bad: badRow(raw, "the job names no protected item (backupInstanceId)") };
  const item = parseItemId(values.itemId);
  if (item === undefined)
    return { bad: badRow(raw, `backupInstanceId is not the id of a protected item: ${JSON.stringify(values.itemId)}`) };
  if (!sameId(item.vault.id, ids.vault.id))
    return { bad: badRow(raw, `the protected item is in another vault than the job: ${JSON.stringify(values.itemId)}`) };
  if (values.startTime === undefined) return { bad: badRow(raw, "the job has no start time") };
  const durationMs = values.duration === undefined ? undefined : parseDurationMs(values.duration);
  const error = errorFactsOf(values.errorDetails, values.errorSymbol);
  return {
    job: {
      id: values.id,
      name: ids.name,
      vault: ids.vault,
      itemId: values.itemId,
      itemName: item.name,
      friendlyName: friendlyName(values) ?? item.name,
      workload:
        ids.vault.kind === "RecoveryServices"
          ? recoveryServicesWorkload(values.backupManagementType ?? "", values.workloadType ?? "")
          : backupVaultWorkload(values.dataSourceType ?? ""),
      status: normalizeStatus(values.status),
      operation: normalizeOperation(values.operation, values.userTriggered),
      userTriggered: values.userTriggered,
      startMs: values.startTime,
      ...(values.endTime !== undefined && { endMs: values.endTime }),
      ...(durationMs !== undefined && { durationMs }),
      ...(error && { error }),
    },
  };
}

/** Recovery Services: one name. Backup vaults: the data source inside its set, one name where both are the same thing. */
function friendlyName(values: Row): string | undefined {
  if (values.entityFriendlyName !== undefined) return values.entityFriendlyName;
  const { dataSourceSetName: set, dataSourceName: name } = values;
  if (set !== undefined && name !== undefined && !sameId(set, name)) return `${set}/${name}`;
  return name ?? set ?? values.instanceFriendlyName;
}
