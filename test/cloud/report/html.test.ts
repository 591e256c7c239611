import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { renderReportHtml } from "../../../src/cloud/report/html.ts";
import { at, attemptReport, coverageReport, itemReport, runReport } from "../../support/report-fixture.ts";
import { realisticReport } from "./realistic-report.ts";
import { all, elements, parseStrictly, section, sourceOf, textOf } from "./strict-html.ts";

const page = (...args: Parameters<typeof renderReportHtml>) => parseStrictly(renderReportHtml(...args));
const policyOf = (root: ReturnType<typeof page>): string =>
  all(root, "meta")
    .find((meta) => meta.attributes.get("http-equiv") === "Content-Security-Policy")
    ?.attributes.get("content") ?? "";

describe("the page", () => {
  it("C15: says the verdict, then what a person must do, by cause with advice and items", () => {
    const root = page(realisticReport());
    expect(all(root, "h2").map(textOf).slice(0, 2)).toEqual(["Outcome", "What a person must do now"]);
    const entries = all(section(root, "now"), "li", "entry").map(textOf);
    expect(entries).toHaveLength(5);
    expect(entries[0]).toMatch(/UserErrorGuestAgentStatusUnavailable · 4 items, retrying does not help Start the VM agent /u);
    expect(entries[0]).toContain("vault-weu vm-sql-01 last point 2 d 6 h old vm-sql-02");
    expect(entries[0]).toContain("vault-neu vm-build-07");
    expect(entries.at(-1)).toContain("Vault vault-finance: reading it was refused: 403 AuthorizationFailed");
    expect(textOf(section(root, "outcome"))).toContain("8 of 37 items still fail, 6 of them until a person acts");
  });

  it("C15: gives every item its reason, error code and attempts under its decision", () => {
    const report = realisticReport();
    const root = page(report);
    for (const item of report.items) {
      const group = all(root, "details", "group").find((one) => one.attributes.get("id") === `g-${item.decision}`);
      const row = all(group ?? root, "tr").find((one) => textOf(one).startsWith(`${item.item} ${item.vault}`));
      const text = textOf(row ?? "");
      expect(text).toContain(item.reason);
      expect(text).toContain(item.errorCode);
      const shown = all(row ?? root, "li").map((li) => li.attributes.get("value"));
      expect(shown).toEqual(item.attempts.map(({ attempt }) => String(attempt)));
    }
  });

  it("C15: when nothing failed says so calmly, and how much was looked at", () => {
    const root = page(runReport([], { coverage: coverageReport({ notes: [] }) }));
    expect(textOf(section(root, "now"))).toBe("What a person must do now Nothing.");
    expect(textOf(section(root, "outcome"))).toMatch(/No backup failed between 19 Nov 2026, 13:00 UTC and 20 Nov 2026, 13:00 UTC\./u);
    expect(textOf(section(root, "outcome"))).toContain("Looked at 1 subscription and 1 vault (1 read directly) with 223 calls.");
    expect(textOf(section(root, "coverage"))).toContain("Everything that was to be looked at could be seen.");
    expect(all(root, "table", "items")).toHaveLength(0);
  });

  it("C15: a failed run names its problem first", () => {
    const root = page(
      runReport([], { status: "failed", problem: "Resource Graph: 403", coverage: coverageReport({ complete: false, subscriptions: [] }) }),
    );
    expect(textOf(all(section(root, "now"), "li")[0] ?? "")).toContain("Resource Graph: 403");
    expect(textOf(all(root, "header")[0] ?? "")).toContain("Run failed");
  });

  it("C15: a dry run says clearly that nothing was sent", () => {
    const planned = itemReport({ decision: "planned", reason: "Would be tried at 13:00." });
    const root = page(runReport([planned], { dryRun: true }));
    expect(textOf(all(root, "header")[0] ?? "")).toContain("Dry run: nothing was sent.");
    expect(textOf(section(root, "outcome"))).toContain("1 of 1 item would be backed up again");
    expect(textOf(root)).not.toContain("Attempts over time");
  });

  it("folds what would bury the rest, and nothing else", () => {
    const recovered = Array.from({ length: 301 }, (_, index) => itemReport({ item: `vm-${index}` }));
    const open = (items: typeof recovered): readonly boolean[] =>
      all(page(runReport(items)), "details", "group").map((one) => one.attributes.has("open"));
    expect(open([...recovered, itemReport({ decision: "failing" })])).toEqual([true, false]);
    expect(open([...recovered.slice(1), itemReport({ decision: "skipped" })])).toEqual([true, true]);
    expect(open(recovered.slice(0, 26).map((item) => itemReport({ item: item.item, decision: "skipped" })))).toEqual([false]);
  });

  it("C2: names subscriptions that were asked for and gave nothing", () => {
    const text = textOf(section(page(realisticReport()), "coverage"));
    expect(text).toContain("44444444-4444-4444-4444-444444444444 not visible to the identity");
    expect(text).toContain("sandbox 33333333-3333-3333-3333-333333333333 seen, without any backup in it");
  });

  it("C6: shows the expiry that was asked and the one that was sent", () => {
    const rows = all(section(page(realisticReport()), "expiry"), "tr").map(textOf);
    expect(rows).toContain("AzureIaasVM 10 days 10 days 24");
    expect(rows).toContain("SQLDataBase 10 days 45 days 1");
    expect(rows).toContain("AzureDisk 10 days tag Default 1");
  });

  it("C8: lists codes that the catalogue does not know", () => {
    expect(textOf(section(page(realisticReport()), "unknown"))).toContain("UserErrorSnapshotTierUnavailable The requested snapshot tier");
    expect(textOf(page(runReport([itemReport()])))).not.toContain("does not know");
  });
});

