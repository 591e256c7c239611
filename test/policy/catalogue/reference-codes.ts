import type { Workload } from "../../../src/policy/workload.ts";

/** The codes that the published pages describe, per workload and for every workload, by how they have to be handled. */
const VM_CODES = {
  soon: ["BackUpOperationFailed", "BackUpOperationFailedV2"],
  soonOnce: ["GuestAgentSnapshotTaskStatusError", "ExtensionOperationFailedForManagedDisks"],
  hours: ["CopyingVHDsFromBackUpVaultTakingLongTime", "UserErrorRpCollectionLimitReached"],
  hoursOnce: ["ExtensionSnapshotFailedNoNetwork", "ExtensionFailedVssWriterInBadState", "UserErrorKeyvaultPermissionsNotConfigured"],
  hoursThenPerson: ["VmNotInDesirableState", "UserErrorVmNotInDesirableState", "ExtensionStuckInDeletionState"],
  offPeak: ["ExtensionFailedTimeoutVMNetworkUnresponsive"],
  conflict: ["UserErrorBackupOperationInProgress"],
  needsPerson: [
    "UserErrorGuestAgentStatusUnavailable",
    "UserErrorVmProvisioningStateFailed",
    "UserErrorUnsupportedDiskSize",
    "UserErrorCrpReportedUserError",
    "UserErrorBcmDatasourceNotPresent",
    "UserErrorFsFreezeFailed",
    "ExtensionSnapshotFailedCOM",
    "ExtensionInstallationFailedCOM",
    "ExtensionInstallationFailedMDTC",
    "ExtensionFailedVssServiceInBadState",
    "ExtensionConfigParsingFailure",
    "ExtensionFailedSnapshotLimitReachedError",
    "ExtensionSnapshotBitlockerError",
    "ExtensionSnapshotFailedNoSecureNetwork",
    "ExtensionVCRedistInstallationFailure",
    "VMRestorePointInternalError",
    "UserErrorBCMPremiumStorageQuotaError",
    "UserErrorRequestDisallowedByPolicy",
    "ResourceNotFound",
    "BCMV2VMNotFound",
  ],
} as const;

const FILES_CODES = {
  soon: ["DatamoverGenericError", "DatamoverInsufficientVaultStorage"],
  hours: ["FileshareBackupFailedWithAzureRpRequestThrottling"],
  conflict: ["ParallelSnapshotRequest", "BMSUserErrorConflictingProtectionOperation"],
  needsPerson: [
    "AFSMaxSnapshotReached",
    "FileShareNotFound",
    "UserErrorFileShareEndpointUnreachable",
    "UserErrorStorageAccountNotFound",
    "UserErrorDTSStorageAccountNotFound",
    "UserErrorResourceGroupNotFound",
    "UserErrorStorageAccountInternetRoutingNotSupported",
    "UserErrorStorageAccountIsLocked",
    "UserErrorSourceOrTargetAccountNotAccessible",
    "UserErrorStorageKeyBasedAuthenticationNotPermitted",
    "UserErrorStorageAccountSasPolicyNotSupported",
    "AzureOperationFailed",
    "UserErrorBackupAFSInSoftDeleteState",
    "UserErrorBackupAFSInDeleteState",
  ],
} as const;

const SQL_CODES = {
  soonOnce: ["UserErrorParentFullBackupMissing"],
  hours: ["VMNotInRunningStateUserError", "AzureVmOffline"],
  hoursOnce: ["UserErrorVMInternetConnectivityIssue"],
  hoursThenPerson: ["WorkloadExtensionNotReachable", "WorkloadExtensionDidntDequeueMsg"],
  dayOnce: ["CloudDosAbsoluteLimitReached"],
  conflict: ["OperationCancelledBecauseConflictingOperationRunningUserError", "UserErrorFileManipulationIsNotAllowedDuringBackup"],
  selfHealing: ["CloudDosAbsoluteLimitReachedWithRetry", "UserErrorSQLLSNValidationFailure"],
  needsPerson: [
    "UserErrorSQLNoSysadminMembership",
    "UserErrorSQLPODoesNotSupportBackupType",
    "UserErrorSQLPODoesNotExist",
    "UserErrorOpeningSQLConnection",
    "UserErrorBackupFailedAsTransactionLogIsFull",
    "WlExtGenericIOFaultUserError",
    "FabricSvcBackupPreferenceCheckFailedUserError",
    "GuestAgentStatusUnavailableUserError",
    "UserErrorOperationNotAllowedDatabaseMirroringEnabled",
    "UserErrorWindowsWLExtFailedToStartPluginService",
    "UserErrorWorkloadExtensionNotInstalled",
    "WorkloadExtensionNotPresent",
  ],
} as const;

