/** The shared subscription of the built-in estate: web machines that Resource Graph is late about, shares, databases and a Backup vault. */
import { completes, endedJob, failedJob, healthyVm, vm } from "./built-in-jobs.ts";
import type { EstateVault } from "./schema.ts";

export function sharedVaults(): EstateVault[] {
  return [
    {
      name: "vault-shared-neu",
      kind: "RecoveryServices",
      resourceGroup: "rg-backup-shared",
      location: "northeurope",
      policies: [{ name: "daily-22h", intervalHours: 24 }],
      items: [
        vm("vm-web-01", "rg-web", [failedJob(14, "CloudInternalError"), endedJob("Completed", "-8m", "-2m", true)]),
        vm("vm-web-02", "rg-web", [failedJob(14, "CloudInternalError"), endedJob("Completed", "-5m", "50m", true)]),
        // Its four on-demand backups of the day are used: within the last two hours, so that they are of this day at most times of a real one.
        vm(
          "vm-web-03",
          "rg-web",
          ["-110m", "-80m", "-50m", "-20m"].map((start) => ({
            ...endedJob("Failed", start, "-10m", true),
            errorCode: "CloudInternalError",
          })),
        ),
        // A restore that failed is nobody's to repeat.
        vm(
          "vm-web-04",
          "rg-web",
          [endedJob("Completed", "-14h", "-13h"), { ...failedJob(3, "CloudInternalError", true), operation: "Restore" }],
          {
            lastRecoveryPoint: "-14h",
          },
        ),
        vm(`vm-<b>"ops"</b>&'team`, "rg-web", [failedJob(14, "ExtensionOperationFailedForManagedDisks")], { next: [completes("30m")] }),
        healthyVm("vm-web-05", "rg-web"),
        {
          name: "share-projects",
          workload: "AzureFileShare",
          resourceGroup: "rg-files",
          policy: "daily-22h",
          jobs: [failedJob(14, "FileshareBackupFailedWithAzureRpRequestThrottling")],
          next: [completes("10m")],
        },
        {
          name: "share-archive",
          workload: "AzureFileShare",
          resourceGroup: "rg-files",
          policy: "daily-22h",
          jobs: [failedJob(14, "AFSMaxSnapshotReached")],
        },
        {
          name: "orders",
          workload: "SQLDataBase",
          resourceGroup: "rg-sql",
          policy: "sql-full",
          jobs: [failedJob(13, "AzureVmOffline")],
          next: [completes("25m")],
        },
        {
          name: "SYSTEMDB",
          workload: "SAPHanaDatabase",
          resourceGroup: "rg-sap",
          policy: "hana-full",
          jobs: [failedJob(12, "CloudDosAbsoluteLimitReachedWithRetry")],
        },
      ],
    },
    {
      name: "bv-disks-neu",
      kind: "DataProtection",
      resourceGroup: "rg-backup-shared",
      location: "northeurope",
      policies: [
        {
          name: "disk-daily",
          intervalHours: 24,
          rules: [{ name: "BackupDaily", tag: "Default" }],
          tags: [{ name: "Default", retentionDays: 7 }],
        },
      ],
      items: [
        {
          name: "disk-erp-data-01",
          workload: "AzureDisk",
          resourceGroup: "rg-erp",
          policy: "disk-daily",
          jobs: [failedJob(13, "UserErrorMaxConcurrentOperationLimitReached")],
          next: [{ status: "Succeeded", after: "15m" }],
        },
        {
          name: "disk-erp-log-01",
          workload: "AzureDisk",
          resourceGroup: "rg-erp",
          policy: "disk-daily",
          jobs: [endedJob("Succeeded", "-13h", "-12h50m")],
        },
      ],
    },
  ];
}
