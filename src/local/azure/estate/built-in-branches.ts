/** The branch offices of the built-in estate: agents that start their own backups, items out of service, and a vault that may not be touched. */
import { completes, failedJob, healthyVm, vm } from "./built-in-jobs.ts";
import type { EstateVault } from "./schema.ts";

export function branchVaults(): EstateVault[] {
  return [
    {
      name: "vault-branches-weu",
      kind: "RecoveryServices",
      resourceGroup: "rg-backup-branches",
      location: "westeurope",
      policies: [{ name: "daily-22h", intervalHours: 24 }],
      items: [
        { name: "srv-branch-01", workload: "MAB", jobs: [failedJob(10, "CloudInternalError")] },
        { name: "srv-branch-02", workload: "DPM", jobs: [failedJob(9, "CloudInternalError")] },
        vm("vm-old-01", "rg-retired", [failedJob(14, "ResourceNotFound")], { softDeleted: true, protectionState: "ProtectionStopped" }),
        vm("vm-old-02", "rg-retired", [failedJob(14, "CloudInternalError")], { protectionState: "ProtectionStopped" }),
        vm("vm-branch-01", "rg-branch", [failedJob(14, "GuestAgentSnapshotTaskStatusError")], {
          tags: { site: "utrecht" },
          next: [completes("25m")],
        }),
        vm("vm-branch-02", "rg-branch", [failedJob(13, "UserErrorKeyvaultPermissionsNotConfigured")], {
          tags: { site: "gent" },
          next: [completes("35m")],
        }),
        // No job of the last days at all, and no recent point.
        vm("vm-branch-03", "rg-branch", [], { lastRecoveryPoint: "-80h" }),
        healthyVm("vm-branch-04", "rg-branch"),
      ],
    },
    {
      name: "vault-legal-weu",
      kind: "RecoveryServices",
      resourceGroup: "rg-legal",
      location: "westeurope",
      forbidden: true,
      items: [vm("vm-legal-01", "rg-legal", [failedJob(14, "CloudInternalError")]), healthyVm("vm-legal-02", "rg-legal")],
    },
  ];
}
