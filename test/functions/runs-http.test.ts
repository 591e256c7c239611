import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { orchestrators } from "../../src/cloud/orchestrate/names.ts";
import type { RunView } from "../../src/cloud/runs/read-runs.ts";
import { openAppUnderTest, type AppUnderTest } from "./app-under-test.ts";

const ENDED = "ended-run";
const ITEMS = ["vm-a", "vm-b", "vm-c"];
const BODY = { runId: ENDED, since: "24h", items: ITEMS, maxAttempts: 2 };

let under: AppUnderTest;
beforeAll(async () => {
  under = await openAppUnderTest();
  await under.carryOut(BODY);
});
afterAll(() => under.close());

describe("POST /api/runs", () => {
  it("C11: a new run is 202 with its address, and is under way", async () => {
    const answer = await under.ask("POST", "/api/runs", { runId: "new-run", dryRun: true });
    expect(answer.status).toBe(202);
    expect(answer.headers.location).toBe("/api/runs/new-run");
    expect(answer.headers["content-type"]).toBe("application/json; charset=utf-8");
    expect(answer.headers["cache-control"]).toBe("no-store");
    expect(answer.body).toMatchObject({ runId: "new-run", dryRun: true });
    expect(["pending", "running"]).toContain(answer.body.status);
    await under.app.host.waitForEnd("new-run");
    expect((await under.ask("GET", "/api/runs/new-run")).body.status).toBe("completed");
  });

  it("C11: the same id and body of an ended run is 200 with that run", async () => {
    const answer = await under.ask("POST", "/api/runs", BODY);
    expect(answer.status).toBe(200);
    expect(answer.headers.location).toBe(`/api/runs/${ENDED}`);
    expect(answer.body).toMatchObject({ runId: ENDED, status: "completed", summary: { recovered: 1 } });
  });

  it("C11 C12: the same id and body of a running run is 200, and nothing is started again", async () => {
    await under.whileRunning({ runId: "twice", items: ["vm-1"] }, async (run) => {
      const instance = (): string | undefined =>
        under.app.host.instances({ instanceIdPrefix: "twice" }).find(({ name }) => name === orchestrators.run)?.createdTime;
      const before = instance();
      expect(before).toBeTruthy();
      const answer = await under.ask("POST", "/api/runs", { runId: "twice", items: ["vm-1"] });
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({ runId: "twice", status: "running", startedAt: run.startedAt });
      expect(instance()).toBe(before);
    });
  });

  it("C11: the order of fields, and the unit of a time, make no other request", async () => {
    const { runId, since: _since, items, maxAttempts } = BODY;
    expect((await under.ask("POST", "/api/runs", { maxAttempts, items, since: "1d", runId })).status).toBe(200);
    expect((await under.ask("POST", "/api/runs", { runId: "tags-a", dryRun: true, tags: { a: "1", b: "2" } })).status).toBe(202);
    expect((await under.ask("POST", "/api/runs", { tags: { b: "2", a: "1" }, dryRun: true, runId: "tags-a" })).status).toBe(200);
  });

  it.each([
    ["another value", { ...BODY, maxAttempts: 3 }],
    ["one field less", { runId: ENDED, since: "24h", items: ITEMS }],
    ["one field more", { ...BODY, dryRun: false }],
    ["a longer list", { ...BODY, items: [...ITEMS, "vm-d"] }],
  ])("C11: the same id with %s is 409, and the run stays as it is", async (_title, body) => {
    const answer = await under.ask("POST", "/api/runs", body);
    expect(answer.status).toBe(409);
    expect(answer.headers["content-type"]).toBe("application/problem+json");
    expect(answer.body).toMatchObject({ title: "Run id in use", status: 409 });
    expect((await under.ask("GET", `/api/runs/${ENDED}`)).body.request).toEqual({ since: "1d", items: ITEMS, maxAttempts: 2 });
  });

  it("C12: ten at once with one id are one run, and exactly one of them started it", async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => under.ask("POST", "/api/runs", { runId: "at-once", dryRun: true })));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(9);
    expect(new Set(answers.map(({ body }) => body.startedAt)).size).toBe(1);
    expect(under.app.host.instances({ instanceIdPrefix: "at-once" }).filter(({ instanceId }) => instanceId === "at-once")).toHaveLength(1);
  });

  it.each([
    ["a page of another site", { "sec-fetch-site": "cross-site", origin: "https://evil.example" }],
    ["a neighbour on the same machine", { "sec-fetch-site": "same-site", origin: "http://127.0.0.1:3000" }],
    ["an old browser on another page", { origin: "https://evil.example" }],
    ["a sandboxed page", { origin: "null" }],
  ])("refuses %s, which would need no key on this machine", async (_title, headers) => {
    for (const path of ["/api/runs", `/api/runs/${ENDED}/cancel`]) {
      const answer = await under.ask("POST", path, path === "/api/runs" ? { runId: "forged" } : undefined, headers);
      expect(answer.status).toBe(403);
      expect(answer.headers["content-type"]).toBe("application/problem+json");
    }
    expect((await under.ask("GET", "/api/runs/forged")).status).toBe(404);
  });
});

