/** A report with every decision, as a day's run over some vaults leaves it: about forty items. */
import type { AttemptReport, CoverageReport, ItemReport, RunReport } from "../../../src/policy/report.ts";
import { at, attemptReport, coverageReport, itemReport, runReport } from "../../support/report-fixture.ts";

const DAY_MINUTES = 1_440;

export function realisticReport(overrides: Partial<RunReport> = {}): RunReport {
  return runReport([...person(), ...failing(), ...recovered(), ...skipped()], {
    coverage: coverageReport({
      complete: false,
      subscriptions: [
        { id: "11111111-1111-1111-1111-111111111111", name: "production", state: "seen", failedJobs: 41, items: 33 },
        { id: "22222222-2222-2222-2222-222222222222", name: "shared services", state: "seen", failedJobs: 9, items: 9 },
        { id: "33333333-3333-3333-3333-333333333333", name: "sandbox", state: "no-backup-rows", failedJobs: 0, items: 0 },
        { id: "44444444-4444-4444-4444-444444444444", state: "not-visible", failedJobs: 0, items: 0 },
      ],
      vaults: [
        vaultReport("vault-weu", { state: "read" }),
        vaultReport("vault-neu", { state: "read" }),
        vaultReport("vault-sap", { state: "read" }),
        vaultReport("vault-archive", { state: "not-needed" }),
        vaultReport("vault-finance", { state: "forbidden", problem: "403 AuthorizationFailed for backupJobs/read" }),
      ],
      badRows: [{ id: "/subscriptions/2222/…/backupJobs/9d1", problem: "startTime is missing" }],
      badRowCount: 1,
      notes: ["Resource Graph answered 12 min behind the vaults; later successes were read from the vaults themselves."],
    }),
    request: { sinceMs: DAY_MINUTES * 60_000, maxAttempts: 3, expiryDays: 10 },
    ...overrides,
  });
}

type VaultReport = CoverageReport["vaults"][number];

function vaultReport(name: string, state: Pick<VaultReport, "state" | "problem">): VaultReport {
  const subscriptionId = "11111111-1111-1111-1111-111111111111";
  const id = `/subscriptions/${subscriptionId}/resourceGroups/rg-backup/providers/Microsoft.RecoveryServices/vaults/${name}`;
  return { id, name, subscriptionId, ...state };
}

function person(): readonly ItemReport[] {
  const agent = {
    decision: "needs-person",
    reason: "The VM agent does not answer; a retry runs into the same wall.",
    advice:
      "Start the VM agent (Windows: service “Windows Azure Guest Agent”; Linux: walinuxagent) and check that it can reach 168.63.129.16.",
    errorCode: "UserErrorGuestAgentStatusUnavailable",
    errorText: "The VM agent is unable to communicate with the Azure Backup Service.",
  } as const;
  const hana = {
    vault: "vault-sap",
    workload: "SAPHanaDatabase",
    decision: "needs-person",
    reason: "The password of the backup user is expired.",
    advice: "Set a new password for the backup user in hdbuserstore, then run the pre-registration script again.",
    errorCode: "UserErrorDatabaseUserPasswordExpired",
  } as const;
  return [
    ...["vm-sql-01", "vm-sql-02", "vm-legacy-erp"].map((item, index) =>
      itemReport({ ...agent, item, failedAt: at(-700 + index * 9), lastRecoveryPoint: at(-3_000 - index * 1_440) }),
    ),
    itemReport({ ...agent, item: "vm-build-07", vault: "vault-neu", failedAt: at(-340), failedJobs: 2 }),
    itemReport({ ...hana, item: "HXE/SYSTEMDB" }),
    itemReport({ ...hana, item: "HXE/PRD" }),
  ];
}

