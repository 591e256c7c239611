/** Protected items without a recovery point in time, over the whole app: found by the shipped query, reported, and retried when asked. */
import { describe, expect, it } from "vitest";
import { carryOut, estateOf, failedJob, simulateRun, withSimulatedApp } from "../support/simulated-run.ts";

const healthy = { name: "vm-healthy", lastRecoveryPoint: "-14h", jobs: [{ status: "Completed", start: "-14h", end: "-13h" }] };
const failed = {
  name: "vm-failed",
  lastRecoveryPoint: "-40h",
  jobs: [failedJob("BackUpOperationFailed")],
  next: [{ status: "Completed", after: "20m" }],
};
const old = { name: "vm-old", lastRecoveryPoint: "-80h" };
const never = { name: "vm-never", protectionState: "IRPending" };
const stopped = { name: "vm-stopped", lastRecoveryPoint: "-800h", protectionState: "ProtectionStopped" };
const deleted = { name: "vm-deleted", lastRecoveryPoint: "-800h", softDeleted: true };

const namesOf = (gaps: { readonly items: readonly { readonly item: string }[] } | undefined) => gaps?.items.map(({ item }) => item);

describe("gaps", () => {
  it("F4: names protected items without a recovery point in time, apart from failed jobs", async () => {
    const { report, items } = await simulateRun(estateOf([healthy, failed, old, never, stopped, deleted]));
    expect(namesOf(report.gaps)).toEqual(["vm-never", "vm-old"]);
    expect(report.gaps?.items[1]).toMatchObject({
      vault: "vault-weu",
      lastRecoveryPoint: "2026-11-17T05:00:00.000Z",
      objectiveHours: 24,
      objectiveFrom: "default",
      reason: expect.stringContaining("No recovery point since 2026-11-17 05:00 UTC; one at least every 24 h is expected") as string,
    });
    expect(report.gaps?.items[0]?.reason).toContain("No recovery point at all");
    expect(report.counts).toMatchObject({ found: 1, items: 1, recovered: 1, gaps: 2 });
    expect(report.items.map(({ item }) => item)).toEqual(["vm-failed"]);
    // Nothing is sent for what nobody asked to retry.
    expect(items.get("vm-old")?.backupsAccepted).toBe(0);
  });

  it("F4: an item may be as old as its policy's interval and a quarter more", async () => {
    const policies = [
      { name: "four-hours", intervalHours: 4 },
      { name: "daily", intervalHours: 24 },
      { name: "weekly", intervalHours: 168 },
      { name: "unreadable" },
    ];
    const vms = [
      { name: "h4-in", policy: "four-hours", lastRecoveryPoint: "-4h50m" },
      { name: "h4-out", policy: "four-hours", lastRecoveryPoint: "-5h10m" },
      { name: "d-in", policy: "daily", lastRecoveryPoint: "-29h" },
      { name: "d-out", policy: "daily", lastRecoveryPoint: "-31h" },
      { name: "w-in", policy: "weekly", lastRecoveryPoint: "-209h" },
      { name: "w-out", policy: "weekly", lastRecoveryPoint: "-211h" },
      { name: "u-in", policy: "unreadable", lastRecoveryPoint: "-23h" },
      { name: "u-out", policy: "unreadable", lastRecoveryPoint: "-25h" },
    ];
    const estate = estateOf(vms, {}, { policies });
    const { report } = await simulateRun(estate);
    expect(namesOf(report.gaps)?.sort()).toEqual(["d-out", "h4-out", "u-out", "w-out"]);
    const set = await simulateRun(estate, {}, { REPRISE_GAP_OBJECTIVE: "30h" });
    expect(namesOf(set.report.gaps)?.sort()).toEqual(["d-out", "w-in", "w-out"]);
  });

  it("F4: databases and Backup vaults by their own kinds of policy; what no row tells is counted as unknown", async () => {
    const estate = estateOf(
      [{ name: "orders", workload: "SQLDataBase", policy: "sql", lastRecoveryPoint: "-200h" }],
      {},
      { policies: [{ name: "sql", intervalHours: 168 }] },
    );
    const vaults = (estate.subscriptions as { vaults: unknown[] }[])[0]?.vaults;
    const disk = (name: string, more: object) => ({ name, workload: "AzureDisk", resourceGroup: "rg-app", policy: "disks", ...more });
    vaults?.push({
      name: "bv",
      kind: "DataProtection",
      resourceGroup: "rg-backup",
      policies: [{ name: "disks", intervalHours: 24 }],
      items: [disk("disk-done", { jobs: [{ status: "Succeeded", start: "-20h", end: "-19h" }] }), disk("disk-silent", {})],
    });
    const { report } = await simulateRun(estate);
    expect(report.gaps).toMatchObject({ total: 0, unknown: 1 });
  });

  it("F4: looks only where the run was asked to look", async () => {
    const { report } = await simulateRun(estateOf([old, never]), { items: ["vm-n*"] }, {});
    expect(namesOf(report.gaps)).toEqual(["vm-never"]);
    const excluded = await simulateRun(estateOf([old, never]), {}, { REPRISE_EXCLUDE_ITEMS: "vm-old" });
    expect(namesOf(excluded.report.gaps)).toEqual(["vm-never"]);
  });

  it("F4 F5: retryGaps backs such an item up like a failed one, and says why", async () => {
    const run = await simulateRun(estateOf([healthy, failed, old]), { retryGaps: true });
    const { report, items } = run;
    expect(run.decision("vm-old")).toMatchObject({
      decision: "recovered",
      reason:
        "No recovery point since 2026-11-17 05:00 UTC; one at least every 24 h is expected (the schedule of policy DefaultPolicy cannot be read). The first retry succeeded.",
      failedJobs: 0,
      gap: { objectiveHours: 24 },
    });
    expect(run.decision("vm-old").errorCode).toBeUndefined();
    expect(items.get("vm-old")?.backupsAccepted).toBe(1);
    expect(items.get("vm-healthy")?.backupsAccepted).toBe(0);
    expect(report.counts).toMatchObject({ found: 1, items: 2, recovered: 2, gaps: 1 });
    expect(report.gaps?.items[0]?.decision).toBe("recovered");
  });

  it("F4: a retried gap whose backup fails is then decided by its error", async () => {
    const next = [{ status: "Failed", after: "10m", errorCode: "UserErrorGuestAgentStatusUnavailable" }];
    const run = await simulateRun(estateOf([{ ...old, next }]), {}, { REPRISE_RETRY_GAPS: "true" });
    expect(run.decision("vm-old")).toMatchObject({ decision: "needs-person", errorCode: "UserErrorGuestAgentStatusUnavailable" });
    expect(run.items.get("vm-old")?.backupsAccepted).toBe(1);
  });

  it("F4 C18: a backup that the vault shows and Resource Graph does not is a skip, a newer failure brings its own code", async () => {
    const stale = [{ on: "graph", do: "stale", seconds: 14_400 }];
    const cured = { ...old, jobs: [{ status: "Completed", start: "-2h", end: "-1h" }] };
    const run = await simulateRun(estateOf([cured], { faults: stale }), { retryGaps: true });
    expect(run.decision("vm-old")).toMatchObject({ decision: "skipped", cause: "cured" });
    const person = { ...old, jobs: [failedJob("UserErrorGuestAgentStatusUnavailable", "-2h", "-1h")] };
    const second = await simulateRun(estateOf([person], { faults: stale }), { retryGaps: true });
    expect(second.decision("vm-old")).toMatchObject({ decision: "needs-person", errorCode: "UserErrorGuestAgentStatusUnavailable" });
    expect(second.items.get("vm-old")?.backupsAccepted).toBe(0);
  });

  it("F4: a dry run plans gaps and sends nothing", async () => {
    const run = await simulateRun(estateOf([old]), { retryGaps: true, dryRun: true });
    expect(run.decision("vm-old")).toMatchObject({
      decision: "planned",
      reason: expect.stringContaining("No failed job says why; backup at once.") as string,
    });
    expect(run.items.get("vm-old")?.backupsAccepted).toBe(0);
  });
});

