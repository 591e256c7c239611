import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunListEntry } from "../../src/cloud/runs/read-runs.ts";
import { objectOf, openAppUnderTest, type AppUnderTest } from "./app-under-test.ts";

let under: AppUnderTest;
let url: string;
beforeAll(async () => {
  under = await openAppUnderTest();
  ({ url } = await under.app.host.listen(0));
});
afterAll(() => under.close());

interface Page {
  readonly runs: readonly RunListEntry[];
  readonly next?: string;
}

const list = async (query = ""): Promise<Page> => (await under.ask("GET", `/api/runs${query}`)).body as unknown as Page;
const ids = ({ runs }: Page): string[] => runs.map(({ runId }) => runId);

describe("GET /api/runs", () => {
  it("C11: is an empty list before the first run", async () => {
    const answer = await under.ask("GET", "/api/runs");
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toBe("application/json; charset=utf-8");
    expect(answer.headers["cache-control"]).toBe("no-store");
    expect(answer.body).toEqual({ runs: [] });
  });

  it("C11: lists the newest first, in pages that hold each run once", async () => {
    // A dry run takes time on the run's clock, so that the next one is newer.
    for (const runId of ["one", "two", "three"]) {
      await under.carryOut({ runId, dryRun: true });
      await under.app.clock.work(() => under.app.clock.sleep(60_000));
    }
    expect(ids(await list())).toEqual(["three", "two", "one"]);
    const first = await list("?limit=2");
    expect(ids(first)).toEqual(["three", "two"]);
    expect(first.next).toBeTruthy();
    const second = await list(`?limit=2&after=${encodeURIComponent(first.next ?? "")}`);
    expect(ids(second)).toEqual(["one"]);
    expect(second).not.toHaveProperty("next");
    expect(await list("?limit=3"), "a full last page has no next").not.toHaveProperty("next");
  });

  it("C11: a run that starts between two pages moves none of them", async () => {
    const first = await list("?limit=1");
    await under.carryOut({ runId: "four", dryRun: true });
    expect(ids(await list(`?limit=1&after=${first.next}`))).toEqual(["two"]);
    expect(ids(await list("?limit=1"))).toEqual(["four"]);
  });

  it("C11: shows counts of ended runs and progress of running ones", async () => {
    const [ended] = (await list("?limit=1")).runs;
    expect(ended).toMatchObject({ runId: "four", status: "completed", dryRun: true, report: "/api/runs/four/report" });
    expect(ended?.counts).toMatchObject({ found: 6, items: 6, planned: 4, needsPerson: 1, failing: 1, skipped: 1 });
    expect(ended).not.toHaveProperty("progress");
    await under.whileRunning({ runId: "five", items: ["vm-1"] }, async (run) => {
      const running = (await list()).runs.find(({ runId }) => runId === "five");
      expect(running).toMatchObject({ status: "running", progress: run.progress });
      expect(running).not.toHaveProperty("counts");
    });
  });

  it.each([
    ["limit", "0"],
    ["limit", "201"],
    ["limit", "1e2"],
    ["limit", "-1"],
    ["limit", ""],
    ["limit", "ten"],
    ["after", "../../x"],
    ["after", ""],
    ["after", "one"],
  ])("U5: %s=%s is refused", async (field, value) => {
    const { status, body, headers } = await under.ask("GET", `/api/runs?${field}=${encodeURIComponent(value)}`);
    expect(status).toBe(400);
    expect(headers["content-type"]).toBe("application/problem+json");
    expect(body.errors).toMatchObject([{ field, found: JSON.stringify(value) }]);
  });
});

describe("GET /api/health", () => {
  it("is 200 with its status, and says no more than that to whoever asks", async () => {
    const answer = await under.ask("GET", "/api/health");
    expect(answer).toMatchObject({ status: 200, body: { status: "ok" } });
    expect(Object.keys(answer.body)).toEqual(["status"]);
    expect(answer.headers["cache-control"]).toBe("no-store");
  });
});

describe("over a port", () => {
  it("C11: gives the same answers, with their headers", async () => {
    const started = await fetch(`${url}/api/runs`, { method: "POST", body: JSON.stringify({ runId: "over-a-port", dryRun: true }) });
    expect(started.status).toBe(202);
    const location = started.headers.get("location") ?? "";
    await under.app.host.waitForEnd("over-a-port");
    const read = await fetch(new URL(location, url));
    expect(read.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(read.headers.get("cache-control")).toBe("no-store");
    const { report } = (await read.json()) as { report: string };
    const html = await fetch(new URL(report, url));
    expect(html.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(html.headers.get("x-content-type-options")).toBe("nosniff");
    expect(await html.text()).toMatch(/^<!doctype html>/);
  });

  it("C11: paths that no client would send are 404, never 500", async () => {
    for (const path of [
      "/api/runs/..",
      "/api/runs/../../etc",
      "/api/runs/..%2f..%2f",
      "/api/runs/%00",
      "/api/runs/one%2freport",
      "/api/runs//one/",
      "/api/nothing",
    ]) {
      const status = await rawStatus(path);
      expect(path === "/api/runs//one/" ? [200, 404] : [404], path).toContain(status);
    }
    expect(await rawStatus("/api/runs/%zz")).toBe(400);
    expect(await rawStatus("/api/runs/one", "DELETE")).toBe(405);
  });

  it("U5: a body without an end is cut off", async () => {
    const answer = await fetch(`${url}/api/runs`, { method: "POST", body: " ".repeat(3_000_000) });
    expect(answer.status).toBe(413);
  });

  it("U5: bytes that are no UTF-8 are refused, not replaced", async () => {
    const answer = await fetch(`${url}/api/runs`, { method: "POST", body: Buffer.from('{"items":["\u00ff"]}', "latin1") });
    expect(answer.status).toBe(400);
    expect(objectOf(await answer.text())).toMatchObject({ errors: [{ field: "(body)" }] });
  });
});

describe("POST /api/runs without a body", () => {
  it("C11: a run without an id gets one; without a body it has all settings", async () => {
    await under.app.clock.work(async () => {
      const answer = await under.ask("POST", "/api/runs");
      expect(answer.status).toBe(202);
      expect(answer.body).toMatchObject({ dryRun: false, request: {} });
      expect(answer.body.runId).toMatch(/^http-[a-z0-9-]{1,35}$/);
      await under.ask("POST", `/api/runs/${String(answer.body.runId)}/cancel`);
      expect((await under.ask("POST", "/api/runs", { dryRun: true })).body.runId).not.toBe(answer.body.runId);
    });
  });
});

/** `fetch` would tidy the path. */
function rawStatus(path: string, method = "GET"): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(url);
    request({ host: "127.0.0.1", port, path, method }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode));
    })
      .on("error", reject)
      .end();
  });
}
