/** The production subscription of the built-in estate: two vaults of virtual machines. */
import { completes, endedJob, failedJob, fails, healthyVm, vm } from "./built-in-jobs.ts";
import type { EstateVault } from "./schema.ts";

export function productionVaults(): EstateVault[] {
  return [
    {
      name: "vault-erp-weu",
      kind: "RecoveryServices",
      resourceGroup: "rg-backup-erp",
      location: "westeurope",
      policies: [{ name: "daily-22h", intervalHours: 24 }],
      items: [
        // Recovered by the first retry, by the second, and with warnings.
        vm("vm-erp-db-01", "rg-erp", [failedJob(14, "ExtensionSnapshotFailedNoNetwork")], {
          tags: { tier: "gold" },
          next: [completes("45m")],
        }),
        vm("vm-erp-db-02", "rg-erp", [failedJob(14, "CloudInternalError")], {
          tags: { tier: "gold" },
          next: [fails("20m", "CloudInternalError"), completes("50m")],
        }),
        vm("vm-erp-db-03", "rg-erp", [failedJob(13, "BackUpOperationFailedV2")], {
          next: [{ status: "CompletedWithWarnings", after: "35m" }],
        }),
        // Cured since, in both words of success.
        vm("vm-erp-app-01", "rg-erp", [failedJob(14, "CloudInternalError"), endedJob("Completed", "-6h", "-5h20m", true)]),
        vm("vm-erp-app-02", "rg-erp", [
          failedJob(14, "GuestAgentSnapshotTaskStatusError"),
          endedJob("CompletedWithWarnings", "-4h", "-3h10m"),
        ]),
        // Runs already; stopped by a person.
        vm("vm-erp-app-03", "rg-erp", [failedJob(14, "CopyingVHDsFromBackUpVaultTakingLongTime"), endedJob("Completed", "-40m", "2h")]),
        vm("vm-erp-web-01", "rg-erp", [failedJob(14, "CloudInternalError"), endedJob("Cancelled", "-5h", "-4h50m", true)]),
        // Somebody has to act first.
        vm("vm-hr-01", "rg-hr", [failedJob(14, "UserErrorGuestAgentStatusUnavailable")], { tags: { tier: "silver" } }),
        vm("vm-hr-02", "rg-hr", [failedJob(13, "UserErrorVmProvisioningStateFailed")]),
        vm("vm-hr-03", "rg-hr", [failedJob(13, 400_094)]),
        healthyVm("vm-hr-04", "rg-hr"),
        healthyVm("vm-dc-01", "rg-identity"),
        healthyVm("vm-dc-02", "rg-identity"),
      ],
    },
    {
      name: "vault-apps-weu",
      kind: "RecoveryServices",
      resourceGroup: "rg-backup-apps",
      location: "westeurope",
      policies: [{ name: "daily-22h", intervalHours: 24 }],
      items: [
        // A code that no catalogue knows; a code that is tried once; attempts used up; a number without a published symbol.
        vm("vm-crm-01", "rg-crm", [failedJob(14, "SnapshotBrokerUnavailable")], { next: [completes("30m")] }),
        vm("vm-crm-02", "rg-crm", [failedJob(14, "ExtensionFailedVssWriterInBadState")], {
          next: [fails("15m", "ExtensionFailedVssWriterInBadState")],
        }),
        vm("vm-crm-03", "rg-crm", [failedJob(14, "CloudInternalError")], { next: [fails("25m", "CloudInternalError")] }),
        vm("vm-crm-04", "rg-crm", [failedJob(12, 380_999)], { next: [completes("40m")] }),
        // Between the first and the second attempt the scheduled backup begins: the trigger meets it, and its job is followed.
        vm("vm-bi-01", "rg-bi", [failedJob(14, "CloudInternalError"), endedJob("Completed", "22m", "3h")], {
          next: [fails("20m", "CloudInternalError"), completes("30m")],
        }),
        // Failed just now under load: the retry waits for hours.
        vm("vm-bi-04", "rg-bi", [failedJob(1, "ExtensionFailedTimeoutVMNetworkUnresponsive")], { next: [completes("30m")] }),
        vm("vm-bi-02", "rg-bi", [failedJob(14, "CloudInternalError")], { next: [completes("55m")] }),
        vm("vm-bi-03", "rg-bi", [failedJob(14, "CloudInternalError")], { next: [completes("35m")] }),
        vm("vm-files-01", "rg-files", [failedJob(14, "BackUpOperationFailed")], { next: [completes("1h30m")] }),
        vm("vm-files-02", "rg-files", [failedJob(14, "BackUpOperationFailed")], { next: [completes("40m")] }),
        vm("vm-api-01", "rg-api", [failedJob(11, "CloudInternalError")], { next: [completes("20m")] }),
        vm(
          "vm-api-02",
          "rg-api",
          [failedJob(20, "CloudInternalError"), failedJob(14, "CloudInternalError"), failedJob(8, "BackUpOperationFailedV2")],
          {
            next: [completes("45m")],
          },
        ),
        healthyVm("vm-api-03", "rg-api"),
      ],
    },
  ];
}