describe("GET /api/runs/{id}", () => {
  it("C11: a running run has progress and neither summary nor report", async () => {
    await under.whileRunning({ runId: "running-run", items: ["vm-2", "vm-b"] }, async (run) => {
      expect(run).toEqual({
        runId: "running-run",
        status: "running",
        origin: "http",
        dryRun: false,
        startedAt: run.startedAt,
        request: { items: ["vm-2", "vm-b"] },
        progress: { found: 2, items: 2, planned: 1, triggered: expect.any(Number) as number, recovered: 0, failing: 1, skipped: 0 },
      });
      expect(new Date(run.startedAt).toISOString()).toBe(run.startedAt);
      expect((await under.ask("GET", "/api/runs/running-run/report")).status).toBe(404);
    });
  });

  it("C11: an ended run has progress, summary, report and what a person must do", async () => {
    const answer = await under.ask("GET", `/api/runs/${ENDED}`);
    expect(answer.status).toBe(200);
    expect(answer.headers["cache-control"]).toBe("no-store");
    const run = answer.body as unknown as RunView;
    expect(run).toMatchObject({
      status: "completed",
      report: `/api/runs/${ENDED}/report`,
      progress: { found: 3, items: 3, planned: 1, triggered: 1, recovered: 1, failing: 1, skipped: 1 },
      summary: { message_type: "summary", runId: ENDED, found: 3, items: 3, recovered: 1, failing: 1, needsPerson: 1, skipped: 1 },
      outcome: {
        verdict: { tone: "attention" },
        actions: [{ kind: "act", errorCode: "UserErrorFsFreezeFailed", itemCount: 1, items: [{ item: "vm-b", vault: "vault-weu" }] }],
        actionCount: 1,
        notSeen: [],
      },
    });
    expect(run.outcome?.actions[0]?.advice).toBeTruthy();
    expect(run.summary?.decisions?.map(({ item, decision }) => `${item} ${decision}`).sort()).toEqual([
      "vm-a recovered",
      "vm-b needs-person",
      "vm-c skipped",
    ]);
  });

  it.each([
    "nobody",
    "a".repeat(40),
    "a".repeat(41),
    "ENDED-RUN",
    "..",
    "%2e%2e",
    "..%2f..%2findex",
    "ended-run%2freport",
    "a%00b",
    "%C3%A4",
    "a%20b",
    "a~b",
    "%7B%7D",
    "__proto__",
  ])("C11: no run %s is 404, for all that can be asked of a run", async (id) => {
    for (const [method, path] of [
      ["GET", `/api/runs/${id}`],
      ["GET", `/api/runs/${id}/report`],
      ["GET", `/api/runs/${id}/report?format=json`],
      ["POST", `/api/runs/${id}/cancel`],
    ] as const) {
      const answer = await under.ask(method, path);
      expect(answer.status, `${method} ${path}`).toBe(404);
      expect(answer.headers["content-type"]).toBe("application/problem+json");
      expect(answer.body).toMatchObject({ status: 404 });
    }
  });
});

describe("the report of a run", () => {
  it("C15: is HTML, or JSON when asked", async () => {
    const html = await under.ask("GET", `/api/runs/${ENDED}/report`);
    expect(html.headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(html.headers["x-content-type-options"]).toBe("nosniff");
    expect(html.headers["cache-control"]).toBe("no-store");
    expect(html.text).toMatch(/^<!doctype html>/);
    const json = await under.ask("GET", `/api/runs/${ENDED}/report?format=json`);
    expect(json.headers["content-type"]).toBe("application/json; charset=utf-8");
    expect(json.body).toMatchObject({ runId: ENDED, status: "completed" });
  });

  it("U5: another format is refused", async () => {
    const { status, body } = await under.ask("GET", `/api/runs/${ENDED}/report?format=pdf`);
    expect(status).toBe(400);
    expect(body.errors).toEqual([{ field: "format", found: '"pdf"', allowed: "html, json" }]);
  });
});

describe("POST /api/runs/{id}/cancel", () => {
  it("C11: a running run is 202, triggers nothing more and ends cancelled", async () => {
    await under.whileRunning({ runId: "to-cancel", items: ["vm-3"] }, async () => {
      const answer = await under.ask("POST", "/api/runs/to-cancel/cancel");
      expect(answer.status).toBe(202);
      expect(answer.headers.location).toBe("/api/runs/to-cancel");
      expect(answer.body).toEqual({ runId: "to-cancel", status: "running", cancelRequested: true });
      expect((await under.ask("POST", "/api/runs/to-cancel/cancel")).status, "twice is as good as once").toBe(202);
      expect((await under.ask("GET", "/api/runs/to-cancel")).body).toMatchObject({ status: "running", cancelRequested: true });
    });
    await under.app.host.waitForEnd("to-cancel");
    const run = (await under.ask("GET", "/api/runs/to-cancel")).body as unknown as RunView;
    expect(run.status).toBe("cancelled");
    expect(run).not.toHaveProperty("cancelRequested");
    expect(run.report).toBe("/api/runs/to-cancel/report");
  });

  it("C11: an ended run is 409 and stays ended", async () => {
    const answer = await under.ask("POST", `/api/runs/${ENDED}/cancel`);
    expect(answer.status).toBe(409);
    expect(answer.headers["content-type"]).toBe("application/problem+json");
    expect((await under.ask("GET", `/api/runs/${ENDED}`)).body.status).toBe("completed");
  });
});
