/**
 * Codes of Azure VM backups that a run retries by itself or that stand for another running operation. Those that wait for a person are in
 * `azure-vm-guest.ts` and `azure-vm-surroundings.ts`. Meaning and advice are our words for what the named page says; kind and delays are our judgment from the cause.
 */
import type { CatalogueRow } from "../errors.ts";
import { CONFLICT, HOURS, HOURS_ONCE, HOURS_THEN_PERSON, NEXT_RUN, OFF_PEAK, SOON, SOON_ONCE } from "./handling.ts";
import { VM_AGENT_AND_EXTENSION, VM_TROUBLESHOOT } from "./pages.ts";

const workloads = ["AzureIaasVM"] as const;

const INTERNAL_ERROR_ADVICE = `If it fails in every run, check in the portal that the VM is running, that its agent is ready (Properties) and that no lock stands on the resource group AzureBackupRG_*; then ask Azure support with the job's id. ${NEXT_RUN}`;

const STATE_ADVICE = `Open the VM's overview in the portal. If it is starting, stopping or updating, wait until it is Running or Stopped. If it is Failed, choose Redeploy + reapply under Help, then Reapply (or run \`az vm reapply\`). On Linux with SELinux, exclude /var/lib/waagent from the policy and check that the agent runs. ${NEXT_RUN}`;

