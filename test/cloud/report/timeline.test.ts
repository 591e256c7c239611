import { describe, expect, it } from "vitest";
import { renderReportHtml } from "../../../src/cloud/report/html.ts";
import { at, attemptReport, itemReport, runReport } from "../../support/report-fixture.ts";
import { realisticReport } from "./realistic-report.ts";
import { all, type Element, parseStrictly, section, textOf } from "./strict-html.ts";

const pictureOf = (report: Parameters<typeof renderReportHtml>[0]): Element => {
  const picture = all(parseStrictly(renderReportHtml(report)), "svg", "timeline")[0];
  if (picture === undefined) throw new Error("There is no picture.");
  return picture;
};
const lanes = (picture: Element): readonly Element[] =>
  all(picture, "g").filter((g) => g.children.some((child) => typeof child !== "string" && child.tag === "title"));
const x = (element: Element | undefined): number => Number(element?.attributes.get("x"));

describe("attempts over time", () => {
  it("draws one lane per item that was tried, with title and description", () => {
    const report = realisticReport();
    const picture = pictureOf(report);
    expect(lanes(picture)).toHaveLength(report.items.filter(({ attempts }) => attempts.length > 0).length);
    expect(picture.attributes.get("role")).toBe("img");
    expect(all(picture, "title").length).toBeGreaterThan(0);
    expect(textOf(all(picture, "desc")[0] ?? "")).toContain("23 lanes");
    const lane = lanes(picture).find((one) => textOf(one).startsWith("vm-web-03"));
    expect(textOf(lane ?? "")).toContain("vm-web-03: still failing; failed 06:50; attempt 1 13:04 to 13:31 failed; attempt 2 13:52");
  });

  it("tells ends apart by shape, not only by colour", () => {
    const marks = (status: "Succeeded" | "Failed" | "Cancelled" | "running"): string => {
      const { endedAt, ...open } = attemptReport(1, 10, 40, { status });
      const attempt = status === "running" ? open : { ...open, ...(endedAt !== undefined && { endedAt }) };
      const lane = lanes(pictureOf(runReport([itemReport({ attempts: [attempt] })])))[0];
      return (
        lane?.children.flatMap((child) => (typeof child === "string" ? [] : `${child.tag}.${child.attributes.get("class")}`)).join(" ") ??
        ""
      );
    };
    const seen = (["Succeeded", "Failed", "Cancelled", "running"] as const).map(marks);
    expect(new Set(seen).size).toBe(4);
    expect(seen[0]).toContain("circle.end-good");
    expect(seen[1]).toContain("path.end-bad");
    expect(seen[2]).toContain("rect.end-cut");
    expect(seen[3]).not.toContain("end-");
  });

  it("puts times in order, and keeps those outside at the edge", () => {
    const attempts = [attemptReport(1, -3_000, 20, { trigger: "adopted" }), attemptReport(2, 60, 90), attemptReport(3, 100, 9_000)];
    const picture = pictureOf(runReport([itemReport({ failedAt: at(-5_000), attempts })]));
    const width = Number(picture.attributes.get("viewBox")?.split(" ")[2]);
    const bars = all(lanes(picture)[0] ?? picture, "rect").filter((rect) => rect.attributes.get("class")?.startsWith("bar-"));
    expect(bars).toHaveLength(3);
    expect(x(bars[0])).toBeLessThan(x(bars[1]));
    expect(x(bars[1])).toBeLessThan(x(bars[2]));
    for (const bar of bars) expect(x(bar) + Number(bar.attributes.get("width"))).toBeLessThanOrEqual(width);
  });

  it("draws at most 60 lanes and says how many were left out", () => {
    const items = Array.from({ length: 100 }, (_, index) => itemReport({ item: `vm-${index}`, attempts: [attemptReport(1, 5, 30)] }));
    const untried = [itemReport({ decision: "skipped", cause: "cured" })];
    const report = runReport([...items, ...untried]);
    expect(lanes(pictureOf(report))).toHaveLength(60);
    const text = textOf(section(parseStrictly(renderReportHtml(report)), "time"));
    expect(text).toContain("Left out: 40 more items that were tried");
    expect(text).toContain("1 item without an attempt is not drawn.");
  });

  it("survives a run without length and times that are none", () => {
    const odd = attemptReport(1, 0, 0, { triggeredAt: "soon", endedAt: "" });
    const source = renderReportHtml(runReport([itemReport({ failedAt: "never", attempts: [odd] })], { endedAt: at(0) }));
    expect(source).not.toMatch(/NaN|Infinity/u);
  });
});
