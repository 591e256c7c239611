import { describe, expect, it } from "vitest";
import type { RunReport } from "../../../src/policy/report.ts";
import { renderReportHtml } from "../../../src/cloud/report/html.ts";
import { attemptReport, coverageReport, HOSTILE_NAMES, itemReport, runReport } from "../../support/report-fixture.ts";
import { all, elements, parseStrictly, textOf } from "./strict-html.ts";

/** Every text of a report that comes from outside is the hostile one. */
function everywhere(name: string): RunReport {
  const attempt = attemptReport(1, 3, 30, {
    status: "Failed",
    jobId: name,
    errorCode: `${name}2`,
    errorText: name,
    reason: name,
    expirySent: name,
    nextAt: name,
  });
  const texts = { item: name, itemId: name, vault: name, vaultId: name, subscriptionId: name, workload: name, reason: name, advice: name };
  const item = itemReport({ ...texts, decision: "failing", errorCode: name, errorText: name, errorKnown: false, attempts: [attempt] });
  const others = [
    itemReport({ ...texts, decision: "skipped", cause: "cured" }),
    itemReport({ ...texts, decision: "needs-person", failedAt: name, lastRecoveryPoint: name }),
  ];
  return runReport([item, ...others], {
    runId: name,
    origin: name,
    problem: name,
    request: { items: [name], vaults: [name], subscriptions: [name], managementGroup: name, tags: { [name]: name } },
    window: { from: name, to: name },
    coverage: coverageReport({
      complete: false,
      subscriptions: [{ id: name, name, state: "not-visible", failedJobs: 0, items: 0 }],
      vaults: [{ id: name, name, subscriptionId: name, state: "forbidden", problem: name }],
      badRows: [{ id: name, problem: name }],
      badRowCount: 1,
      notes: [name],
    }),
  });
}

const HARMLESS = renderReportHtml(everywhere("harmless"));
const shapeOf = (source: string): string =>
  elements(parseStrictly(source))
    .filter(({ tag }) => tag !== "wbr")
    .map(({ tag, attributes }) => `${tag}(${[...attributes.keys()].join(" ")})`)
    .join("\n");

describe("hostile texts in the page", () => {
  it.each(HOSTILE_NAMES)("%j changes no element and no attribute", (name) => {
    expect(shapeOf(renderReportHtml(everywhere(name)))).toBe(shapeOf(HARMLESS));
  });

  it.each(HOSTILE_NAMES)("%j cannot hide, reorder or steer", (name) => {
    const source = renderReportHtml(everywhere(name)).replaceAll("\n", "");
    expect(source).not.toMatch(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]/u);
  });

  it("shows what was in the name", () => {
    const names = (name: string): string => textOf(parseStrictly(renderReportHtml(everywhere(name))));
    expect(names(`<script>alert(1)</script>`)).toContain("<script>alert(1)</script>");
    expect(names("invoice\u202Efdp.exe")).toContain("invoice[U+202E]fdp.exe");
    expect(names("\u001b[31mred")).toContain("[U+001B][31mred");
    expect(names("line\nbreak")).toContain("line[U+000A]break");
    expect(names("👩‍💻")).toContain("👩‍💻");
    expect(names("admin\u200d-vm")).toContain("admin[U+200D]-vm");
  });

  it("keeps names in their own direction", () => {
    const name = "נתונים-שרת-01";
    const bare = elements(parseStrictly(renderReportHtml(everywhere(name)))).filter(
      ({ tag, children }) =>
        !["bdi", "title", "desc", "text"].includes(tag) && children.some((child) => typeof child === "string" && child.includes(name)),
    );
    // Plain facts of the run itself: a window and an origin are no names.
    expect(bare.map(({ tag }) => tag).filter((tag) => tag === "th" || tag === "h3")).toEqual([]);
    expect(all(parseStrictly(renderReportHtml(everywhere(name))), "bdi").filter((one) => textOf(one) === name).length).toBeGreaterThan(15);
  });

  it("bounds names and texts without end", () => {
    const source = renderReportHtml(everywhere("x".repeat(100_000)));
    expect(source.length).toBeLessThan(100_000);
  });
});
