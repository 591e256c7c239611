/** Codes that databases in Azure VMs share: the backup extension in the VM, operations that meet, and limits of the service. */
import type { CatalogueRow } from "../errors.ts";
import { AFTER_REPAIR, CONFLICT, DAY_ONCE, HOURS, HOURS_THEN_PERSON, NEEDS_PERSON, NEXT_RUN, SELF_HEALING, WATCHED } from "./handling.ts";
import { SQL_TROUBLESHOOT, VM_TROUBLESHOOT } from "./pages.ts";

const workloads = ["SQLDataBase", "SAPHanaDatabase"] as const;

const REGISTER_AGAIN =
  "In the vault open Backup infrastructure, Workload in Azure VM, the VM, and choose Re-register (the databases' protection and their points stay as they are)";

export const DATABASES: readonly CatalogueRow[] = [
  {
    code: "WorkloadExtensionNotReachable",
    workloads,
    ...HOURS_THEN_PERSON,
    meaning: "The backup extension in the VM does not answer: the VM is off or overloaded, has no network, or the extension was removed.",
    advice: `Check that the VM is running, is not short of CPU or memory, and reaches Azure Backup, Azure Storage and Microsoft Entra ID. If it does and the extension is still silent: ${REGISTER_AGAIN}. ${NEXT_RUN}`,
    source: SQL_TROUBLESHOOT,
  },
  {
    code: "WorkloadExtensionDidntDequeueMsg",
    workloads,
    ...HOURS_THEN_PERSON,
    meaning: "The backup extension in the VM did not fetch the order for the backup in time.",
    advice: `Check that the VM is running, is not short of CPU or memory, and reaches Azure Storage queues. If it does and the order is still not fetched: ${REGISTER_AGAIN}. ${NEXT_RUN}`,
    source: SQL_TROUBLESHOOT,
  },
  {
    code: "AzureVmOffline",
    numbers: [380008],
    workloads,
    ...HOURS,
    meaning: "The VM of the database was off, so that the backup extension could not work in it.",
    advice: `Start the VM and check that its agent is ready, or move the schedule to hours in which the VM runs. ${NEXT_RUN}`,
    source: VM_TROUBLESHOOT,
  },
  {
    code: "OperationCancelledBecauseConflictingOperationRunningUserError",
    phrases: ["conflicting operation was already running on the same database", "conflicting operation in progress"],
    workloads,
    ...CONFLICT,
    meaning: "The backup was cancelled because another backup of the same database was running.",
    advice: `Look under Backup jobs of the vault for the running job of the database and let it end. If none is there, look for a backup that was started inside the VM with the database's own tools. ${NEXT_RUN}`,
    source: SQL_TROUBLESHOOT,
  },
  {
    code: "CloudDosAbsoluteLimitReached",
    phrases: ["reached the limit on number of operations permitted in 24 hours"],
    workloads,
    ...DAY_ONCE,
    meaning: "The number of operations that the service allows within 24 hours is used up.",
    advice: `Wait 24 hours from the failure; trying earlier is refused too. Look for scripts or people that start backups of the item or configure it again and again, and stop them. If it comes back each day without them, ask Azure support with the job's id. ${NEXT_RUN}`,
    source: SQL_TROUBLESHOOT,
  },
  {
    code: "CloudDosAbsoluteLimitReachedWithRetry",
    phrases: ["vault has reached its maximum limit for such operations"],
    workloads,
    ...SELF_HEALING,
    meaning: "The vault's number of such operations within 24 hours is used up; the service repeats this one by itself after 24 hours.",
    advice: `Nothing for 24 hours, in which the service starts the operation again. If it comes from a change to a policy of many items, make such changes in smaller steps. ${WATCHED}`,
    source: SQL_TROUBLESHOOT,
  },
  {
    code: "UserErrorWorkloadExtensionNotInstalled",
    workloads,
    ...NEEDS_PERSON,
    meaning: "The backup extension is not installed in the VM any more.",
    advice: `Check that nobody uninstalled AzureBackupWindowsWorkload (or AzureBackupLinuxWorkload) on purpose, and that the VM was not rebuilt or restored to an earlier state. ${REGISTER_AGAIN}. ${AFTER_REPAIR}`,
    source: SQL_TROUBLESHOOT,
  },
  {
    code: "WorkloadExtensionNotPresent",
    workloads,
    ...NEEDS_PERSON,
    meaning: "The VM does not have the backup extension that the vault expects in it.",
    advice: `Check that the VM is the one that was registered, not a new one with its name, and that nobody removed the extension. ${REGISTER_AGAIN}. ${AFTER_REPAIR}`,
    source: SQL_TROUBLESHOOT,
  },
];
