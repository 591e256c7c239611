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

  index: {
    ofJob: ({ containerName, friendlyName }) => [
      byName(friendlyName),
      ...(containerName === undefined ? [] : [groupAndMachine(containerName)]),
    ],
    ofItem({ itemId, friendlyName }) {
      const container = parseProtectedItemId(itemId)?.container;
      return [byName(friendlyName), ...(container === undefined ? [] : [groupAndMachine(container)])];
    },
  },

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

/** A slash is in no name of a container. */
const byName = (friendlyName: string): string => `/${friendlyName.toLowerCase()}`;

function groupAndMachine(container: string): string {
  return container.toLowerCase().split(";").slice(-2).join(";");
}