const HANA_CODES = {
  hours: ["AzureVmOffline"],
  hoursThenPerson: ["WorkloadExtensionNotReachable", "WorkloadExtensionDidntDequeueMsg"],
  dayOnce: ["CloudDosAbsoluteLimitReached"],
  conflict: ["OperationCancelledBecauseConflictingOperationRunningUserError"],
  selfHealing: [
    "CloudDosAbsoluteLimitReachedWithRetry",
    "UserErrorHANALSNValidationFailure",
    "OperationCancelledBecauseConflictingAutohealOperationRunningUserError",
    "UserErrorBackupFailedAsRemedialBackupInProgress",
  ],
  needsPerson: [
    "UserErrorHANAInternalRoleNotPresent",
    "UserErrorInsufficientPrivilegeOfDatabaseUser",
    "UserErrorInOpeningHanaOdbcConnection",
    "UserErrorHanaInstanceNameInvalid",
    "UserErrorHANAPODoesNotExist",
    "UserErrorSDCtoMDCUpgradeDetected",
    "UserErrorInvalidBackintConfiguration",
    "UserErrorHanaPreScriptNotRun",
    "UserErrorDatabaseUserPasswordExpired",
    "UserErrorInconsistentSSFS",
    "UserErrorCannotConnectToAzureActiveDirectoryService",
    "UserErrorMisConfiguredSslCaStore",
    "UserErrorInsufficientSpaceOnSystemDriveForExtensionMetadata",
    // The page of HANA names the four codes of a lost registration as the page of SQL does.
    "UserErrorWorkloadExtensionNotInstalled",
    "WorkloadExtensionNotPresent",
  ],
} as const;

const ASE_CODES = {
  soon: ["DatabaseBackupOperationFailed", "BackupValidationFailed", "WriteToBackupStreamFailure", "GetPluginVersionError"],
  soonOnce: ["GeneralPluginException"],
  hoursOnce: ["DatabaseQueryExecutionError", "GetDatabaseVersionFailure"],
  selfHealing: ["UserErrorASELSNValidationFailure", "FullBackupNotPerformed", "LatestFullBackupIsOld"],
  needsPerson: [
    "ASEBackupServerNotRunning",
    "InvalidDatabaseConnectionDetails",
    "DatabaseExistenceValidationFailure",
    "DumpHistoryCorrupted",
    "CompressionLevelNotSet",
  ],
} as const;

const DISK_CODES = {
  hours: ["UserErrorMaxConcurrentOperationLimitReached"],
  needsPerson: [
    "UserErrorManagedDiskNotFound",
    "UserErrorSnapshotRGNotFound",
    "UserErrorNotEnoughPermissionOnDisk",
    "UserErrorNotEnoughPermissionOnSnapshotRG",
    "UserErrorDiskBackupAuthorizationFailed",
    "UserErrorDESKeyVaultKeyDisabled",
    "UserErrorMissingSubscriptionRegistration",
    "UserErrorDiskBackupDiskTypeNotSupported",
  ],
} as const;

export type CodesByHandling = { readonly [handling in keyof typeof HANDLING]?: readonly string[] };

/** Workloads without pages of codes have none of their own: those for every workload hold for them. */
export const WORKLOAD_CODES: Readonly<Record<Workload, CodesByHandling>> = {
  AzureIaasVM: VM_CODES,
  AzureFileShare: FILES_CODES,
  SQLDataBase: SQL_CODES,
  SAPHanaDatabase: HANA_CODES,
  SAPAseDatabase: ASE_CODES,
  AzureDisk: DISK_CODES,
  AzureBlob: {},
  AzureDatabaseForPostgreSQL: {},
  AzureKubernetesService: {},
  MAB: {},
  DPM: {},
  AzureBackupServer: {},
};

export const GENERAL_CODES: CodesByHandling = {
  // The first is our own: no request was sent.
  soon: ["NO_TOKEN", "CloudInternalError", "Http500", "Http502", "Http503", "Http504"],
  throttled: ["Http429"],
  conflict: ["BMSUserErrorObjectLocked"],
  needsPerson: [
    "UserErrorInvalidRequestParameter",
    "AuthorizationFailed",
    "LinkedAuthorizationFailed",
    "ResourceNotFound",
    "ResourceGroupNotFound",
  ],
};

/** Kind, hours from the failure to the first retry (from, to), tries, and what then. */
export const HANDLING = {
  soon: { kind: "transient", fromHours: 0.01, toHours: 0.2, tries: 3, afterwards: "failing" },
  soonOnce: { kind: "transient", fromHours: 0.01, toHours: 0.2, tries: 1, afterwards: "needs-person" },
  hours: { kind: "transient", fromHours: 1, toHours: 2, tries: 3, afterwards: "failing" },
  hoursOnce: { kind: "transient", fromHours: 1, toHours: 2, tries: 1, afterwards: "needs-person" },
  hoursThenPerson: { kind: "transient", fromHours: 1, toHours: 2, tries: 3, afterwards: "needs-person" },
  offPeak: { kind: "transient", fromHours: 4, toHours: 4, tries: 3, afterwards: "failing" },
  dayOnce: { kind: "transient", fromHours: 24, toHours: 24, tries: 1, afterwards: "failing" },
  throttled: { kind: "throttled", fromHours: 0.01, toHours: 0.2, tries: 3, afterwards: "failing" },
  conflict: { kind: "conflict", fromHours: 0.5, toHours: 0.5, tries: 3, afterwards: "failing" },
  selfHealing: { kind: "self-healing", fromHours: 0, toHours: 0, tries: 0, afterwards: "failing" },
  needsPerson: { kind: "needs-person", fromHours: 0, toHours: 0, tries: 0, afterwards: "needs-person" },
} as const;
