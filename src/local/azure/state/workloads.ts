/** How each workload is named and typed by the service: one row per workload. Names follow the reference pages of the Recovery Services REST API. */
import type { VaultKind, Workload } from "../estate/schema.ts";

export interface WorkloadFacts {
  readonly vaultKind: VaultKind;
  readonly backupManagementType: string;
  readonly workloadType: string;
  readonly jobType: string;
  readonly protectedItemType: string;
  readonly datasourceType: string;
  /** `properties.objectType` of a trigger's body; absent where an on-demand backup cannot be asked for. */
  readonly requestType?: string;
  /** Most on-demand backups per item and UTC day. */
  readonly dailyLimit: number;
  readonly container: (group: string, name: string) => string;
  readonly item: (group: string, name: string, hash: string) => string;
  /** The part of the source's id after its resource group. */
  readonly source: (name: string) => string;
}

const account = (name: string): string => `st${name.toLowerCase().replaceAll(/[^a-z0-9]/g, "")}`.slice(0, 24);
const inVm = (group: string, name: string): string => `VMAppContainer;Compute;${group};${name}-host`;
const vmSource = (name: string): string => `Microsoft.Compute/virtualMachines/${name}`;
const hostSource = (name: string): string => vmSource(`${name}-host`);

/** Limits of Azure VM and Azure Files are published; databases have one without a number, which is ours. */
const VM_DAILY_LIMIT = 9;
const FILES_DAILY_LIMIT = 10;
const DATABASE_DAILY_LIMIT = 20;

function database(workloadType: string, protectedItemType: string, instance: string): WorkloadFacts {
  return {
    vaultKind: "RecoveryServices",
    backupManagementType: "AzureWorkload",
    workloadType,
    jobType: "AzureWorkloadJob",
    protectedItemType,
    datasourceType: workloadType,
    requestType: "AzureWorkloadBackupRequest",
    dailyLimit: DATABASE_DAILY_LIMIT,
    container: inVm,
    item: (_, name) => `${workloadType};${instance};${name}`,
    source: hostSource,
  };
}

function onPremises(backupManagementType: string, jobType: string, protectedItemType: string): WorkloadFacts {
  return {
    vaultKind: "RecoveryServices",
    backupManagementType,
    workloadType: "FileFolder",
    jobType,
    protectedItemType,
    datasourceType: "FileFolder",
    dailyLimit: 0,
    container: (_, name) => `Windows;${name}`,
    item: (_, name, hash) => `FileFolder;${hash.slice(0, 12)}-${name}`,
    source: () => "",
  };
}

function instance(datasourceType: string, source: (name: string) => string): WorkloadFacts {
  return {
    vaultKind: "DataProtection",
    backupManagementType: "",
    workloadType: "",
    jobType: "",
    protectedItemType: "",
    datasourceType,
    dailyLimit: 4,
    container: () => "",
    item: (_, name, hash) => `${name}-${hash.slice(0, 8)}`,
    source,
  };
}

export const WORKLOAD_FACTS: Readonly<Record<Workload, WorkloadFacts>> = {
  AzureIaasVM: {
    vaultKind: "RecoveryServices",
    backupManagementType: "AzureIaasVM",
    workloadType: "VM",
    jobType: "AzureIaaSVMJob",
    protectedItemType: "Microsoft.Compute/virtualMachines",
    datasourceType: "Microsoft.Compute/virtualMachines",
    requestType: "IaasVMBackupRequest",
    dailyLimit: VM_DAILY_LIMIT,
    container: (group, name) => `IaasVMContainer;iaasvmcontainerv2;${group};${name}`,
    item: (group, name) => `VM;iaasvmcontainerv2;${group};${name}`,
    source: vmSource,
  },
  AzureFileShare: {
    vaultKind: "RecoveryServices",
    backupManagementType: "AzureStorage",
    workloadType: "AzureFileShare",
    jobType: "AzureStorageJob",
    protectedItemType: "AzureFileShareProtectedItem",
    datasourceType: "Microsoft.Storage/storageAccounts/fileServices/shares",
    requestType: "AzureFileShareBackupRequest",
    dailyLimit: FILES_DAILY_LIMIT,
    container: (group, name) => `StorageContainer;storage;${group};${account(name)}`,
    item: (_, _name, hash) => `AzureFileShare;${hash}${hash}`,
    source: (name) => `Microsoft.Storage/storageAccounts/${account(name)}`,
  },
  SQLDataBase: database("SQLDataBase", "AzureVmWorkloadSQLDatabase", "mssqlserver"),
  SAPHanaDatabase: database("SAPHanaDatabase", "AzureVmWorkloadSAPHanaDatabase", "hdb"),
  SAPAseDatabase: database("SAPAseDatabase", "AzureVmWorkloadSAPAseDatabase", "ase"),
  MAB: onPremises("MAB", "MabJob", "MabFileFolderProtectedItem"),
  DPM: onPremises("DPM", "DpmJob", "DPMProtectedItem"),
  AzureBackupServer: onPremises("AzureBackupServer", "DpmJob", "DPMProtectedItem"),
  AzureDisk: instance("Microsoft.Compute/disks", (name) => `Microsoft.Compute/disks/${name}`),
  AzureBlob: instance("Microsoft.Storage/storageAccounts/blobServices", (name) => `Microsoft.Storage/storageAccounts/${account(name)}`),
  AzureDatabaseForPostgreSQL: instance(
    "Microsoft.DBforPostgreSQL/servers/databases",
    (name) => `Microsoft.DBforPostgreSQL/servers/${name}-server/databases/${name}`,
  ),
  AzureKubernetesService: instance(
    "Microsoft.ContainerService/managedClusters",
    (name) => `Microsoft.ContainerService/managedClusters/${name}`,
  ),
};
