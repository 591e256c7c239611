import { describe, expect, it } from "vitest";
import type { RunReport } from "../../../src/policy/report.ts";
import { exitCodeOf, summarize } from "../../../src/cloud/report/summary.ts";
import { verdictOf } from "../../../src/cloud/report/verdict.ts";
import { attemptReport, coverageReport, itemReport, runReport } from "../../support/report-fixture.ts";
import { realisticReport } from "./realistic-report.ts";

const REPORT_PATH = ".reprise/reports/x/report.html";

describe("the summary", () => {
  it("has the fields of the contract, and counts that add up", () => {
    const summary = summarize(realisticReport(), { reportPath: REPORT_PATH });
    expect(summary).toMatchObject({
      message_type: "summary",
      runId: "daily-20261120t1300",
      dryRun: false,
      found: 38,
      items: 37,
      recovered: 19,
      failing: 8,
      needsPerson: 6,
      skipped: 8,
      cancelled: 1,
      running: 1,
      planned: 0,
      retried: 22,
      attempts: 28,
      graphCalls: 9,
      managementCalls: 214,
      durationMs: 271 * 60_000,
      report: REPORT_PATH,
      coverageComplete: false,
      status: "completed",
    });
    expect(summary.recovered + summary.failing + summary.skipped + summary.cancelled + summary.running).toBe(summary.items);
    expect(summary.decisions?.reduce((sum, { attempts }) => sum + attempts, 0)).toBe(summary.attempts);
  });

  it("F5: each decision carries item, vault, workload, reason, attempts and error code", () => {
    const adopted = attemptReport(1, -5, 20, { trigger: "adopted" });
    const { errorCode: _, ...uncoded } = itemReport({ item: "vm-b", decision: "needs-person", reason: "Nobody knows." });
    const report = runReport([itemReport({ item: "vm-a", attempts: [adopted, attemptReport(2, 30, 60)] }), uncoded]);
    expect(summarize(report, { reportPath: REPORT_PATH }).decisions).toEqual([
      expect.objectContaining({ item: "vm-b", decision: "needs-person", reason: "Nobody knows.", attempts: 0, errorCode: null }),
      expect.objectContaining({
        item: "vm-a",
        vault: "vault-weu",
        workload: "AzureIaasVM",
        decision: "recovered",
        reason: "Attempt 1 succeeded.",
        attempts: 1,
        errorCode: "ExtensionSnapshotFailedNoNetwork",
      }),
    ]);
  });

  it("leaves the decisions of more than 1,000 items to the report", () => {
    const items = Array.from({ length: 1_001 }, (_, index) => itemReport({ item: `vm-${index}` }));
    expect(summarize(runReport(items), { reportPath: REPORT_PATH })).not.toHaveProperty("decisions");
    expect(summarize(runReport(items.slice(1)), { reportPath: REPORT_PATH }).decisions).toHaveLength(1_000);
  });

  it("takes the duration of the run's clock when it is given", () => {
    expect(summarize(runReport([]), { reportPath: REPORT_PATH, durationMs: 17 }).durationMs).toBe(17);
  });
});

describe("a filter that matches nothing", () => {
  it("does not read like good health", () => {
    const verdict = verdictOf(runReport([], { request: { items: ["nosuch"], vaults: ["v\u202E1"] } }));
    expect(verdict.short).toBe("Nothing matched");
    expect(verdict.sentence).toMatch(/^No failed backup matched the filters \(vault v\[U\+202E\]1; item nosuch\) between/u);
  });
});

describe("the exit code", () => {
  const recovered = itemReport({ attempts: [attemptReport(1, 1, 9)] });
  const cases: readonly (readonly [string, RunReport, number])[] = [
    ["nothing to do", runReport([]), 0],
    ["all recovered", runReport([recovered]), 0],
    ["only skipped", runReport([itemReport({ decision: "skipped", cause: "cured" })]), 0],
    ["the run failed", runReport([], { status: "failed", problem: "403" }), 1],
    ["one fails", runReport([recovered, itemReport({ decision: "failing" })]), 3],
    ["one needs a person, in a dry run", runReport([itemReport({ decision: "needs-person" })], { dryRun: true }), 3],
    ["one still runs", runReport([itemReport({ decision: "running" })]), 3],
    ["one was cancelled", runReport([itemReport({ decision: "cancelled" })]), 3],
    ["cancelled before anything was found", runReport([], { status: "cancelled" }), 3],
    ["not everything was seen", runReport([recovered], { coverage: coverageReport({ complete: false }) }), 3],
    ["a dry run with plans only", runReport([itemReport({ decision: "planned" })], { dryRun: true }), 0],
  ];
  it.each(cases)("%s", (_, report, code) => {
    expect(exitCodeOf(report)).toBe(code);
    // The words and the code never disagree.
    expect(verdictOf(report).tone).toBe(code === 0 ? "good" : code === 1 ? "bad" : "attention");
  });
});

describe("the verdict", () => {
  it.each([
    [runReport([itemReport()]), "The one item that had failed has a good backup again."],
    [runReport([itemReport(), itemReport({ item: "b" })]), "All 2 items that had failed have a good backup again."],
    [
      runReport([itemReport(), itemReport({ decision: "skipped" })]),
      "1 of 2 items recovered, 1 was skipped; nothing that was retried still fails.",
    ],
    [runReport([itemReport({ decision: "failing" })]), "1 of 1 item still fails."],
    [runReport([itemReport({ decision: "needs-person" })]), "1 of 1 item still fails until a person acts."],
    [
      runReport([itemReport({ decision: "skipped" })], { coverage: coverageReport({ complete: false }) }),
      "1 item had failed; none of them was for this run to retry. Not everything could be looked at.",
    ],
    [runReport([itemReport({ decision: "cancelled" })], { status: "cancelled" }), "The run was cancelled; 1 item was cancelled."],
    [
      runReport([itemReport({ decision: "planned" })], { dryRun: true }),
      "Dry run, nothing was sent: 1 of 1 item would be backed up again.",
    ],
  ] as const)("%#", (report, sentence) => {
    expect(verdictOf(report).sentence).toBe(sentence);
  });
});
