import { describe, expect, it } from "vitest";
import { estateOf, failedJob, simulateRun } from "../support/simulated-run.ts";

const DAY_MS = 86_400_000;

describe("the main job", () => {
  it("C6 C7 C8: retries with an expiry of ten days until a backup succeeds", async () => {
    const run = await simulateRun(
      estateOf([
        {
          name: "vm-a",
          jobs: [failedJob("ExtensionSnapshotFailedNoNetwork")],
          next: [
            { status: "Failed", after: "20m", errorCode: "BackUpOperationFailed" },
            { status: "Completed", after: "45m" },
          ],
        },
      ]),
    );
    const item = run.decision("vm-a");
    expect(item).toMatchObject({
      decision: "recovered",
      attempts: [{ status: "Failed", errorCode: "BackUpOperationFailed" }, { status: "Succeeded" }],
    });
    for (const attempt of item.attempts) {
      expect(Date.parse(attempt.expirySent ?? "") - Date.parse(attempt.triggeredAt ?? "")).toBeCloseTo(10 * DAY_MS, -5);
      expect(attempt.expirySent).toBe(attempt.expiryAsked);
    }
    // The simulator was asked for the same.
    expect(
      run.items
        .get("vm-a")
        ?.jobs.filter(({ userTriggered }) => userTriggered)
        .map(({ expiry }) => expiry?.slice(0, 10)),
    ).toEqual(["2026-11-30", "2026-11-30"]);
    expect(run.report.counts).toMatchObject({ found: 1, items: 1, recovered: 1, retried: 1, attempts: 2 });
  });

  it("C7: three attempts, the failed scheduled job not counted, with growing waits", async () => {
    const run = await simulateRun(
      estateOf([
        {
          name: "vm-a",
          jobs: [failedJob("BackUpOperationFailed")],
          next: [{ status: "Failed", after: "10m", errorCode: "BackUpOperationFailed" }],
        },
      ]),
    );
    const item = run.decision("vm-a");
    expect(item.decision).toBe("failing");
    expect(item.attempts).toHaveLength(3);
    expect(run.items.get("vm-a")?.backupsAccepted).toBe(3);
    const waits = item.attempts.slice(0, 2).map((attempt) => Date.parse(attempt.nextAt ?? "") - Date.parse(attempt.endedAt ?? ""));
    expect(waits[1]).toBeGreaterThan(waits[0] ?? Number.POSITIVE_INFINITY);
  });

  it("C7: the number of attempts is a setting and a field of the request", async () => {
    const item = {
      name: "vm-a",
      jobs: [failedJob("BackUpOperationFailed")],
      next: [{ status: "Failed", after: "10m", errorCode: "BackUpOperationFailed" }],
    };
    const run = await simulateRun(estateOf([item]), { maxAttempts: 2 });
    expect(run.decision("vm-a")).toMatchObject({ decision: "failing", reason: expect.stringContaining("2 of 2 attempts used") as string });
    expect(run.items.get("vm-a")?.backupsAccepted).toBe(2);
  });

  it("C5: several failed jobs of an item are one retry", async () => {
    const run = await simulateRun(
      estateOf([
        {
          name: "vm-a",
          jobs: [
            failedJob("BackUpOperationFailed", "-20h", "-19h"),
            failedJob("BackUpOperationFailed"),
            failedJob("BackUpOperationFailed", "-3h", "-2h"),
          ],
        },
      ]),
    );
    expect(run.report.counts).toMatchObject({ found: 3, items: 1, attempts: 1 });
    expect(run.items.get("vm-a")?.backupsAccepted).toBe(1);
  });

  it("C4 C5 C8 C9: leaves alone what a retry does not help, each with its reason", async () => {
    const later = (status: string, start = "-2h", end?: string) => ({
      status,
      start,
      ...(end !== undefined && { end }),
      operation: "Backup",
      userTriggered: false,
    });
    const run = await simulateRun(
      estateOf([
        { name: "cured", jobs: [failedJob("BackUpOperationFailed"), later("CompletedWithWarnings", "-2h", "-1h")] },
        { name: "running", jobs: [failedJob("BackUpOperationFailed"), later("InProgress")] },
        { name: "cancelled", jobs: [failedJob("BackUpOperationFailed"), later("Cancelled", "-2h", "-1h")] },
        { name: "person", jobs: [failedJob("UserErrorFsFreezeFailed")] },
        { name: "stopped", protectionState: "ProtectionStopped", jobs: [failedJob("BackUpOperationFailed")] },
        { name: "deleted", softDeleted: true, jobs: [failedJob("BackUpOperationFailed")] },
        { name: "laptop", workload: "MAB", jobs: [failedJob("BackUpOperationFailed")] },
        { name: "restored", jobs: [{ ...failedJob("BackUpOperationFailed"), operation: "Restore" }] },
      ]),
    );
    expect(Object.fromEntries(run.report.items.map(({ item, decision, cause }) => [item, cause ?? decision]))).toEqual({
      cured: "cured",
      running: "running",
      cancelled: "cancelled-by-person",
      person: "needs-person",
      stopped: "not-protected",
      deleted: "not-protected",
      laptop: "unsupported",
    });
    expect([...run.items.values()].every(({ backupsAccepted }) => backupsAccepted === 0)).toBe(true);
    for (const item of run.report.items) expect(item.reason.length, `F5: ${item.item} has a reason`).toBeGreaterThan(20);
    expect(run.decision("person").advice).toBeTruthy();
  });

  it("C8: an unknown code is tried once after an hour and listed", async () => {
    const run = await simulateRun(
      estateOf([
        {
          name: "vm-a",
          jobs: [failedJob("BrandNewError", "-20m", "-10m")],
          next: [{ status: "Failed", after: "10m", errorCode: "BrandNewError" }],
        },
      ]),
    );
    const item = run.decision("vm-a");
    expect(item).toMatchObject({ decision: "failing", errorKnown: false, errorCode: "BrandNewError" });
    expect(item.attempts).toHaveLength(1);
    expect(Date.parse(item.attempts[0]?.triggeredAt ?? "")).toBeGreaterThan(Date.parse("2026-11-20T13:30:00Z"));
  });

  it("C8: with --force and the item named, what needs a person is retried", async () => {
    const estate = estateOf([
      { name: "vm-a", jobs: [failedJob("UserErrorFsFreezeFailed")] },
      { name: "vm-b", jobs: [failedJob("UserErrorFsFreezeFailed")] },
    ]);
    const run = await simulateRun(estate, { items: ["vm-a"], force: true });
    expect(run.report.counts).toMatchObject({ found: 1, items: 1, recovered: 1 });
    expect(run.items.get("vm-b")?.backupsAccepted).toBe(0);
  });

  it("a dry run reads, plans and sends nothing", async () => {
    const run = await simulateRun(
      estateOf([
        { name: "vm-a", jobs: [failedJob("BackUpOperationFailed")] },
        { name: "vm-b", jobs: [failedJob("UserErrorFsFreezeFailed")] },
      ]),
      { dryRun: true },
    );
    expect(run.report.counts).toMatchObject({ items: 2, planned: 1, needsPerson: 1, attempts: 0 });
    expect(run.log.filter(({ method, path }) => method === "POST" && path.includes("/backup"))).toEqual([]);
  });

  it("C4: filters by tag of the source, vault, resource group and pattern", async () => {
    const estate = estateOf([
      { name: "vm-gold-1", tags: { tier: "gold" }, jobs: [failedJob("BackUpOperationFailed")] },
      { name: "vm-iron-1", tags: { tier: "iron" }, jobs: [failedJob("BackUpOperationFailed")] },
    ]);
    expect((await simulateRun(estate, { tags: { tier: "gold" } })).report.items.map(({ item }) => item)).toEqual(["vm-gold-1"]);
    expect(
      (await simulateRun(estate, { items: ["*-IRON-*"], vaults: ["vault-*"], resourceGroups: ["RG-BACKUP"] })).report.items.map(
        ({ item }) => item,
      ),
    ).toEqual(["vm-iron-1"]);
    expect((await simulateRun(estate, { vaults: ["other"] })).report.counts).toMatchObject({ found: 0, items: 0 });
  });

  it("C15: nothing failed ends in a report as well", async () => {
    const run = await simulateRun(
      estateOf([{ name: "vm-a", jobs: [{ status: "Completed", start: "-6h", end: "-5h", operation: "Backup", userTriggered: false }] }]),
    );
    expect(run.report).toMatchObject({ status: "completed", counts: { found: 0, items: 0 }, coverage: { complete: true } });
  });
});
