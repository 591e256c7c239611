/**
 * The actions that the app uses, by where they count, each with what does not work without it. The role of `infra/access` grants these and no others; a
 * test holds the two lists together.
 */
import type { VaultKind } from "../../policy/workload.ts";

export interface NeededAction {
  readonly action: string;
  /** What is lost without it; goes on after "Without it". */
  readonly without: string;
}

const RECOVERY_SERVICES = "Microsoft.RecoveryServices/Vaults";
const ITEMS = `${RECOVERY_SERVICES}/backupFabrics/protectionContainers/protectedItems`;
const BACKUP_VAULTS = "Microsoft.DataProtection/backupVaults";

export const SEE_SUBSCRIPTION: NeededAction = {
  action: "Microsoft.Resources/subscriptions/read",
  without: "nothing in the subscription is looked at",
};

/** Of use to this check alone. */
export const READ_PERMISSIONS: NeededAction = {
  action: "Microsoft.Authorization/permissions/read",
  without: "nobody can tell beforehand what is allowed there",
};

export const SEE_VAULT: Readonly<Record<VaultKind, NeededAction>> = {
  RecoveryServices: { action: `${RECOVERY_SERVICES}/read`, without: "the vault's jobs and items are not found" },
  DataProtection: { action: `${BACKUP_VAULTS}/read`, without: "the vault's jobs and items are not found" },
};

const WITHOUT_POLICIES = "how often an item is to be backed up is not known, and gaps are measured against a day";

export const NEEDED_AT_VAULTS: Readonly<Record<VaultKind, readonly NeededAction[]>> = {
  RecoveryServices: [
    SEE_VAULT.RecoveryServices,
    { action: `${RECOVERY_SERVICES}/backupJobs/read`, without: "failed jobs are not found and running ones cannot be followed" },
    { action: `${ITEMS}/read`, without: "stopped and soft-deleted items are not told from protected ones" },
    { action: `${RECOVERY_SERVICES}/backupPolicies/read`, without: WITHOUT_POLICIES },
    { action: `${ITEMS}/backup/action`, without: "no backup can be started: every retry is refused" },
    { action: `${ITEMS}/operationsStatus/read`, without: "it takes longer to learn which job a started backup became" },
  ],
  DataProtection: [
    SEE_VAULT.DataProtection,
    { action: `${BACKUP_VAULTS}/backupJobs/read`, without: "failed jobs are not found" },
    { action: `${BACKUP_VAULTS}/backupInstances/read`, without: "the state of protected items is not known" },
    { action: `${BACKUP_VAULTS}/backupPolicies/read`, without: WITHOUT_POLICIES },
  ],
};

/** Only runs that filter by tags list resources. */
export const NEEDED_FOR_TAGS: NeededAction = {
  action: "Microsoft.Resources/subscriptions/resources/read",
  without: "runs that filter by tags leave the subscription's items out",
};
