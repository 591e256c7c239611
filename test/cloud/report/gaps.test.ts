/** Gaps and changes in everything that shows a report: sentence, terminal, summary, messages, page. */
import { describe, expect, it } from "vitest";
import { printRunReport } from "../../../src/cli/output/text.ts";
import { messageOf } from "../../../src/cloud/notify/message.ts";
import { renderReportHtml } from "../../../src/cloud/report/html.ts";
import { exitCodeOf, summarize } from "../../../src/cloud/report/summary.ts";
import { verdictOf } from "../../../src/cloud/report/verdict.ts";
import { outcomeView } from "../../../src/cloud/runs/outcome-view.ts";
import type { GapReport, RunReport } from "../../../src/policy/report.ts";
import { at, HOSTILE_NAMES, itemReport, runReport } from "../../support/report-fixture.ts";
import { all, parseStrictly, section, textOf } from "./strict-html.ts";

function gap(item: string, overrides: Partial<GapReport> = {}): GapReport {
  const { itemId, vault, vaultId, subscriptionId, workload } = itemReport({ item });
  const reason = "No recovery point since 2026-11-17 05:00 UTC; one at least every 30 h is expected (policy daily, and a quarter more).";
  return {
    item,
    itemId,
    vault,
    vaultId,
    subscriptionId,
    workload,
    lastRecoveryPoint: at(-4_800),
    objectiveHours: 30,
    objectiveFrom: "policy",
    reason,
    ...overrides,
  };
}

const changes = {
  previousRunId: "daily-1",
  previousStartedAt: at(-1_440),
  newlyFailing: 1,
  stillFailing: 2,
  recovered: 3,
  gone: 0,
  recoveredItems: [{ item: "vm-back", vault: "vault-weu", since: at(-3_000), runs: 2 }],
  goneItems: [],
};

function report(items: readonly GapReport[], overrides: Partial<RunReport> = {}): RunReport {
  return runReport([itemReport()], { gaps: { total: items.length, unknown: 0, items }, changes, ...overrides });
}

function printed(one: RunReport): string {
  let text = "";
  printRunReport(one, { write: (part) => (text += part), columns: 100, color: false, reportPath: "report.html" });
  return text.replaceAll(/\s+/g, " ");
}

describe("gaps and changes in a report", () => {
  const one = report([gap("vm-quiet"), gap("vm-never", { lastRecoveryPoint: at(-5_000) })]);

  it("F4: the verdict says so, and a run that left nothing failing still ends as one", () => {
    expect(verdictOf(one)).toMatchObject({ tone: "attention", short: "2 without a point in time" });
    expect(verdictOf(one).sentence).toBe(
      "The one item that had failed has a good backup again. 2 protected items have no recovery point in time, although no backup of them failed.",
    );
    expect(exitCodeOf(one)).toBe(0);
  });

  it("F4: what the run itself gave a point is no gap any more", () => {
    const mended = report([gap("vm-quiet", { decision: "recovered" })]);
    expect(verdictOf(mended)).toMatchObject({ tone: "good", short: "All well" });
    expect(printed(mended)).not.toContain("No recovery point in time");
    expect(() => section(parseStrictly(renderReportHtml(mended)), "gaps")).toThrow("no section");
  });

  it("F4: the terminal names them apart from failed jobs, and how to have them backed up", () => {
    const text = printed(one);
    expect(text).toContain("No recovery point in time, although no backup failed (2) - vm-quiet (vault-weu): No recovery point since");
    expect(text).toContain("`--retry-gaps` backs them up.");
    expect(printed({ ...one, request: { retryGaps: true } })).not.toContain("--retry-gaps");
  });

  it("F4: the summary counts them apart from items", () => {
    const { items, gaps, gapItems } = summarize(one, { reportPath: "r" });
    expect({ items, gaps }).toEqual({ items: 1, gaps: 2 });
    expect(gapItems?.[0]).toMatchObject({ item: "vm-quiet", vault: "vault-weu", objectiveHours: 30, reason: gap("x").reason });
    expect(summarize(runReport([]), { reportPath: "r" }).gaps).toBe(0);
  });

  it("F4: the page and the dashboard show them with their reasons", () => {
    const rows = all(section(parseStrictly(renderReportHtml(one)), "gaps"), "tr").map(textOf);
    expect(rows[1]).toMatch(/^vm-quiet vault-weu · AzureIaasVM 3 d 12 h old No recovery point since/u);
    expect(outcomeView(one)).toMatchObject({ gapCount: 2, gaps: [{ item: "vm-quiet", vault: "vault-weu" }, {}] });
  });

  it("C15: what changed is said in the terminal, the summary, messages and the page", () => {
    const text = "1 newly failing, 2 still failing, 3 recovered";
    expect(printed(one)).toContain(`Since the run before: ${text}.`);
    expect(summarize(one, { reportPath: "r" }).changes).toEqual({
      previousRunId: "daily-1",
      previousStartedAt: at(-1_440),
      newlyFailing: 1,
      stillFailing: 2,
      recovered: 3,
      gone: 0,
    });
    const facts = messageOf({ ...one, counts: { ...one.counts, gaps: 2 } }, 3, undefined).facts;
    expect(facts).toContainEqual({ label: "Since the run before", value: text });
    expect(facts).toContainEqual({ label: "Without a recovery point in time", value: "2" });
    expect(textOf(section(parseStrictly(renderReportHtml(one)), "changes"))).toContain("vm-back vault-weu, after 2 runs");
    expect(outcomeView(one).changes).toBe(text);
  });

  it.each(HOSTILE_NAMES)("%j as a name in gaps and changes stays a name", (name) => {
    const hostile = { item: name, vault: name, workload: name, reason: name, policy: name, lastRecoveryPoint: name };
    const items = [{ item: name, vault: name, since: name, runs: 2 }];
    const shape = (each: RunReport): number => all(parseStrictly(renderReportHtml(each)), "bdi").length;
    const bad = report([gap("x", hostile)], {
      changes: { ...changes, previousRunId: name, recoveredItems: items, goneItems: items, gone: 1 },
    });
    expect(shape(bad)).toBeGreaterThan(10);
    expect(renderReportHtml(bad).replaceAll("\n", "")).not.toMatch(
      /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]/u,
    );
    expect(printed(bad)).not.toMatch(/[\p{Cc}\p{Cs}]/u);
  });
});
