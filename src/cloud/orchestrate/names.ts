/** The names under which orchestrators, activities and events are registered. They stand in recorded histories: never rename one in use. */
export const orchestrators = {
  run: "repriseRun",
  vaultGroup: "repriseVaultGroup",
  vault: "repriseVault",
  page: "reprisePage",
  item: "repriseItem",
  watcher: "repriseWatcher",
} as const;

export const activities = {
  find: "repriseFind",
  plan: "reprisePlan",
  listVaults: "repriseListVaults",
  checkVault: "repriseCheckVault",
  startWatcher: "repriseStartWatcher",
  watchVault: "repriseWatchVault",
  closeVault: "repriseCloseVault",
  claimItem: "repriseClaimItem",
  trigger: "repriseTrigger",
  adopt: "repriseAdopt",
  followOperation: "repriseFollowOperation",
  endAttempt: "repriseEndAttempt",
  settleItem: "repriseSettleItem",
  report: "repriseReport",
} as const;

export const events = {
  /** The attempt is in the name, the job in the payload: a duplicate or late event is recognised. */
  jobEnded: (attempt: number) => `job-ended-${attempt}`,
  /** Ends a wait between attempts. */
  cancelled: "cancelled",
} as const;

/** Ids of instances: at most 100 characters, none of `/ \ # ?`. Children's ids contain the run's. */
export const instances = {
  run: (runId: string) => runId,
  vaultGroup: (runId: string, group: number) => `${runId}.g${group}`,
  vault: (runId: string, vault: string) => `${runId}.${vault}`,
  page: (runId: string, vault: string, page: number) => `${runId}.${vault}.${page}`,
  item: (runId: string, vault: string, page: number, index: number) => `${runId}.${vault}.${page}.${index}`,
  watcher: (runId: string, vault: string) => `${runId}.${vault}.watch`,
} as const;
