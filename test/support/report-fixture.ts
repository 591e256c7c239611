/** Reports of runs as they come out of the policy, made without a run. Always the same for the same arguments. */
import type { AttemptReport, CoverageReport, ItemReport, RunCounts, RunReport } from "../../src/policy/report.ts";
import type { Decision } from "../../src/policy/run.ts";

const START_MS = Date.parse("2026-11-20T13:00:00Z");
const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const ORDER: readonly Decision[] = ["needs-person", "failing", "running", "cancelled", "recovered", "planned", "skipped"];

/** Minutes after the run's start, as ISO. */
export function at(minutes: number): string {
  return new Date(START_MS + minutes * MINUTE).toISOString();
}

export function itemReport(overrides: Partial<ItemReport> = {}): ItemReport {
  const name = overrides.item ?? "vm-app-01";
  const vault = overrides.vault ?? "vault-weu";
  const subscriptionId = overrides.subscriptionId ?? "11111111-1111-1111-1111-111111111111";
  const vaultId = `/subscriptions/${subscriptionId}/resourceGroups/rg-backup/providers/Microsoft.RecoveryServices/vaults/${vault}`;
  return {
    item: name,
    itemId: `${vaultId}/backupFabrics/Azure/protectionContainers/c/protectedItems/${name}`,
    vault,
    vaultId,
    subscriptionId,
    workload: "AzureIaasVM",
    decision: "recovered",
    reason: "Attempt 1 succeeded.",
    errorCode: "ExtensionSnapshotFailedNoNetwork",
    errorKnown: true,
    failedJobs: 1,
    failedAt: at(-370),
    lastRecoveryPoint: at(-1_800),
    attempts: [],
    ...overrides,
  };
}

/** A backup of ours that ran from `start` to `end` (minutes after the run's start). */
export function attemptReport(attempt: number, start: number, end: number, overrides: Partial<AttemptReport> = {}): AttemptReport {
  const expiry = new Date(START_MS + start * MINUTE + 10 * DAY).toISOString();
  return {
    attempt,
    triggeredAt: at(start),
    endedAt: at(end),
    trigger: "accepted",
    jobId: `0f3c1d5e-77aa-4c1e-9a55-${String(100_000 + start * 10 + attempt).padStart(12, "0")}`,
    status: "Succeeded",
    expiryAsked: expiry,
    expirySent: expiry,
    ...overrides,
  };
}

/** Sorted and counted as a run does it. */
export function runReport(items: readonly ItemReport[], overrides: Partial<RunReport> = {}): RunReport {
  const sorted = [...items].sort((a, b) => ORDER.indexOf(a.decision) - ORDER.indexOf(b.decision));
  return {
    version: 1,
    runId: "daily-20261120t1300",
    status: "completed",
    origin: "schedule",
    request: {},
    dryRun: false,
    startedAt: at(0),
    endedAt: at(271),
    window: { from: at(-1_440), to: at(0) },
    counts: countsOf(sorted),
    calls: { graph: 9, management: 214, retried: 3 },
    coverage: coverageReport(),
    items: sorted,
    ...overrides,
  };
}

export function coverageReport(overrides: Partial<CoverageReport> = {}): CoverageReport {
  return {
    complete: true,
    subscriptions: [{ id: "11111111-1111-1111-1111-111111111111", name: "production", state: "seen", failedJobs: 31, items: 27 }],
    vaults: [
      {
        id: "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-backup/providers/Microsoft.RecoveryServices/vaults/vault-weu",
        name: "vault-weu",
        subscriptionId: "11111111-1111-1111-1111-111111111111",
        state: "read",
      },
    ],
    badRows: [],
    badRowCount: 0,
    notes: [],
    ...overrides,
  };
}

function accepted(item: ItemReport): number {
  return item.attempts.filter(({ trigger }) => trigger === "accepted").length;
}

function countsOf(items: readonly ItemReport[]): RunCounts {
  const of = (decision: Decision): number => items.filter((item) => item.decision === decision).length;
  return {
    found: items.reduce((sum, item) => sum + item.failedJobs, 0),
    items: items.length,
    recovered: of("recovered"),
    failing: of("failing") + of("needs-person"),
    needsPerson: of("needs-person"),
    skipped: of("skipped"),
    cancelled: of("cancelled"),
    running: of("running"),
    planned: of("planned"),
    retried: items.filter((item) => accepted(item) > 0).length,
    attempts: items.reduce((sum, item) => sum + accepted(item), 0),
  };
}

/** Names that try to get out of where they are shown. */
export const HOSTILE_NAMES: readonly string[] = [
  `<script>alert(1)</script>`,
  `"><img src=x onerror=alert(1)>`,
  `' onmouseover='alert(1)`,
  `</style></svg></title><h1>owned</h1>`,
  `<!-- --><![CDATA[ ]]>&amp;&lt;&#x27;`,
  `line\nbreak\r\nand\ttab`,
  `\u001b[31mred\u001b[0m\u001b]0;title\u0007\u001b[2J`,
  `\u009b31mC1`,
  `invoice\u202Efdp.exe`,
  `\u2066isolate\u2069 and \u200Bzero\u00ADwidth`,
  `lone\uD800surrogate`,
  `נתונים-שרת-01`,
  `サーバー０１バックアップ`,
  `e\u0301\u0302 combining 👩‍💻 family`,
  "w".repeat(256),
  "長".repeat(256),
  `{{7*7}}\${alert(1)}javascript:alert(1)`,
];
