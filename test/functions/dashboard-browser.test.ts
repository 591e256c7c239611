/** The page in a real browser, where one is installed (`CHROMIUM` names another place); the other tests of it need none. */
import { existsSync } from "node:fs";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openAppUnderTest, type AppUnderTest } from "./app-under-test.ts";

const BROWSER = process.env.CHROMIUM ?? "/usr/bin/chromium";
const PHONE = { width: 390, height: 844 };

describe.skipIf(!existsSync(BROWSER))("the page in a browser", { timeout: 60_000 }, () => {
  let under: AppUnderTest;
  let browser: Browser;
  let url: string;
  let page: Page;
  let faults: string[];

  beforeAll(async () => {
    under = await openAppUnderTest();
    ({ url } = await under.app.host.listen(0));
    browser = await chromium.launch({
      executablePath: BROWSER,
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    });
  });
  afterAll(async () => {
    await browser?.close();
    await under.close();
  });
  beforeEach(async () => {
    page = await browser.newPage();
    faults = [];
    page.on("pageerror", (error) => faults.push(error.message));
    page.on("console", (message) => {
      if (/Content Security Policy|Trusted/.test(message.text())) faults.push(message.text());
    });
  });
  afterEach(async () => {
    await page.close();
    expect(faults).toEqual([]);
  });

  const open = (hash = ""): Promise<unknown> => page.goto(`${url}/api/dashboard${hash}`);
  const main = (): Promise<string> => page.innerText("#run");

  it("U4: says that there are no runs, and starts a dry run, then the same for real, by keyboard alone", async () => {
    await open();
    await page.waitForSelector("text=No runs yet");
    await page.keyboard.press("Tab");
    while ((await page.evaluate("document.activeElement?.id")) !== "open-start") await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.fill("#f-items", "vm-a\nvm-b, vm-c");
    await page.keyboard.press("Enter");
    await page.focus("#start-submit");
    await page.keyboard.press("Enter");
    await page.waitForSelector('[data-key="for-real"]');
    expect(await main()).toContain("1 of 3 items would be backed up again");
    await page.focus('[data-key="for-real"]');
    await page.keyboard.press("Enter");
    expect(await page.inputValue("#f-items")).toBe("vm-a\nvm-b\nvm-c");
    expect(await page.innerText("#start-submit")).toBe("Start backups");
    await page.focus("#start-submit");
    await page.keyboard.press("Enter");
    await page.waitForSelector("text=1 of 3 items still fails until a person acts; 1 recovered");
    const text = await main();
    expect(text).toContain("What a person must do");
    expect(text).toContain("UserErrorFsFreezeFailed");
    for (const label of ["Needs a person", "Recovered", "Skipped"]) expect(text).toContain(label);
    const href = await page.getAttribute('[data-key="report"]', "href");
    expect((await fetch(new URL(href ?? "", url))).status).toBe(200);
    expect(await page.locator("#runs li").count()).toBe(2);
  });

  it("U4 U5: shows at its field what the host refuses, and creates nothing", async () => {
    await open();
    const before = (await under.ask("GET", "/api/runs")).text;
    await page.click("#open-start");
    await page.fill("#f-since", "yesterday");
    await page.fill("#f-maxAttempts", "99");
    await page.click("#start-submit");
    await page.waitForSelector("#e-since:not([hidden])");
    expect(await page.innerText("#e-since")).toContain('Found "yesterday"; allowed: a whole number with s, m, h or d');
    expect(await page.innerText("#e-maxAttempts")).toContain("a whole number from 1 to 10");
    expect(await page.evaluate("document.activeElement?.id")).toBe("f-since");
    expect((await under.ask("GET", "/api/runs")).text).toBe(before);
  });

  it("U4 C11: follows a run live, cancels it, and shows its end", async () => {
    await under.whileRunning({ runId: "watched", items: ["vm-1"] }, async () => {
      await open("#/runs/watched");
      await page.waitForSelector("text=0 of 1 item settled.");
      await page.click('[data-key="cancel"]');
      await page.click("#cancel-form .danger");
      await page.waitForSelector("text=Cancelling: nothing more is triggered.");
      expect(await page.locator('[data-key="cancel"]').count()).toBe(0);
    });
    await page.waitForSelector(".run-head .state:text('Cancelled')", { timeout: 15_000 });
    expect(await page.innerText("#announcer")).toContain("The run has ended");
  });

  it("U4: says that the host cannot be reached, keeps what it showed, and comes back by itself", async () => {
    await page.route("**/api/runs/lost", (route) => route.fulfill({ json: RUNNING }));
    await open("#/runs/lost");
    await page.waitForSelector("text=1 of 4 items settled.");
    await page.route("**/api/runs**", (route) => route.abort("connectionrefused"));
    await page.waitForSelector("text=The host cannot be reached.");
    expect(await main()).toContain("1 of 4 items settled.");
    await page.unroute("**/api/runs**");
    await page.waitForSelector("#offline", { state: "hidden", timeout: 10_000 });
    expect(await page.innerText("#connection")).toBe("Connected");
  });

  it("U4: asks for the function key, sends it as a header, and forgets it with the tab", async () => {
    const keys: (string | undefined)[] = [];
    await page.route("**/api/runs**", (route) => {
      const key = route.request().headers()["x-functions-key"];
      keys.push(key);
      return key === "right" ? route.continue() : route.fulfill({ status: 401, body: "" });
    });
    await open();
    await page.waitForSelector("text=This host wants a function key.");
    expect(await page.evaluate("document.activeElement?.id")).toBe("key");
    await page.keyboard.type("wrong");
    await page.keyboard.press("Enter");
    await page.waitForSelector("text=The host did not take this key.");
    await page.fill("#key", "right");
    await page.click("text=Use key");
    await page.waitForSelector("#runs li");
    expect(keys.slice(0, 3)).toEqual([undefined, "wrong", "right"]);
    expect(await page.innerText('[data-key="report"]')).toBe("Save the report");
    const [download] = await Promise.all([page.waitForEvent("download"), page.click('[data-key="report"]')]);
    expect(download.suggestedFilename()).toMatch(/^reprise-[a-z0-9-]+\.html$/);
    expect(page.url()).not.toContain("right");
    expect(await page.evaluate("[localStorage.length, document.cookie]")).toEqual([0, ""]);
    const other = await browser.newPage();
    await other.goto(`${url}/api/dashboard`);
    expect(await other.evaluate("sessionStorage.length")).toBe(0);
    await other.close();
  });

  it("U4: shows hostile names as text", async () => {
    const evil = `<img src=x onerror="document.title='owned'">\u202egnp.exe`;
    const run = { ...RUNNING, request: { items: [evil], vaults: ["a`b`c"] } };
    await page.route("**/api/runs/lost", (route) => route.fulfill({ json: run }));
    await open("#/runs/lost");
    await page.waitForSelector("text=1 of 4 items settled.");
    expect(await main()).toContain(`<img src=x onerror="document.title='owned'">[U+202E]gnp.exe`);
    expect(await page.locator("#run img").count()).toBe(0);
    expect(await page.title()).toBe("Running – Reprise");
  });

  it("U4: fits a phone: the list, a run and the form", async () => {
    await page.setViewportSize(PHONE);
    await open();
    await page.waitForSelector("#runs li");
    const isSideways = (): Promise<boolean> => page.evaluate("document.documentElement.scrollWidth > innerWidth");
    expect(await isSideways()).toBe(false);
    await page.click("#runs li:last-child a");
    await page.waitForSelector(".run-head");
    expect(await page.isVisible("#runs")).toBe(false);
    expect(await isSideways()).toBe(false);
    await page.click("#open-start");
    expect(await isSideways()).toBe(false);
    await page.keyboard.press("Escape");
    await page.click("text=All runs");
    expect(await page.isVisible("#runs")).toBe(true);
  });

  it("U4: an address of no run says so", async () => {
    for (const id of ["nobody", "NO%20RUN"]) {
      await open(`#/runs/${id}`);
      await page.reload();
      await page.waitForSelector("text=No such run");
    }
  });
});

const RUNNING = {
  runId: "lost",
  status: "running",
  origin: "http",
  dryRun: false,
  startedAt: "2026-11-20T13:00:00.000Z",
  request: {},
  progress: { found: 5, items: 4, planned: 3, triggered: 3, recovered: 1, failing: 0, skipped: 0 },
};
