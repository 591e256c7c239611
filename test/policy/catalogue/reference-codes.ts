/** The codes of Azure VM backups and of every workload that the published pages describe, by how they have to be handled. */
export const VM_CODES = {
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

export const GENERAL_CODES = {
  soon: ["CloudInternalError", "Http500", "Http502", "Http503", "Http504"],
  throttled: ["Http429"],
  conflict: ["BMSUserErrorObjectLocked"],
  needsPerson: [
    "UserErrorInvalidRequestParameter",
    "AuthorizationFailed",
    "LinkedAuthorizationFailed",
    "ResourceNotFound",
    "ResourceGroupNotFound",
  ],
} as const;

/** Kind, hours from the failure to the first retry (from, to), tries, and what then. */
export const HANDLING = {
  soon: { kind: "transient", fromHours: 0.01, toHours: 0.2, tries: 3, afterwards: "failing" },
  soonOnce: { kind: "transient", fromHours: 0.01, toHours: 0.2, tries: 1, afterwards: "needs-person" },
  hours: { kind: "transient", fromHours: 1, toHours: 2, tries: 3, afterwards: "failing" },
  hoursOnce: { kind: "transient", fromHours: 1, toHours: 2, tries: 1, afterwards: "needs-person" },
  hoursThenPerson: { kind: "transient", fromHours: 1, toHours: 2, tries: 3, afterwards: "needs-person" },
  offPeak: { kind: "transient", fromHours: 4, toHours: 4, tries: 3, afterwards: "failing" },
  throttled: { kind: "throttled", fromHours: 0.01, toHours: 0.2, tries: 3, afterwards: "failing" },
  conflict: { kind: "conflict", fromHours: 0.5, toHours: 0.5, tries: 3, afterwards: "failing" },
  needsPerson: { kind: "needs-person", fromHours: 0, toHours: 0, tries: 0, afterwards: "needs-person" },
} as const;
