import { createHash } from "node:crypto";
import { Script } from "node:vm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openAppUnderTest, type Answer, type AppUnderTest } from "./app-under-test.ts";

let under: AppUnderTest;
let page: Answer;
let script: string;
let style: string;
let directives: ReadonlyMap<string, string>;
beforeAll(async () => {
  under = await openAppUnderTest();
  page = await under.ask("GET", "/api/dashboard");
  script = /<script>([\s\S]*?)<\/script>/.exec(page.text)?.[1] ?? "";
  style = /<style>([\s\S]*?)<\/style>/.exec(page.text)?.[1] ?? "";
  const policy = page.headers["content-security-policy"] ?? "";
  directives = new Map(policy.split("; ").map((each) => [each.split(" ")[0] ?? "", each.slice(each.indexOf(" ") + 1)]));
});
afterAll(() => under.close());

const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

describe("GET /api/dashboard", () => {
  it("U4: is one page, the same for everybody, that nobody keeps", () => {
    expect(page.status).toBe(200);
    expect(page.headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    });
    expect(page.text).toMatch(/^<!doctype html>/);
    expect(page.text).not.toContain("<!-- ");
  });

  it("U4: asks for no key, wherever it is deployed", async () => {
    const { functionsCore } = await import("../../src/local/host/functions-core.ts");
    const registrations = await functionsCore().load([
      new URL("../../src/functions/dashboard-http.ts", import.meta.url),
      new URL("../../src/functions/health-http.ts", import.meta.url),
      new URL("../../src/functions/runs-http.ts", import.meta.url),
    ]);
    const levels = registrations.map(({ metadata }) => [
      metadata.name,
      Object.values(metadata.bindings).find(({ type }) => type === "httpTrigger")?.["authLevel"],
    ]);
    expect(Object.fromEntries(levels)).toEqual({
      dashboard: "anonymous",
      health: "anonymous",
      startRun: "function",
      listRuns: "function",
      readRun: "function",
      readReport: "function",
      cancelRun: "function",
    });
  });

  it("U4: its policy lets run and style what stands in it, and nothing else", () => {
    expect(Object.fromEntries(directives)).toEqual({
      "default-src": "'none'",
      "style-src": hash(style),
      "script-src": hash(script),
      "connect-src": "'self'",
      "base-uri": "'none'",
      "form-action": "'none'",
      "frame-ancestors": "'none'",
      "require-trusted-types-for": "'script'",
      "trusted-types": "'none'",
    });
    expect(page.text.match(/<script/g)).toHaveLength(1);
    expect(page.text.match(/<style/g)).toHaveLength(1);
    expect(page.text).not.toMatch(/\son[a-z]+=|\sstyle=/);
  });

  it("U4: loads nothing from anywhere", () => {
    expect(page.text).not.toMatch(/<(?:link|img|iframe|object|embed|base)\b/);
    expect(page.text).not.toMatch(/\ssrc=/);
    expect(style).not.toMatch(/@import|url\((?!#)/);
    expect([...page.text.matchAll(/https?:\/\/[^\s"'<)]+/g)].map(([url]) => url)).toEqual(["http://www.w3.org/2000/svg"]);
  });

  it("U4: text never becomes markup or code, and the key is kept for the tab only", () => {
    expect(script).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\b|new Function|srcdoc/);
    expect(script).not.toMatch(/localStorage|document\.cookie|indexedDB/);
    expect(script).toContain('"x-functions-key"');
    expect(script).not.toMatch(/[?&]code=/);
  });

  it("U4: its script is whole, and every element it asks for is there", () => {
    expect(() => new Script(script)).not.toThrow();
    const ids = new Set([...page.text.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id));
    for (const [, id] of script.matchAll(/byId\("([^"]+)"\)/g)) expect(ids, id).toContain(id);
    for (const [, id] of page.text.matchAll(/\s(?:for|aria-labelledby)="([^"]+)"/g)) expect(ids, id).toContain(id);
    for (const [, list] of page.text.matchAll(/\saria-describedby="([^"]+)"/g))
      for (const id of (list ?? "").split(" ")) expect(ids, id).toContain(id);
  });
});
