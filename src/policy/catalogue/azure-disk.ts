/** Codes of Azure Disk backups. Meaning and advice are our words for what the named page says; kind and delays are our judgment from the cause. */
import type { CatalogueRow } from "../errors.ts";
import { AFTER_REPAIR, HOURS, NEEDS_PERSON, NEXT_RUN } from "./handling.ts";
import { DISK_TROUBLESHOOT } from "./pages.ts";

const workloads = ["AzureDisk"] as const;

const ROLES_SPREAD = "New assignments take up to 30 minutes to spread.";

export const AZURE_DISK: readonly CatalogueRow[] = [
  {
    code: "UserErrorMaxConcurrentOperationLimitReached",
    phrases: ["maximum number of allowed concurrent backups"],
    workloads,
    ...HOURS,
    meaning: "As many backups ran as the service allows at a time.",
    advice: `Let the running backups of the vault end. If it happens each day, spread the schedules of the policies over more hours. ${NEXT_RUN}`,
    source: DISK_TROUBLESHOOT,
  },
  {
    code: "UserErrorManagedDiskNotFound",
    phrases: ["managed disk no longer exists"],
    workloads,
    ...NEEDS_PERSON,
    meaning: "The disk does not exist any more at the place where it is protected.",
    advice: `If the disk was deleted by mistake, restore it from its newest point. If it was moved, protect it anew at its new place. If it is gone on purpose, stop the protection of the backup instance. ${AFTER_REPAIR}`,
    source: DISK_TROUBLESHOOT,
  },
  {
    code: "UserErrorSnapshotRGNotFound",
    phrases: ["snapshot data store resource group does not exist"],
    workloads,
    ...NEEDS_PERSON,
    meaning: "The resource group that holds the snapshots does not exist any more.",
    advice: `Create the resource group that the backup instance names, in the subscription of the disk, and give the Backup vault's identity the role Disk Snapshot Contributor on it. ${ROLES_SPREAD} ${AFTER_REPAIR}`,
    source: DISK_TROUBLESHOOT,
  },
  {
    code: "UserErrorNotEnoughPermissionOnDisk",
    phrases: ["requires additional permissions on the disk to do this"],
    workloads,
    ...NEEDS_PERSON,
    meaning: "The Backup vault's identity may not read the disk.",
    advice: `Open the disk, Access control, and give the Backup vault's managed identity the role Disk Backup Reader. ${ROLES_SPREAD} ${AFTER_REPAIR}`,
    source: DISK_TROUBLESHOOT,
  },
  {
    code: "UserErrorNotEnoughPermissionOnSnapshotRG",
    phrases: ["requires additional permissions on the snapshot data store resource group"],
    workloads,
    ...NEEDS_PERSON,
    meaning: "The Backup vault's identity may not make snapshots in their resource group.",
    advice: `Open the snapshot resource group of the backup instance, Access control, and give the Backup vault's managed identity the role Disk Snapshot Contributor. ${ROLES_SPREAD} ${AFTER_REPAIR}`,
    source: DISK_TROUBLESHOOT,
  },
  {
    code: "UserErrorDiskBackupAuthorizationFailed",
    phrases: ["backup vault managed identity is missing the necessary permissions"],
    workloads,
    ...NEEDS_PERSON,
    meaning: "The Backup vault's identity lacks a role on the disk or on the resource group of its snapshots.",
    advice: `Check under Identity of the Backup vault that it has a managed identity, then give it Disk Backup Reader on the disk and Disk Snapshot Contributor on the snapshot resource group. ${ROLES_SPREAD} ${AFTER_REPAIR}`,
    source: DISK_TROUBLESHOOT,
  },
  {
    code: "UserErrorDESKeyVaultKeyDisabled",
    phrases: ["key vault key used for disk encryption set is not in enabled state"],
    workloads,
    ...NEEDS_PERSON,
    meaning: "The key of the disk encryption set is disabled.",
    advice: `Open the disk's encryption set, follow it to its key in the key vault, and enable the version in use, unless it was disabled on purpose. ${AFTER_REPAIR}`,
    source: DISK_TROUBLESHOOT,
  },
  {
    code: "UserErrorMissingSubscriptionRegistration",
    phrases: ["subscription is not registered to use namespace"],
    workloads,
    ...NEEDS_PERSON,
    meaning: "The subscription is not registered for a resource provider that the backup needs.",
    advice: `Open the subscription, Resource providers, and register Microsoft.Compute and Microsoft.Storage; it takes some minutes. ${AFTER_REPAIR}`,
    source: DISK_TROUBLESHOOT,
  },
  {
    code: "UserErrorDiskBackupDiskTypeNotSupported",
    phrases: ["unsupported disk type"],
    workloads,
    ...NEEDS_PERSON,
    meaning: "Disks of this type cannot be backed up.",
    advice: `Compare the disk's type with the support matrix of Azure Disk backup. Change the type, or stop the protection of the backup instance and back the disk up with its VM. ${AFTER_REPAIR}`,
    source: DISK_TROUBLESHOOT,
  },
];
