/** A report as a bad day of a large estate leaves it: many vaults, a few causes with hundreds of items each, gaps, and a run before it. The same for the same number. */
import { CATALOGUE } from "../../../src/policy/catalogue/catalogue.ts";
import type { AttemptReport, GapReport, ItemReport, RunReport } from "../../../src/policy/report.ts";
import { at, attemptReport, coverageReport, itemReport, runReport } from "../../support/report-fixture.ts";

const VAULTS = 60;
const VM_ROWS = CATALOGUE.filter(({ workloads }) => workloads === "all" || workloads.includes("AzureIaasVM"));
const PERSON = VM_ROWS.filter(({ kind }) => kind === "needs-person");
const PASSING = VM_ROWS.filter(({ kind }) => kind === "transient");

export function largeReport(items: number): RunReport {
  const all = Array.from({ length: items }, (_, index) => itemAt(index));
  return runReport(all, {
    coverage: coverageReport({ complete: true }),
    gaps: { total: 40, unknown: 3, items: Array.from({ length: 40 }, (_, index) => gapAt(index)) },
    changes: {
      previousRunId: "daily-20261119t1300",
      previousStartedAt: at(-1_440),
      newlyFailing: all.filter(({ openRuns }) => openRuns === 1).length,
      stillFailing: all.filter(({ openRuns = 0 }) => openRuns > 1).length,
      recovered: 90,
      gone: 4,
      recoveredItems: Array.from({ length: 90 }, (_, index) => ({
        item: `vm-back-${index}`,
        vault: vaultAt(index),
        since: at(-4_000),
        runs: 1 + (index % 5),
      })),
      goneItems: Array.from({ length: 4 }, (_, index) => ({
        item: `vm-gone-${index}`,
        vault: vaultAt(index),
        since: at(-9_000),
        runs: 3,
      })),
    },
  });
}

function vaultAt(index: number): string {
  return `vault-${String(index % VAULTS).padStart(2, "0")}-weu`;
}

function itemAt(index: number): ItemReport {
  const item = `vm-${["app", "sql", "web", "erp", "build"][index % 5] ?? ""}-${String(index).padStart(5, "0")}`;
  const base = { item, vault: vaultAt(index * 7), failedAt: at(-900 + (index % 800)), lastRecoveryPoint: at(-1_800 - (index % 5_000)) };
  const start = 3 + (index % 300);
  if (index % 10 === 0) {
    // A few causes have most of the items.
    const row = PERSON[Math.floor(((index % 1_000) ** 2 / 1_000_000) * PERSON.length)] ?? PERSON[0];
    const open =
      index % 30 === 0 ? { openRuns: 2 + (index % 7), openSince: at(-6_000 - index) } : { openRuns: 1, openSince: base.failedAt };
    return itemReport({
      ...base,
      ...open,
      decision: "needs-person",
      errorCode: row?.code ?? "",
      reason: `${row?.code}: ${row?.meaning}`,
      advice: row?.advice ?? "",
      errorText: `The operation failed on ${item}. ${row?.meaning}`,
    });
  }
  const row = PASSING[index % PASSING.length];
  const code = { errorCode: row?.code ?? "", errorText: row?.meaning ?? "" };
  const failed: AttemptReport = attemptReport(1, start, start + 21, {
    status: "Failed",
    errorCode: "CloudInternalError",
    nextAt: at(start + 60),
    reason: "CloudInternalError: attempt 2 of 3.",
  });
  if (index % 50 === 1)
    return itemReport({
      ...base,
      ...code,
      openRuns: 1,
      openSince: base.failedAt,
      decision: "failing",
      reason: "3 of 3 attempts used; the last one failed with CloudInternalError.",
      advice: row?.advice ?? "",
      attempts: [
        failed,
        attemptReport(2, start + 60, start + 90, { status: "Failed" }),
        attemptReport(3, start + 150, start + 170, { status: "Failed" }),
      ],
    });
  if (index % 8 === 3)
    return itemReport({
      ...base,
      ...code,
      decision: "skipped",
      cause: "cured",
      reason: "A later backup succeeded (2026-11-20 07:40 UTC).",
    });
  const again = index % 4 === 1;
  return itemReport({
    ...base,
    ...code,
    reason: again ? "Retry 2 succeeded." : "The first retry succeeded.",
    attempts: again ? [failed, attemptReport(2, start + 60, start + 92)] : [attemptReport(1, start, start + 21 + (index % 30))],
  });
}

function gapAt(index: number): GapReport {
  const { item, itemId, vault, vaultId, subscriptionId, workload } = itemReport({ item: `vm-quiet-${index}`, vault: vaultAt(index) });
  const lastRecoveryPoint = at(-3_000 - index * 60);
  return {
    item,
    itemId,
    vault,
    vaultId,
    subscriptionId,
    workload,
    lastRecoveryPoint,
    objectiveHours: 30,
    objectiveFrom: "policy",
    policy: "daily",
    reason: "No recovery point since 2026-11-18 02:00 UTC; one at least every 30 h is expected (policy daily, and a quarter more).",
  };
}
