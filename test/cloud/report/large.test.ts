/** Reports of many items: what stands in the page, and what the page's data holds besides. */
import { describe, expect, it } from "vitest";
import { renderReportHtml } from "../../../src/cloud/report/html.ts";
import { HOSTILE_NAMES, itemReport, runReport } from "../../support/report-fixture.ts";
import { largeReport } from "./large-report.ts";
import { realisticReport } from "./realistic-report.ts";
import { all, parseStrictly, section, sourceOf, textOf } from "./strict-html.ts";

interface Data {
  readonly vaults: readonly string[];
  readonly causes: readonly string[];
  readonly texts: readonly string[];
  readonly rows: readonly (readonly [number, number, number, number, string, number, number, number, number, ...number[]])[];
}

const pageOf = (...args: Parameters<typeof renderReportHtml>) => parseStrictly(renderReportHtml(...args));
const dataOf = (root: ReturnType<typeof pageOf>): Data =>
  JSON.parse(sourceOf(all(root, "script").find(({ attributes }) => attributes.get("id") === "rows"))) as Data;

describe("a report of 10,000 items", () => {
  const report = largeReport(10_000);
  const source = renderReportHtml(report);
  const root = parseStrictly(source);

  it("C15: stays below 5 MB and holds every item with its reason, vault and code", () => {
    expect(Buffer.byteLength(source)).toBeLessThan(5_000_000);
    const { vaults, causes, texts, rows } = dataOf(root);
    expect(rows).toHaveLength(10_000);
    for (const [index, item] of report.items.entries()) {
      const [, vault, cause, , name, workload, tries, , reason] = rows[index] ?? [];
      expect([name, vaults[vault ?? -1], causes[cause ?? -1], texts[workload ?? -1], tries, texts[reason ?? -1]]).toEqual([
        item.item,
        item.vault,
        item.errorCode,
        item.workload,
        item.attempts.length,
        item.reason,
      ]);
    }
  });

  it("C15: reads without its script: causes with their numbers, vaults, gaps, the first rows of each group", () => {
    expect(textOf(all(section(root, "now"), "h3")[0] ?? "")).toBe("200 items: The agent inside the VM does not answer the backup service.");
    expect(textOf(section(root, "vaults"))).toMatch(/vault-\d\d-weu 1\d\d /u);
    expect(textOf(section(root, "gaps"))).toContain("vm-quiet-39 vault-39-weu · AzureIaasVM");
    for (const group of all(root, "details", "group")) expect(all(group, "tr").length).toBeGreaterThan(1);
    expect(
      all(root, "div")
        .find(({ attributes }) => attributes.get("id") === "filter")
        ?.attributes.has("hidden"),
    ).toBe(true);
  });

  it("C15: says what changed, and for how many runs an item has failed", () => {
    const text = textOf(section(root, "changes"));
    expect(text).toContain("866 newly failing, 334 still failing, 90 recovered, 4 without a failed backup any more.");
    expect(text).toMatch(/vm-app-\d+ vault-\d\d-weu, 8 runs, \d+ d/u);
    expect(textOf(section(root, "items"))).toMatch(/Failing for \d runs, \d+ d/u);
  });
});

describe("the data of a large report", () => {
  it.each(HOSTILE_NAMES)("%j ends no block and comes back as it is shown", (name) => {
    const items = Array.from({ length: 1_200 }, (_, index) =>
      itemReport({
        item: `${name}${index}`,
        vault: name,
        workload: name,
        reason: name,
        errorCode: name,
        errorText: `</script>${name}<!--`,
      }),
    );
    const source = renderReportHtml(runReport(items));
    const root = parseStrictly(source);
    expect(all(root, "script")).toHaveLength(2);
    const block = sourceOf(all(root, "script").find(({ attributes }) => attributes.get("id") === "rows"));
    expect(block).not.toContain("<");
    expect(source.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]/u);
    expect(dataOf(root).rows).toHaveLength(1_200);
  });
});

describe("a report of some forty items", () => {
  it("holds no data besides its rows, and no table of vaults", () => {
    const root = pageOf(realisticReport());
    expect(all(root, "script")).toHaveLength(1);
    expect(() => section(root, "vaults")).toThrow("no section");
    expect(() => section(root, "changes")).toThrow("no section");
    expect(() => section(root, "gaps")).toThrow("no section");
  });
});