describe("one file", () => {
  it("loads nothing, and lets run only what stands in it", () => {
    const root = page(realisticReport());
    for (const element of elements(root)) {
      expect(["link", "img", "iframe", "object", "base", "form", "image", "foreignObject"]).not.toContain(element.tag);
      for (const [attribute, value] of element.attributes) {
        expect(attribute).not.toMatch(/^on|^style$|^src/u);
        if (attribute === "href") expect(value).toMatch(/^#/u);
      }
    }
    for (const [tag, directive] of [
      ["style", "style-src"],
      ["script", "script-src"],
    ] as const) {
      const inline = all(root, tag);
      expect(inline).toHaveLength(1);
      const hash = createHash("sha256").update(sourceOf(inline[0])).digest("base64");
      expect(policyOf(root)).toContain(`${directive} 'sha256-${hash}'`);
    }
    expect(policyOf(root)).toMatch(/^default-src 'none';/u);
    expect(policyOf(root)).not.toContain("unsafe");
    expect(renderReportHtml(realisticReport())).not.toMatch(/url\((?!#)|@import/u);
  });

  it("every id is there once, and whatever refers to one finds it", () => {
    const found = elements(page(realisticReport()));
    const ids = found.flatMap(({ attributes }) => attributes.get("id") ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    const refs = found.flatMap(({ attributes }) => [
      ...(attributes.get("href") ?? "").split("#").filter(Boolean),
      ...(attributes.get("aria-labelledby") ?? "").split(" ").filter(Boolean),
      ...(attributes.get("for") ?? "").split(" ").filter(Boolean),
    ]);
    expect(refs.filter((id) => !ids.includes(id))).toEqual([]);
  });

  it.each([
    ["short", ""],
    ["256 characters long", `"${"<".repeat(245)}`],
  ])("10,000 items with names that are %s stay below 5 MB, and what is left out is counted", (_, padding) => {
    const tries = [attemptReport(1, 5, 25, { status: "Failed", nextAt: at(200), reason: "One more try." }), attemptReport(2, 200, 230)];
    const items = Array.from({ length: 10_000 }, (_, index) =>
      itemReport({ item: `vm-${index}${padding}`, decision: index % 100 === 0 ? "needs-person" : "recovered", attempts: tries }),
    );
    const source = renderReportHtml(runReport(items));
    expect(Buffer.byteLength(source)).toBeLessThan(5_000_000);
    const root = parseStrictly(source);
    const rows = all(root, "table", "items").flatMap((table) => all(table, "tr").slice(1)).length;
    const left = /([\d,]+) more items of this group in report\.json/u.exec(textOf(section(root, "items")))?.[1] ?? "0";
    expect(rows + Number(left.replaceAll(",", ""))).toBe(10_000);
    expect(rows).toBeGreaterThan(1_000);
  });
});
