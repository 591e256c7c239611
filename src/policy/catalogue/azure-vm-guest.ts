/** Codes of Azure VM backups that stay until somebody repairs something inside the VM: agent, services, file systems, runtime. */
import type { CatalogueRow } from "../errors.ts";
import { AFTER_REPAIR, NEEDS_PERSON } from "./handling.ts";
import { VM_AGENT_AND_EXTENSION, VM_TROUBLESHOOT } from "./pages.ts";

const workloads = ["AzureIaasVM"] as const;

const COM_ADVICE = `In an elevated prompt of the VM run \`net stop COMSysApp\` and \`net start COMSysApp\`. Check in services.msc that Distributed Transaction Coordinator runs as Network Service. If it does not start, stop it, run \`msdtc -uninstall\`, \`msdtc -install\`, and start both services again. Some users see a backup by hand succeed without a repair, so trying once does no harm. ${AFTER_REPAIR}`;

export const AZURE_VM_GUEST: readonly CatalogueRow[] = [
  {
    code: "UserErrorGuestAgentStatusUnavailable",
    phrases: ["vm agent unable to communicate with azure backup"],
    workloads,
    ...NEEDS_PERSON,
    meaning: "The agent inside the VM does not answer the backup service.",
    advice: `Check inside the VM that the agent runs ("Windows Azure Guest Agent" in services.msc; walinuxagent or waagent on Linux), restart or reinstall it, and check that the VM reaches the Azure addresses it needs. Wait until the VM's properties in the portal show the agent as ready. ${AFTER_REPAIR}`,
    source: VM_AGENT_AND_EXTENSION,
  },
  {
    code: "UserErrorFsFreezeFailed",
    phrases: ["failed to freeze one or more mount-points"],
    workloads,
    ...NEEDS_PERSON,
    meaning: "A file system of the Linux VM could not be frozen for a consistent snapshot.",
    advice: `Find the mount point in the log of the VMSnapshotLinux extension under /var/log/azure. Unmount it, run fsck on its device and mount it again; remove duplicate mounts that \`mount\` shows; if it cannot be unmounted, name it under MountsToSkip in the extension's vmbackup.conf. ${AFTER_REPAIR}`,
    source: VM_TROUBLESHOOT,
  },
  {
    code: "ExtensionSnapshotFailedCOM",
    phrases: ["snapshot operation failed due to com+ error"],
    workloads,
    ...NEEDS_PERSON,
    meaning: "The snapshot failed in the Windows service COM+ System Application.",
    advice: COM_ADVICE,
    source: VM_TROUBLESHOOT,
  },
  {
    code: "ExtensionInstallationFailedCOM",
    phrases: ["extension installation/operation failed due to a com+ error"],
    workloads,
    ...NEEDS_PERSON,
    meaning: "The backup extension could not be installed because COM+ in the Windows VM does not work.",
    advice: COM_ADVICE,
    source: VM_TROUBLESHOOT,
  },
  {
    code: "ExtensionInstallationFailedMDTC",
    phrases: ["com+ was unable to talk to the microsoft distributed transaction coordinator"],
    workloads,
    ...NEEDS_PERSON,
    meaning: "The backup extension could not be installed because COM+ does not reach the transaction coordinator (MSDTC).",
    advice: COM_ADVICE,
    source: VM_TROUBLESHOOT,
  },
  {
    code: "ExtensionFailedVssServiceInBadState",
    phrases: ["vss (volume shadow copy) service in bad state"],
    workloads,
    ...NEEDS_PERSON,
    meaning: "The Volume Shadow Copy service of the Windows VM is in a bad state.",
    advice: `In an elevated prompt of the VM run \`net stop VSS\` and \`net start VSS\`. If the failure comes back, restart the VM in its next maintenance window. ${AFTER_REPAIR}`,
    source: VM_TROUBLESHOOT,
  },
  {
    code: "ExtensionConfigParsingFailure",
    phrases: ["failure in parsing the config for the backup extension"],
    workloads,
    ...NEEDS_PERSON,
    meaning: "The backup extension cannot read its configuration, mostly because permissions of the MachineKeys folder were changed.",
    advice: `Run \`icacls %systemdrive%\\programdata\\microsoft\\crypto\\rsa\\machinekeys\` in the VM and set the defaults again: Everyone read and write, Administrators full control. Delete the certificates "Windows Azure CRP Certificate Generator" under Personal of the local computer. ${AFTER_REPAIR}`,
    source: VM_TROUBLESHOOT,
  },
  {
    code: "ExtensionSnapshotBitlockerError",
    phrases: ["locked by bitlocker drive encryption"],
    workloads,
    ...NEEDS_PERSON,
    meaning: "A drive of the VM is locked by BitLocker, so that no shadow copy of it can be made.",
    advice: `Unlock every drive inside the VM, and turn BitLocker off for them if they lock again after a restart. ${AFTER_REPAIR}`,
    source: VM_TROUBLESHOOT,
  },
  {
    code: "ExtensionSnapshotFailedNoSecureNetwork",
    phrases: ["failure to create a secure network communication channel"],
    workloads,
    ...NEEDS_PERSON,
    meaning: "The backup extension could not open a TLS connection from the Windows VM.",
    advice: `In the registry of the VM set the DWORD SchUseStrongCrypto to 1 for every .NET Framework version under HKLM\\SOFTWARE\\Microsoft\\.NETFramework (and under Wow6432Node), check that TLS 1.2 is not switched off, and restart the VM. ${AFTER_REPAIR}`,
    source: VM_TROUBLESHOOT,
  },
  {
    code: "ExtensionVCRedistInstallationFailure",
    phrases: ["failure to install visual c++ redistributable"],
    workloads,
    ...NEEDS_PERSON,
    meaning: "The Visual C++ runtime that the backup extension needs could not be installed in the VM.",
    advice: `Install vcredist2013_x64 from C:\\Packages\\Plugins\\Microsoft.Azure.RecoveryServices.VMSnapshot\\<version> by hand. If that fails, check that Start under HKLM\\SYSTEM\\CurrentControlSet\\Services\\Msiserver is 3, that the account may write HKLM\\SOFTWARE\\Classes, and that no antivirus blocks the installer. ${AFTER_REPAIR}`,
    source: VM_TROUBLESHOOT,
  },
  {
    code: "VMRestorePointInternalError",
    workloads,
    ...NEEDS_PERSON,
    meaning: "The backup extension was stopped inside the VM, mostly by an antivirus.",
    advice: `Look in the VM's Application log for "Faulting application name: IaaSBcdrExtension.exe". If it is there, exclude C:\\Packages\\Plugins\\Microsoft.Azure.RecoveryServices.VMSnapshot and C:\\WindowsAzure\\Logs\\Plugins\\Microsoft.Azure.RecoveryServices.VMSnapshot in the antivirus. ${AFTER_REPAIR}`,
    source: VM_TROUBLESHOOT,
  },
];
