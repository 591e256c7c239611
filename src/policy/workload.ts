/** The workloads by the words that the command line and the settings take, and how each provider names them. */
export const WORKLOADS = [
  "AzureIaasVM",
  "AzureFileShare",
  "SQLDataBase",
  "SAPHanaDatabase",
  "SAPAseDatabase",
  "MAB",
  "DPM",
  "AzureBackupServer",
  "AzureDisk",
  "AzureBlob",
  "AzureDatabaseForPostgreSQL",
  "AzureKubernetesService",
] as const;

export type Workload = (typeof WORKLOADS)[number];

/** On-premises agents start their own backups; the service has no request for it. */
export const UNTRIGGERABLE: ReadonlySet<string> = new Set<Workload>(["MAB", "DPM", "AzureBackupServer"]);

export type VaultKind = "RecoveryServices" | "DataProtection";

/** A Recovery Services job names its workload by two fields; some collectors leave `workloadType` out. */
export function recoveryServicesWorkload(backupManagementType: string, workloadType: string): string {
  switch (backupManagementType.toLowerCase()) {
    case "azureiaasvm":
      return "AzureIaasVM";
    case "azurestorage":
      return "AzureFileShare";
    case "azureworkload":
      return knownWord(workloadType) ?? workloadType;
    default:
      return knownWord(backupManagementType) ?? backupManagementType;
  }
}

/** A Backup vault names the workload by the resource type of the data source. */
export function backupVaultWorkload(dataSourceType: string): string {
  switch (dataSourceType.toLowerCase()) {
    case "microsoft.compute/disks":
      return "AzureDisk";
    case "microsoft.storage/storageaccounts/blobservices":
      return "AzureBlob";
    case "microsoft.dbforpostgresql/servers/databases":
    case "microsoft.dbforpostgresql/flexibleservers":
      return "AzureDatabaseForPostgreSQL";
    case "microsoft.containerservice/managedclusters":
      return "AzureKubernetesService";
    default:
      return dataSourceType;
  }
}

function knownWord(text: string): Workload | undefined {
  return WORKLOADS.find((word) => word.toLowerCase() === text.toLowerCase());
}
