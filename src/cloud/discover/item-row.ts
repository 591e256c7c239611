/** One row of the items query as an `ItemState`. */
import { z } from "zod";
import { backupVaultWorkload, recoveryServicesWorkload } from "../../policy/workload.ts";
import type { BadRow, ItemState } from "../control-plane.ts";
import { badRow } from "./bad-row.ts";
import { parseItemId } from "./ids.ts";
import { flag, optionalMoment, optionalText } from "./row-values.ts";

/** Times before this mean "never": the service writes 2001-01-01 for an item that has no recovery point. */
const NEVER_BEFORE_MS = Date.UTC(2002, 0, 1);

const row = z.looseObject({
  id: z.string(),
  friendlyName: optionalText,
  sourceResourceId: optionalText,
  dataSourceId: optionalText,
  backupManagementType: optionalText,
  workloadType: optionalText,
  dataSourceType: optionalText,
  protectionState: optionalText,
  currentProtectionState: optionalText,
  deferredDelete: flag,
  lastRecoveryPoint: optionalMoment,
  policyName: optionalText,
  instancePolicyName: optionalText,
});

export function readItemRow(raw: unknown): { readonly item: ItemState } | { readonly bad: BadRow } {
  const parsed = row.safeParse(raw);
  if (!parsed.success) return { bad: badRow(raw, z.prettifyError(parsed.error)) };
  const values = parsed.data;
  const ids = parseItemId(values.id);
  if (ids === undefined) return { bad: badRow(raw, "the id is not that of a protected item or backup instance in a vault") };
  const sourceId = values.sourceResourceId ?? values.dataSourceId;
  const protectionState = values.protectionState ?? values.currentProtectionState;
  const policyName = values.policyName ?? values.instancePolicyName;
  const { lastRecoveryPoint } = values;
  return {
    item: {
      itemId: values.id,
      friendlyName: values.friendlyName ?? ids.name,
      vault: ids.vault,
      workload:
        ids.vault.kind === "RecoveryServices"
          ? recoveryServicesWorkload(values.backupManagementType ?? "", values.workloadType ?? "")
          : backupVaultWorkload(values.dataSourceType ?? ""),
      ...(sourceId !== undefined && { sourceId }),
      ...(protectionState !== undefined && { protectionState }),
      softDeleted: values.deferredDelete || values.currentProtectionState?.toLowerCase() === "softdeleted",
      ...(lastRecoveryPoint !== undefined && lastRecoveryPoint >= NEVER_BEFORE_MS && { lastRecoveryPointMs: lastRecoveryPoint }),
      ...(policyName !== undefined && { policyName }),
    },
  };
}
