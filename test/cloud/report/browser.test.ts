/** The report from a file in a real browser, where one is installed (`CHROMIUM` names another place). */
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { renderReportHtml } from "../../../src/cloud/report/html.ts";
import type { RunReport } from "../../../src/policy/report.ts";
import { itemReport, runReport } from "../../support/report-fixture.ts";
import { largeReport } from "./large-report.ts";
import { realisticReport } from "./realistic-report.ts";

const BROWSER = process.env.CHROMIUM ?? "/usr/bin/chromium";

describe.skipIf(!existsSync(BROWSER))("the report in a browser", { timeout: 60_000 }, () => {
  let browser: Browser;
  let folder: string;
  let page: Page;
  let faults: string[];
  let asked: string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "reprise-report-"));
    browser = await chromium.launch({
      executablePath: BROWSER,
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    });
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    page = await browser.newPage();
    faults = [];
    asked = [];
    page.on("pageerror", (error) => faults.push(error.message));
    page.on("console", (message) => faults.push(message.text()));
    page.on("request", (request) => asked.push(request.url()));
  });
  afterEach(async () => {
    await page.close();
    expect(faults).toEqual([]);
    // The file itself, and nothing more.
    expect(new Set(asked).size).toBe(1);
  });

  const open = async (report: RunReport): Promise<void> => {
    const file = join(folder, "report.html");
    await writeFile(file, renderReportHtml(report));
    await page.goto(pathToFileURL(file).href);
  };
  const shown = (): Promise<string> => page.innerText("#shown");
  const rows = (group: string): Promise<number> => page.locator(`#g-${group} tbody tr`).count();
  const search = (words: string) =>
    page.fill("#words", words).then(() => page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"));

  it("C15: finds any of 10,000 items by words, vault, code and outcome", async () => {
    const report = largeReport(10_000);
    await open(report);
    await search("vm-erp-09993");
    expect(await shown()).toBe("1 of 10,000 rows");
    expect(await page.innerText("#g-recovered tbody")).toContain("vm-erp-09993");
    await search("vault-20-weu fsfreeze");
    const frozen = report.items.filter(
      ({ vault, errorCode }) => vault === "vault-20-weu" && errorCode === "UserErrorFsFreezeFailed",
    ).length;
    expect(frozen).toBeGreaterThan(10);
    expect(await shown()).toBe(`${frozen} of 10,000 rows`);
    expect(await rows("needs-person")).toBe(frozen);
    expect(await page.innerText("#g-needs-person summary")).toContain(`${frozen} of 1,000`);
    await search("no such thing");
    expect(await shown()).toBe("0 of 10,000 rows");
    await page.click("#clear");
    expect(await shown()).toBe("");
    await page.selectOption("#by-decision", { label: "Still failing (200)" });
    expect(await shown()).toBe("200 of 10,000 rows");
    await page.selectOption("#by-change", { label: "failing as before (334)" });
    expect(await shown()).toBe("0 of 10,000 rows");
  });

  it("C15: shows as many rows of a group as somebody asks for", async () => {
    await open(largeReport(1_500));
    await page.click("#g-recovered summary");
    const before = await rows("recovered");
    const left = /more of ([\d,]+)/u.exec(await page.innerText("#g-recovered button.rest"))?.[1];
    expect(before + Number(left?.replaceAll(",", ""))).toBe(1_140);
    await page.click("#g-recovered button.rest");
    expect(await rows("recovered")).toBe(before + 200);
    while ((await page.locator("#g-recovered button.rest").count()) > 0) await page.click("#g-recovered button.rest");
    expect(await rows("recovered")).toBe(1_140);
    const names = await page.locator("#g-recovered tbody th bdi:first-child").allInnerTexts();
    expect(new Set(names).size).toBeGreaterThanOrEqual(1_140);
  });

  it("C15: a link of a cause or a vault picks its items", async () => {
    await open(largeReport(10_000));
    await page.click("text=Look at these 200 items");
    expect(await shown()).toBe("200 of 10,000 rows");
    await page.click("#vaults ~ .scroll a");
    expect(await shown()).toMatch(/^16[67] of 10,000 rows$/u);
  });

  it("C15: a row made of data looks like one that stands in the page", async () => {
    const report = largeReport(1_400);
    await open(report);
    const read = (name: string): Promise<string> => page.locator("tbody tr", { hasText: name }).first().innerHTML();
    const last = report.items.findLast(({ decision, attempts }) => decision === "recovered" && attempts.length === 2);
    await search(last?.item ?? "");
    const made = await read(last?.item ?? "");
    await open({ ...report, items: report.items.filter(({ item }) => item === last?.item) });
    const stands = await read(last?.item ?? "");
    const plain = (html: string): string => html.replaceAll(/<[^>]+>|\s/gu, "");
    expect(plain(made)).toBe(plain(stands));
  });

  it("C15: hostile texts in the data stay texts", async () => {
    const name = `</script><img src=x onerror=alert(1)><b>`;
    await open(
      runReport(
        Array.from({ length: 1_500 }, (_, index) => itemReport({ item: `${name}${index}`, vault: name, reason: name, errorText: name })),
      ),
    );
    await search("<b>1499");
    expect(await shown()).toBe("1 of 1,500 rows");
    expect(await page.locator("#items ~ * img, #g-recovered img, #g-recovered b").count()).toBe(0);
    expect(await page.innerText("#g-recovered tbody tr th bdi")).toBe(`${name}1499`);
  });

  it("C15: a small report is searched as it stands", async () => {
    await open(realisticReport());
    await search("vault-neu agent");
    expect(await shown()).toBe("1 of 37 rows");
    expect(await page.innerText("#g-needs-person tbody")).toContain("vm-build-07");
    await page.click("#clear");
    expect(await rows("recovered")).toBe(19);
    expect(await page.locator("#g-recovered ol.attempts").count()).toBe(19);
  });
});