function failing(): readonly ItemReport[] {
  const code = "GuestAgentSnapshotTaskStatusError";
  const failed = { status: "Failed", errorCode: code } as const;
  return [
    itemReport({
      item: "vm-web-03",
      decision: "failing",
      reason: "3 attempts failed alike.",
      advice: "Check for disk pressure or an antivirus that holds the snapshot back, then look at the log of the snapshot extension.",
      errorCode: code,
      attempts: [
        attemptReport(1, 4, 31, { ...failed, nextAt: at(52), reason: "The snapshot state may come late: one more try." }),
        attemptReport(2, 52, 80, { ...failed, nextAt: at(122) }),
        attemptReport(3, 122, 150, failed),
      ],
    }),
    itemReport({
      item: "disk-data-17",
      vault: "bvault-weu",
      workload: "AzureDisk",
      decision: "failing",
      reason: "An unknown code gets one retry; it failed again.",
      errorCode: "UserErrorSnapshotTierUnavailable",
      errorText: "The requested snapshot tier is not available in this zone.",
      errorKnown: false,
      attempts: [attemptReport(1, 62, 70, { status: "Failed", errorCode: "UserErrorSnapshotTierUnavailable", expirySent: "tag Default" })],
    }),
    itemReport({
      item: "share-home",
      workload: "AzureFileShare",
      decision: "running",
      reason: "Its backup still ran when the run ended.",
      attempts: [running(1, 214)],
    }),
    itemReport({
      item: "vm-batch-11",
      decision: "cancelled",
      reason: "Cancelled in the portal while it ran.",
      attempts: [attemptReport(1, 6, 33, { status: "Cancelled" })],
    }),
  ];
}

function running(attempt: number, start: number): AttemptReport {
  const { endedAt: _, ...rest } = attemptReport(attempt, start, start, { status: "running" });
  return rest;
}

function recovered(): readonly ItemReport[] {
  const items: ItemReport[] = [];
  for (let index = 0; index < 16; index += 1) {
    const start = 3 + ((index * 7) % 20);
    const again = index % 4 === 1;
    const first = attemptReport(
      1,
      start,
      start + 21 + index,
      again ? { status: "Failed", errorCode: "VMSnapshotThrottled", nextAt: at(start + 60 + index * 4) } : {},
    );
    const second = attemptReport(2, start + 60 + index * 4, start + 92 + index * 5);
    items.push(
      itemReport({
        item: `vm-app-${String(index + 1).padStart(2, "0")}`,
        vault: index % 3 === 0 ? "vault-neu" : "vault-weu",
        failedAt: at(-900 + index * 41),
        reason: again ? "Attempt 2 succeeded." : "Attempt 1 succeeded.",
        attempts: again ? [first, second] : [first],
      }),
    );
  }
  items.push(
    itemReport({
      item: "SQL2019/Orders",
      workload: "SQLDataBase",
      reason: "Attempt 1 succeeded.",
      errorCode: "UserErrorVMInternetConnectivityIssue",
      attempts: [attemptReport(1, 18, 47, { expirySent: at(18 + 45 * DAY_MINUTES) })],
    }),
    itemReport({
      item: "vm-followed",
      reason: "The backup that ran already succeeded.",
      attempts: [attemptReport(1, -12, 24, { trigger: "adopted" })],
    }),
    itemReport({
      item: "share-profiles",
      workload: "AzureFileShare",
      reason: "Attempt 2 succeeded.",
      errorCode: "BMSUserErrorObjectLocked",
      attempts: [
        {
          attempt: 1,
          triggeredAt: at(9),
          endedAt: at(9),
          trigger: "refused",
          status: "refused",
          errorCode: "BMSUserErrorObjectLocked",
          nextAt: at(74),
          reason: "Another operation held the share.",
        },
        attemptReport(2, 74, 96),
      ],
    }),
  );
  return items;
}

function skipped(): readonly ItemReport[] {
  const cured = { decision: "skipped", cause: "cured", reason: "A backup succeeded at 11:02, after the failure." } as const;
  return [
    ...["vm-dc-01", "vm-dc-02", "vm-print", "vm-jump"].map((item) => itemReport({ ...cured, item, vault: "vault-neu" })),
    itemReport({
      item: "laptop-mueller",
      workload: "MAB",
      decision: "skipped",
      cause: "unsupported",
      reason: "On-premises agents start their own backups; the service has no request for it.",
    }),
    itemReport({ item: "vm-held", decision: "skipped", cause: "claimed", reason: "Run night-20261119t2200 takes care of it until 20:00." }),
    itemReport({
      item: "vm-paused",
      decision: "skipped",
      cause: "cancelled-by-person",
      reason: "The newest backup was cancelled by a person at 12:14.",
    }),
    itemReport({
      item: "HXE/QAS",
      vault: "vault-sap",
      workload: "SAPHanaDatabase",
      decision: "skipped",
      cause: "self-healing",
      reason: "The service runs a full backup by itself.",
      errorCode: "UserErrorHANALSNValidationFailure",
    }),
  ];
}
