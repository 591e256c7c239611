/** The published pages that rows cite more than once. */
const BACKUP = "https://learn.microsoft.com/azure/backup";

export const VM_TROUBLESHOOT = `${BACKUP}/backup-azure-vms-troubleshoot`;
export const VM_AGENT_AND_EXTENSION = `${BACKUP}/backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout`;
export const FILES_TROUBLESHOOT = `${BACKUP}/troubleshoot-azure-files`;
export const SQL_TROUBLESHOOT = `${BACKUP}/backup-sql-server-azure-troubleshoot`;
export const HANA_TROUBLESHOOT = `${BACKUP}/backup-azure-sap-hana-database-troubleshoot`;
export const ASE_TROUBLESHOOT = `${BACKUP}/troubleshoot-sap-ase-sybase-database-backup`;
export const DISK_TROUBLESHOOT = `${BACKUP}/disk-backup-troubleshoot`;

const RESOURCE_MANAGER = "https://learn.microsoft.com/azure/azure-resource-manager";

export const REQUEST_LIMITS = `${RESOURCE_MANAGER}/management/request-limits-and-throttling`;
export const RESOURCE_MANAGER_ERRORS = `${RESOURCE_MANAGER}/troubleshooting/common-deployment-errors`;
export const PASSING_FAULTS = "https://learn.microsoft.com/azure/architecture/best-practices/transient-faults";