export const AZURE_VM_RETRIED: readonly CatalogueRow[] = [
  {
    code: "BackUpOperationFailed",
    phrases: ["backup failed with an internal error"],
    workloads,
    ...SOON,
    meaning: "The backup service met an internal error while it backed up the VM.",
    advice: INTERNAL_ERROR_ADVICE,
    source: VM_AGENT_AND_EXTENSION,
  },
  {
    code: "BackUpOperationFailedV2",
    workloads,
    ...SOON,
    meaning: "The backup service met an internal error while it backed up the VM.",
    advice: INTERNAL_ERROR_ADVICE,
    source: VM_AGENT_AND_EXTENSION,
  },
  {
    code: "GuestAgentSnapshotTaskStatusError",
    phrases: ["could not communicate with the vm agent for snapshot status"],
    workloads,
    ...SOON_ONCE,
    meaning: "The VM's agent did not tell the service how its snapshot went.",
    advice: `Check that the agent runs inside the VM: "Windows Azure Guest Agent" in services.msc, or the walinuxagent/waagent service on Linux. Restart it, update it if it is old, and check that the VM reaches the Azure addresses it needs. ${NEXT_RUN}`,
    source: VM_AGENT_AND_EXTENSION,
  },
  {
    code: "ExtensionOperationFailedForManagedDisks",
    phrases: ["vmsnapshot extension operation failed"],
    workloads,
    ...SOON_ONCE,
    meaning: "The backup extension in the VM failed while it took the snapshot.",
    advice: `Open the VM in the portal, Extensions + applications, and remove VMSnapshot or VMSnapshotLinux if its state is not "Provisioning succeeded"; the next backup installs it again. Check that the VM's agent is ready. ${NEXT_RUN}`,
    source: VM_AGENT_AND_EXTENSION,
  },
  {
    code: "ExtensionSnapshotFailedNoNetwork",
    phrases: ["no network connectivity on the virtual machine"],
    workloads,
    ...HOURS_ONCE,
    meaning: "The VM had no network connection when the snapshot was to be taken.",
    advice: `Check from inside the VM that it gets its address by DHCP and reaches the Azure addresses it needs, then look at network security groups, firewall, routes and proxy on the way. ${NEXT_RUN}`,
    source: VM_AGENT_AND_EXTENSION,
  },
  {
    code: "ExtensionFailedTimeoutVMNetworkUnresponsive",
    phrases: ["snapshot operation failed due to inadequate vm resources"],
    workloads,
    ...OFF_PEAK,
    meaning: "The VM or its network answered too slowly during the snapshot, mostly because of load.",
    advice: `Move the schedule of the backup policy to hours with less load, or choose a larger VM size. On Windows, let the host take the snapshot first: in the registry under HKLM\\SOFTWARE\\Microsoft\\BcdrAgentPersistentKeys set SnapshotMethod to firstHostThenGuest and CalculateSnapshotTimeFromHost to True (strings). ${NEXT_RUN}`,
    source: VM_TROUBLESHOOT,
  },
  {
    code: "CopyingVHDsFromBackUpVaultTakingLongTime",
    phrases: ["copying backed up data from vault timed out"],
    workloads,
    ...HOURS,
    meaning: "Data was copied too slowly, from a passing storage fault or too few operations per second.",
    advice: `Look at the disks' metrics for throttled operations at the time of the backup, and move the schedule or choose faster disks if there are some. If it fails day after day without load, ask Azure support with the job's id. ${NEXT_RUN}`,
    source: VM_TROUBLESHOOT,
  },
  {
    code: "ExtensionFailedVssWriterInBadState",
    phrases: ["vss writers were in a bad state"],
    workloads,
    ...HOURS_ONCE,
    meaning: "A VSS writer in the Windows VM was not stable, or its disks were too busy for a consistent snapshot.",
    advice: `Run \`vssadmin list writers\` in an elevated prompt of the VM and restart the service of each writer that is not "[1] Stable". If all are stable, look in the event log for shadow copy time-outs and move the schedule to hours with less disk load. ${NEXT_RUN}`,
    source: VM_TROUBLESHOOT,
  },
  {
    code: "VmNotInDesirableState",
    workloads,
    ...HOURS_THEN_PERSON,
    meaning: "The VM was between two states, or in a failed one, and could not be backed up.",
    advice: STATE_ADVICE,
    source: VM_TROUBLESHOOT,
  },
  {
    code: "UserErrorVmNotInDesirableState",
    phrases: ["is not in a state that allows backups", "isn't in a state that allows backups"],
    workloads,
    ...HOURS_THEN_PERSON,
    meaning: "The VM was between two states, or in a failed one, and could not be backed up.",
    advice: STATE_ADVICE,
    source: VM_TROUBLESHOOT,
  },
  {
    code: "UserErrorKeyvaultPermissionsNotConfigured",
    phrases: ["sufficient permissions to the key vault for backup of encrypted vms"],
    workloads,
    ...HOURS_ONCE,
    meaning: "The backup service may not read the keys of the encrypted VM, or was allowed to only moments ago.",
    advice: `Open the key vault of the VM's disks, Access policies (or Access control), and give "Backup Management Service" Get, List and Backup on keys and secrets; check that the vault's firewall lets trusted services in. ${NEXT_RUN}`,
    source: VM_AGENT_AND_EXTENSION,
  },
  {
    code: "UserErrorBackupOperationInProgress",
    phrases: ["another backup operation is currently in progress"],
    workloads,
    ...CONFLICT,
    meaning: "A backup of this VM was running already; no second one can start beside it.",
    advice: `Look under Backup jobs of the vault for the running job and let it end; cancel it there only if it hangs. If jobs overlap every day, shorten the backup or move its schedule. ${NEXT_RUN}`,
    source: VM_AGENT_AND_EXTENSION,
  },
  {
    code: "ExtensionStuckInDeletionState",
    phrases: ["extension state is not supportive to the backup operation"],
    workloads,
    ...HOURS_THEN_PERSON,
    meaning: "The backup extension of the VM is being removed, and the removal has not ended.",
    advice: `Check that the VM's agent is ready, then open Extensions + applications of the VM and uninstall VMSnapshot or VMSnapshotLinux; the next backup installs it again. ${NEXT_RUN}`,
    source: VM_TROUBLESHOOT,
  },
  {
    code: "UserErrorRpCollectionLimitReached",
    phrases: ["restore point collection max limit has reached"],
    workloads,
    ...HOURS,
    meaning:
      "The VM has all the instant restore points it may have, or a lock keeps the old ones from being removed; a new backup starts the clean-up and may fail once more.",
    advice: `Open the resource group AzureBackupRG_<region>_<number>, Locks, and remove every lock; if there is none, delete the restore point collection of the VM in it once no backup runs. Keep to one backup a day, or lower the days of instant restore in the policy. ${NEXT_RUN}`,
    source: VM_AGENT_AND_EXTENSION,
  },
];