describe("what changed since the run before", () => {
  it("C15: says what is new, what still fails for how many runs, and what recovered", async () => {
    const person = { name: "vm-person", lastRecoveryPoint: "-40h", jobs: [failedJob("UserErrorGuestAgentStatusUnavailable")] };
    await withSimulatedApp(estateOf([person, failed]), async (app) => {
      const first = await carryOut(app, { runId: "first" });
      expect(first.report.changes).toBeUndefined();
      expect(first.decision("vm-person")).toMatchObject({ openRuns: 1, openSince: "2026-11-20T07:10:00.000Z" });
      const other = await carryOut(app, { runId: "other-scope", items: ["vm-person"] });
      expect(other.report.changes).toBeUndefined();
      await carryOut(app, { runId: "looked-only", dryRun: true });
      const second = await carryOut(app, { runId: "second" });
      expect(second.report.changes).toMatchObject({ previousRunId: "first", newlyFailing: 0, stillFailing: 1, recovered: 0, gone: 0 });
      expect(second.decision("vm-person")).toMatchObject({ openRuns: 2, openSince: "2026-11-20T07:10:00.000Z" });
      const forced = await carryOut(app, { runId: "forced", items: ["vm-person"], force: true });
      expect(forced.decision("vm-person").decision).toBe("recovered");
      expect(forced.report.changes).toMatchObject({ previousRunId: "other-scope", recovered: 1 });
      const third = await carryOut(app, { runId: "third" });
      expect(third.report.changes).toMatchObject({ previousRunId: "second", newlyFailing: 0, stillFailing: 0, recovered: 1 });
      expect(third.report.changes?.recoveredItems[0]).toMatchObject({ item: "vm-person", runs: 2 });
    });
  });
});
