import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import type { RunReport } from "../../../src/policy/report.ts";
import { printRunReport, printVerdict } from "../../../src/cli/output/text.ts";
import { displayWidth } from "../../../src/cloud/report/text-width.ts";
import { coverageReport, HOSTILE_NAMES, itemReport, runReport } from "../../support/report-fixture.ts";
import { realisticReport } from "../../cloud/report/realistic-report.ts";

const REPORT_PATH = ".reprise/reports/x/report.html";

function printed(report: RunReport, options: { readonly columns?: number; readonly color?: boolean } = {}): string {
  let text = "";
  printRunReport(report, { write: (part) => (text += part), color: false, reportPath: REPORT_PATH, ...options });
  return text;
}

/** As one line, so that wrapping does not matter. */
function flat(text: string): string {
  return text.replaceAll(/\s+/gu, " ");
}

describe("the text of a run", () => {
  it("F5: lists every item under its decision, with vault, tries and reason", () => {
    const report = realisticReport();
    const text = printed(report, { columns: 160 });
    const groups = new Map(
      text
        .split("\n\n")
        .map((part) => /^(?:\s+Item.*\n)?(?<label>[A-Z][a-z ]+) \(\d+\)\n(?<rows>[^]*)$/u.exec(part)?.groups)
        .map((found) => [found?.["label"], found?.["rows"] ?? ""]),
    );
    const labels = {
      "needs-person": "Needs a person",
      failing: "Still failing",
      running: "Still running",
      cancelled: "Cancelled",
      recovered: "Recovered",
      planned: "",
      skipped: "Skipped",
    };
    for (const item of report.items) {
      const rows = groups.get(labels[item.decision])?.split("\n") ?? [];
      const row = rows.findIndex((line) => line.startsWith(`  ${item.item} `));
      expect(rows[row]).toContain(item.vault);
      expect(rows[row]).toContain(` ${item.attempts.filter(({ trigger }) => trigger === "accepted").length} `);
      expect(flat(rows.slice(row, row + 2).join(" "))).toContain(item.reason.slice(0, 40));
    }
  });

  it("C15: says what a person must do by cause, what could not be seen, the verdict, and last where the report is", () => {
    const text = printed(realisticReport());
    const order = [
      "Needs a person (6)",
      "What a person must do",
      "Not everything could be looked at",
      "8 of 37 items still fail",
      "Report: ",
    ].map((part) => text.indexOf(part));
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(order).not.toContain(-1);
    expect(flat(text)).toContain(
      "UserErrorGuestAgentStatusUnavailable, 4 items: vm-sql-01, vm-sql-02, vm-legacy-erp (vault-weu); vm-build-07 (vault-neu)",
    );
    expect(flat(text)).toContain("Vault vault-finance: reading it was refused: 403 AuthorizationFailed");
    expect(text.endsWith(`Report: ${REPORT_PATH}\n`)).toBe(true);
  });

  it("nothing failed: two calm lines", () => {
    expect(printed(runReport([]))).toBe(
      `No backup failed between 19 Nov 2026, 13:00 UTC and 20 Nov 2026, 13:00 UTC.\nReport: ${REPORT_PATH}\n`,
    );
  });

  it("a failed run names its problem", () => {
    const text = printed(
      runReport([], { status: "failed", problem: "Resource Graph:\n403", coverage: coverageReport({ subscriptions: [] }) }),
    );
    expect(text).toContain("The run failed");
    expect(text).toContain("Resource Graph: 403");
  });

  it("a dry run says that nothing was sent", () => {
    expect(printed(runReport([itemReport({ decision: "planned" })], { dryRun: true }))).toContain(
      "Dry run, nothing was sent: 1 of 1 item would be backed up again.",
    );
  });

  it("counts what it does not list", () => {
    const items = Array.from({ length: 10_000 }, (_, index) => itemReport({ item: `vm-${index}` }));
    const text = printed(runReport(items));
    expect(text).toContain("Recovered (10,000)");
    expect(text).toContain("… and 9,950 more; the report has all.");
    expect(text.split("\n").length).toBeLessThan(70);
  });

  it("colours only when asked, and then says the same", () => {
    const plain = printed(realisticReport());
    const coloured = printed(realisticReport(), { color: true });
    expect(plain).not.toContain("\u001b");
    expect(coloured).toContain("\u001b[31m");
    expect(stripVTControlCharacters(coloured)).toBe(plain);
  });

  it("quiet leaves the verdict and the report's path", () => {
    let text = "";
    printVerdict(realisticReport(), { write: (part) => (text += part), color: false, reportPath: REPORT_PATH, columns: 160 });
    expect(text.split("\n")).toHaveLength(3);
    expect(text).toContain("8 of 37 items still fail");
  });
});

describe("hostile names in a terminal", () => {
  const everywhere = (name: string): RunReport =>
    runReport(
      [
        itemReport({
          item: name,
          vault: name,
          vaultId: name,
          workload: name,
          reason: name,
          advice: name,
          errorCode: name,
          decision: "failing",
        }),
        itemReport({ item: name, vault: name, reason: name, decision: "skipped", cause: "cured" }),
      ],
      {
        status: "failed",
        problem: name,
        coverage: coverageReport({ complete: false, notes: [name], badRows: [{ id: name, problem: name }], badRowCount: 1 }),
      },
    );

  it.each(HOSTILE_NAMES)("%j reaches the terminal only as visible characters", (name) => {
    expect(printed(everywhere(name)).replaceAll("\n", "")).not.toMatch(
      /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]/u,
    );
  });

  it.each([40, 75, 76, 100, 160])("no line is wider than %i columns", (columns) => {
    for (const name of HOSTILE_NAMES) {
      const lines = printed(everywhere(name), { columns }).split("\n");
      expect(lines.filter((line) => displayWidth(line) > columns && !line.startsWith("Report:"))).toEqual([]);
    }
  });

  it("columns stay straight with wide characters and combining marks", () => {
    const names = ["plain", "サーバー０１", "e\u0301te\u0301", "👩‍💻-vm"];
    const items = names.map((item) => itemReport({ item, vault: "V-HERE" }));
    const starts = printed(runReport(items))
      .split("\n")
      .filter((line) => line.includes("V-HERE"))
      .map((line) => displayWidth(line.slice(0, line.indexOf("V-HERE"))));
    expect(starts).toHaveLength(4);
    expect(new Set(starts).size).toBe(1);
  });
});
