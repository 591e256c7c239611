/** Virtual machines in Recovery Services vaults. */
import type { VaultJob } from "../control-plane.ts";
import { parseProtectedItemId } from "../discover/ids.ts";
import type { ItemNames, WorkloadProvider } from "./workload.ts";

export const azureVm: WorkloadProvider = {
  word: "AzureIaasVM",
  vaultKind: "RecoveryServices",

  /** The service takes any expiry (backup-azure-arm-userestapi-backupazurevms). */
  backupRequest: ({ askedMs }) => ({
    properties: { objectType: "IaasVMBackupRequest", recoveryPointExpiryTimeInUTC: new Date(askedMs).toISOString() },
    sentExpiryMs: askedMs,
  }),

  /**
   * By resource group and machine, the last two parts of the container's name: the parts before them are left out by some answers and written
   * differently by others. A job that names no container is taken by its friendly name: following a namesake costs less than a second backup.
   */
  matches(job: VaultJob, item: ItemNames): boolean {
    if (job.workload !== azureVm.word) return false;
    const container = parseProtectedItemId(item.itemId)?.container;
    if (job.containerName !== undefined && container !== undefined)
      return groupAndMachine(job.containerName) === groupAndMachine(container);
    return job.friendlyName.toLowerCase() === item.friendlyName.toLowerCase();
  },
};

function groupAndMachine(container: string): string {
  return container.toLowerCase().split(";").slice(-2).join(";");
}
