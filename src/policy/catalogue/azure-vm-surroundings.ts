/** Codes of Azure VM backups that stay until somebody changes something around the VM: its state, disks, protection, policies. */
import type { CatalogueRow } from "../errors.ts";
import { AFTER_REPAIR, NEEDS_PERSON } from "./handling.ts";
import { VM_AGENT_AND_EXTENSION, VM_TROUBLESHOOT } from "./pages.ts";

const workloads = ["AzureIaasVM"] as const;

const VM_GONE_ADVICE =
  "If the VM was deleted on purpose, stop its protection in the vault (Backup items, Stop backup; keep or delete the data). If it was moved, protect it anew at its new place. If it was deleted by mistake, restore it under the same name and resource group, then run `reprise retry --item NAME --force`.";

export const AZURE_VM_SURROUNDINGS: readonly CatalogueRow[] = [
  {
    code: "UserErrorVmProvisioningStateFailed",
    phrases: ["vm is in failed provisioning state"],
    workloads,
    ...NEEDS_PERSON,
    meaning: "The VM is in a failed provisioning state, often because one of its extensions failed.",
    advice: `Open the VM in the portal: under Extensions + applications remove or repair each extension that failed, then choose Redeploy + reapply under Help, then Reapply (or run \`az vm reapply\`). If the state is only "Updating", wait until that has ended. ${AFTER_REPAIR}`,
    source: VM_AGENT_AND_EXTENSION,
  },
  {
    code: "UserErrorUnsupportedDiskSize",
    phrases: ["configured disk size(s) is currently not supported by azure backup"],
    workloads,
    ...NEEDS_PERSON,
    meaning: "A disk of the VM is larger than Azure Backup supports.",
    advice: `Look at the VM's disks: up to 32 TB each, less for encrypted ones. Split the disk into smaller ones, or leave it out of the backup by selective disk backup in the protected item. ${AFTER_REPAIR}`,
    source: VM_AGENT_AND_EXTENSION,
  },
  {
    code: "UserErrorCrpReportedUserError",
    workloads,
    ...NEEDS_PERSON,
    meaning: "Azure Compute refused a step of the backup; the reason is in the job's details.",
    advice: `Open the vault, Backup jobs, the failed job, and read the inner error of Azure Compute: a lock, a policy, a quota or a state of the VM. Remove that cause. ${AFTER_REPAIR}`,
    source: VM_AGENT_AND_EXTENSION,
  },
  {
    code: "UserErrorBcmDatasourceNotPresent",
    workloads,
    ...NEEDS_PERSON,
    meaning: "The VM is not actively protected: its protection was stopped or paused.",
    advice: `Open the vault, Backup items, the VM. If it should be backed up, choose Resume backup with a policy; if not, leave it stopped and exclude the item from runs. ${AFTER_REPAIR}`,
    source: VM_AGENT_AND_EXTENSION,
  },
  {
    code: "ExtensionFailedSnapshotLimitReachedError",
    phrases: ["snapshot limit is exceeded for some of the disks"],
    workloads,
    ...NEEDS_PERSON,
    meaning: "A disk of the VM has as many snapshots as it may have.",
    advice: `List the snapshots of the VM's disks and delete those that nobody needs (only snapshots, never the disk's blob). Shorten the soft-delete retention of the disks' storage accounts, and move Site Recovery to other hours if it takes snapshots too. ${AFTER_REPAIR}`,
    source: VM_TROUBLESHOOT,
  },
  {
    code: "UserErrorBCMPremiumStorageQuotaError",
    phrases: ["insufficient free space in the storage account"],
    workloads,
    ...NEEDS_PERSON,
    meaning: "The premium storage account of the VM has no room for the copy of the snapshot.",
    advice: `Free space in the storage account (keep half of it unused), or move some of its disks to another account or to managed disks. ${AFTER_REPAIR}`,
    source: VM_TROUBLESHOOT,
  },
  {
    code: "UserErrorRequestDisallowedByPolicy",
    phrases: ["invalid policy is configured on the vm"],
    workloads,
    ...NEEDS_PERSON,
    meaning: "An Azure Policy forbids what the backup has to create, often because of a tag that it demands.",
    advice: `Find the denied operation in the activity log of the VM's subscription. Change the policy's effect from Deny to Modify or exempt the resource groups AzureBackupRG_*, or create that group by hand with the tags it needs. ${AFTER_REPAIR}`,
    source: VM_TROUBLESHOOT,
  },
  {
    code: "ResourceNotFound",
    numbers: [320001],
    phrases: ["could not perform the operation as vm no longer exists"],
    workloads,
    ...NEEDS_PERSON,
    meaning: "The VM does not exist any more at the place where it is protected.",
    advice: VM_GONE_ADVICE,
    source: VM_TROUBLESHOOT,
  },
  {
    code: "BCMV2VMNotFound",
    numbers: [400094],
    workloads,
    ...NEEDS_PERSON,
    meaning: "The VM was not found: it was deleted, renamed or moved.",
    advice: VM_GONE_ADVICE,
    source: VM_TROUBLESHOOT,
  },
];
