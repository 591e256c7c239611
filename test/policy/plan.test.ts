import { describe, expect, it } from "vitest";
import type { Candidate } from "../../src/policy/candidate.ts";
import { classify } from "../../src/policy/catalogue/catalogue.ts";
import { planItem, type PlanDecision, type Protection } from "../../src/policy/plan.ts";
import type { RunRules } from "../../src/policy/run.ts";
import { candidateOf, hours, job, NOW, RULES } from "../support/jobs.ts";

const failed = (symbol = "ExtensionSnapshotFailedNoNetwork", more = {}) => job("Failed", -6, -5, { error: { symbol }, ...more });

function plan(
  candidate: Candidate,
  change: { rules?: Partial<RunRules>; protection?: Protection; supported?: boolean; deadlineMs?: number } = {},
): PlanDecision {
  return planItem({
    candidate,
    protection: change.protection,
    verdict: classify(candidate.failed.error, candidate.workload),
    supported: change.supported ?? true,
    rules: { ...RULES, ...change.rules },
    nowMs: NOW,
    deadlineMs: change.deadlineMs ?? hours(22),
    jitterSeed: "run/item",
  });
}

describe("planning an item", () => {
  it("C5: starts what failed last, at once when the reason is likely gone", () => {
    expect(plan(candidateOf(failed()))).toMatchObject({ kind: "start", notBeforeMs: NOW, lookFirst: false });
  });

  it("C8: a retry waits until the code's first delay has passed since the failure", () => {
    const fresh = candidateOf(job("Failed", -1, -0.1, { error: { symbol: "CopyingVHDsFromBackUpVaultTakingLongTime" } }));
    const decision = plan(fresh);
    expect(decision.kind === "start" && decision.notBeforeMs).toBeGreaterThan(hours(1));
  });

  it("C5: a later success is a skip", () => {
    expect(plan(candidateOf(failed(), job("Succeeded", -2, -1)))).toMatchObject({ kind: "skip", cause: "cured" });
  });

  it("C5: a running job means wait, not retry", () => {
    expect(plan(candidateOf(failed(), job("Started", -1)))).toMatchObject({ kind: "skip", cause: "running" });
  });

  it("C5: Cancelled as the newest means that a person decided", () => {
    expect(plan(candidateOf(failed(), job("Cancelled", -2, -1)))).toMatchObject({ kind: "skip", cause: "cancelled-by-person" });
    expect(plan(candidateOf(job("Cancelled", -9, -8), failed()))).toMatchObject({ kind: "start" });
  });

  it("C5: a status that is not known to have ended is not retried over", () => {
    expect(plan(candidateOf(failed(), job("Paused", -2)))).toMatchObject({ kind: "skip", cause: "unknown-status" });
  });

  it("C8: what needs a person is not retried, unless it is named and forced", () => {
    const candidate = candidateOf(failed("UserErrorGuestAgentStatusUnavailable"));
    expect(plan(candidate)).toMatchObject({ kind: "needs-person" });
    expect(plan(candidate, { rules: { force: true } })).toMatchObject({ kind: "start", notBeforeMs: NOW });
  });

  it("C8: what the service repairs by itself is watched, never triggered, also when forced", () => {
    const candidate = candidateOf(failed("UserErrorHANALSNValidationFailure", { workload: "SAPHanaDatabase" }));
    const rules = { enabledWorkloads: ["SAPHanaDatabase"], force: true };
    expect(plan(candidate, { rules })).toMatchObject({ kind: "skip", cause: "self-healing" });
  });

  it("C8: a conflict looks for the running operation first", () => {
    expect(plan(candidateOf(failed("UserErrorBackupOperationInProgress")))).toMatchObject({ kind: "start", lookFirst: true });
  });

  it("C8: an unknown code is tried once, an hour after the failure", () => {
    const decision = plan(candidateOf(job("Failed", -1, -0.5, { error: { symbol: "SomethingNew" } })));
    expect(decision.kind === "start" && decision.notBeforeMs).toBeGreaterThan(NOW);
    expect(decision.reason).toContain("SomethingNew");
  });

  it("C9: items of on-premises agents are skipped with that reason", () => {
    for (const workload of ["MAB", "DPM", "AzureBackupServer"])
      expect(plan(candidateOf(failed("X", { workload })))).toMatchObject({ kind: "skip", cause: "unsupported" });
  });

  it("C4: a workload that the settings do not list is skipped", () => {
    expect(plan(candidateOf(failed()), { rules: { enabledWorkloads: ["AzureFileShare"] } })).toMatchObject({
      kind: "skip",
      cause: "excluded",
    });
    expect(plan(candidateOf(failed()), { supported: false })).toMatchObject({ kind: "skip", cause: "unsupported" });
  });

  it("excluded vaults and items are skipped, by name, pattern or id", () => {
    const candidate = candidateOf(failed());
    for (const rules of [{ excludeVaults: ["VAULT-*"] }, { excludeItems: ["vm-1"] }, { excludeItems: [candidate.itemId] }])
      expect(plan(candidate, { rules })).toMatchObject({ kind: "skip", cause: "excluded" });
  });

  it("soft-deleted and stopped items are skipped, a protection error is not", () => {
    expect(plan(candidateOf(failed()), { protection: { softDeleted: true } })).toMatchObject({ kind: "skip", cause: "not-protected" });
    expect(plan(candidateOf(failed()), { protection: { softDeleted: false, protectionState: "ProtectionStopped" } })).toMatchObject({
      kind: "skip",
      cause: "not-protected",
    });
    expect(plan(candidateOf(failed()), { protection: { softDeleted: false, protectionState: "ProtectionError" } })).toMatchObject({
      kind: "start",
    });
  });

  it("C18: an item with its four on-demand backups of the day gets no fifth", () => {
    const tries = [-10, -9, -8, -7].map((at) =>
      failed("ExtensionSnapshotFailedNoNetwork", { startMs: hours(at), endMs: hours(at + 0.5), userTriggered: true }),
    );
    expect(plan(candidateOf(...tries))).toMatchObject({ kind: "failing" });
    expect(plan(candidateOf(...tries.slice(1)))).toMatchObject({ kind: "start" });
  });

  it("C17: a wait beyond the run's deadline is not started", () => {
    const fresh = candidateOf(job("Failed", -1, -0.1, { error: { symbol: "CopyingVHDsFromBackUpVaultTakingLongTime" } }));
    expect(plan(fresh, { deadlineMs: hours(1) })).toMatchObject({ kind: "failing", reason: expect.stringContaining("next run") as string });
  });

  it("F5: every decision has a reason", () => {
    for (const candidate of [
      candidateOf(failed()),
      candidateOf(failed(), job("Started", -1)),
      candidateOf(failed("UserErrorFsFreezeFailed")),
    ])
      expect(plan(candidate).reason.length).toBeGreaterThan(20);
  });
});
