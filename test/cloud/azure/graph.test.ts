import { describe, expect, it } from "vitest";
import { GraphError } from "../../../src/cloud/control-plane.ts";
import { collect, jobRow, openBench, START_MS, SUBSCRIPTION, VAULT_ID } from "./bench.ts";
import type { Reply } from "./loopback-server.ts";

const WINDOW = { fromMs: START_MS - 86_400_000, toMs: START_MS };
const QUOTA = { "x-ms-user-quota-remaining": "14", "x-ms-user-quota-resets-after": "00:00:05" };

interface GraphBody {
  readonly query: string;
  readonly subscriptions?: string[];
  readonly managementGroups?: string[];
  readonly options: Readonly<Record<string, unknown>>;
}

function page(rows: unknown[], more: Record<string, unknown> = {}): Reply {
  return {
    headers: QUOTA,
    json: { totalRecords: rows.length, count: rows.length, data: rows, facets: [], resultTruncated: "false", ...more },
  };
}

function failed(status: number, code: string, details: string[] = []): Reply {
  return {
    status,
    json: { error: { code, message: `it is ${code}`, details: details.map((detail) => ({ code: detail, message: detail })) } },
  };
}

const numbered = (number: number): Record<string, unknown> =>
  jobRow({ id: `${VAULT_ID}/backupJobs/job-${String(number).padStart(5, "0")}` });

describe("jobs over Resource Graph", () => {
  it("C2: reads every page of 12,000 rows, with the same text and bounds on each", async () => {
    const total = 12_000;
    await using bench = await openBench((request) => {
      const { options } = request.body as GraphBody;
      const from = Number(options.$skipToken ?? 0);
      const rows = Array.from({ length: Math.min(1000, total - from) }, (_, index) => numbered(from + index));
      const next = from + rows.length;
      return page(rows, { totalRecords: total, ...(next < total && { $skipToken: String(next), resultTruncated: "true" }) });
    });
    const pages = await bench.clock.work(() => collect(bench.azure.jobPages({}, WINDOW, bench.calls)));
    const ids = pages.flatMap(({ jobs }) => jobs.map((job) => job.id));
    expect(new Set(ids).size).toBe(total);
    expect(ids).toEqual([...ids].sort());
    expect(pages.flatMap(({ notes }) => notes)).toEqual([]);
    expect(bench.calls).toEqual({ graph: 12, management: 0, retried: 0 });
    const bodies = bench.server.received.map(({ body }) => body as GraphBody);
    expect(new Set(bodies.map(({ query }) => query)).size).toBe(1);
    expect(bodies[0]?.query).toContain(
      "startTime >= datetime(2026-11-19T13:00:00.000Z) and startTime < datetime(2026-11-20T13:00:00.000Z)",
    );
    expect(bodies[0]?.options).toEqual({ $top: 1000, resultFormat: "objectArray" });
  });

  it("C2: takes an answer that is cut without a token as an error", async () => {
    await using bench = await openBench(() => page([jobRow()], { resultTruncated: "true", totalRecords: 7000 }));
    const reading = bench.clock.work(() => collect(bench.azure.jobPages({}, WINDOW, bench.calls)));
    await expect(reading).rejects.toMatchObject({ code: "GRAPH_TRUNCATED", message: expect.stringContaining("1 of 7000 rows") });
  });

  it("C2: takes a token that comes back twice as an error", async () => {
    await using bench = await openBench(() => page([jobRow()], { $skipToken: "again" }));
    const reading = bench.clock.work(() => collect(bench.azure.jobPages({}, WINDOW, bench.calls)));
    await expect(reading).rejects.toMatchObject({ code: "GRAPH_TRUNCATED" });
    expect(bench.server.received).toHaveLength(2);
  });

  it("C2: says when fewer rows came than were announced", async () => {
    await using bench = await openBench(() => page([jobRow()], { totalRecords: 3 }));
    const pages = await bench.clock.work(() => collect(bench.azure.jobPages({}, WINDOW, bench.calls)));
    expect(pages[0]?.notes).toEqual(["Resource Graph announced 3 rows and gave 1."]);
  });

  it("C1: asks for many subscriptions in groups, each once", async () => {
    await using bench = await openBench(() => page([]));
    const subscriptions = Array.from({ length: 450 }, (_, index) => `00000000-0000-0000-0000-${String(index).padStart(12, "0")}`);
    await bench.clock.work(() =>
      collect(bench.azure.jobPages({ subscriptions: [...subscriptions, "00000000-0000-0000-0000-000000000000"] }, WINDOW, bench.calls)),
    );
    const groups = bench.server.received.map(({ body }) => (body as GraphBody).subscriptions ?? []);
    expect(groups.map((group) => group.length)).toEqual([200, 200, 50]);
    expect(new Set(groups.flat()).size).toBe(450);
  });

  it("C1: asks a management group by its name, and the tenant by naming nothing", async () => {
    await using bench = await openBench(() => page([]));
    await bench.clock.work(() => collect(bench.azure.jobPages({ managementGroup: "mg-prod" }, WINDOW, bench.calls)));
    await bench.clock.work(() => collect(bench.azure.itemStatePages({}, bench.calls)));
    const bodies = bench.server.received.map(({ body }) => body as GraphBody);
    expect(bodies.map(({ managementGroups }) => managementGroups)).toEqual([["mg-prod"], undefined]);
    expect(bodies.every((body) => body.subscriptions === undefined)).toBe(true);
  });

  it("goes on when one group of subscriptions of several cannot be read, and says so", async () => {
    await using bench = await openBench((_, count) =>
      count === 1 ? failed(400, "BadRequest", ["NoValidSubscriptionsInQueryRequest"]) : page([jobRow()]),
    );
    const subscriptions = Array.from({ length: 201 }, (_, index) => `s-${index}`);
    const pages = await bench.clock.work(() => collect(bench.azure.jobPages({ subscriptions }, WINDOW, bench.calls)));
    expect(pages.flatMap(({ jobs }) => jobs)).toHaveLength(1);
    expect(pages.flatMap(({ notes }) => notes)).toEqual([expect.stringContaining("Group 1 of 2")]);
  });

  it.each([
    [400, "BadRequest", ["NoValidSubscriptionsInQueryRequest"], "GRAPH_NO_SUBSCRIPTION", "custom role"],
    [403, "AuthorizationFailed", [], "GRAPH_FORBIDDEN", "custom role"],
    [401, "InvalidAuthenticationToken", [], "GRAPH_FORBIDDEN", "Sign in"],
    [400, "BadRequest", ["InvalidQuery", "ParserFailure"], "GRAPH_BAD_QUERY", "refuses the query"],
    [400, "BadRequest", ["SubscriptionsContainInvalidGuids"], "GRAPH_BAD_QUERY", "not a GUID"],
  ])("tells what to do about %i %s %j", async (status, code, details, expected, words) => {
    await using bench = await openBench(() => failed(status, code, details));
    const reading = bench.clock.work(() => collect(bench.azure.jobPages({ subscriptions: [SUBSCRIPTION] }, WINDOW, bench.calls)));
    const error: unknown = await reading.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(GraphError);
    expect(error).toMatchObject({ code: expected, message: expect.stringContaining(words) });
    expect(bench.server.received).toHaveLength(1);
  });

  it("notes that the tenant has more subscriptions than a query covers", async () => {
    await using bench = await openBench((_, count) => ({
      ...page([], count === 1 ? { $skipToken: "2" } : {}),
      headers: { ...QUOTA, "x-ms-tenant-subscription-limit-hit": "true" },
    }));
    const pages = await bench.clock.work(() => collect(bench.azure.jobPages({}, WINDOW, bench.calls)));
    expect(pages.flatMap(({ notes }) => notes)).toEqual([
      expect.stringContaining("more subscriptions than one Resource Graph query covers"),
    ]);
  });
});

describe("the quota of Resource Graph", () => {
  it("C14: waits for the reset before the next page once nothing is left, across queries", async () => {
    const at: number[] = [];
    await using bench = await openBench((_, count) => {
      at.push(bench.clock.now() - START_MS);
      return {
        ...page([], count === 1 ? { $skipToken: "2" } : {}),
        headers: { "x-ms-user-quota-remaining": "0", "x-ms-user-quota-resets-after": "00:01:05" },
      };
    });
    await bench.clock.work(() => collect(bench.azure.jobPages({}, WINDOW, bench.calls)));
    await bench.clock.work(() => collect(bench.azure.itemStatePages({}, bench.calls)));
    expect(at).toEqual([0, 65_000, 130_000]);
    expect(bench.calls.retried).toBe(0);
  });

  it("C14: waits the longer of Retry-After and quota reset after a 429, also with an empty body, then reads on", async () => {
    const at: number[] = [];
    await using bench = await openBench((_, count) => {
      at.push(bench.clock.now() - START_MS);
      if (count > 1) return page([jobRow()]);
      return {
        status: 429,
        json: {},
        headers: { "retry-after": "3", "x-ms-user-quota-remaining": "0", "x-ms-user-quota-resets-after": "00:00:09" },
      };
    });
    const pages = await bench.clock.work(() => collect(bench.azure.jobPages({}, WINDOW, bench.calls)));
    expect(pages.flatMap(({ jobs }) => jobs)).toHaveLength(1);
    expect(at).toEqual([0, 9000]);
    expect(bench.calls).toEqual({ graph: 2, management: 0, retried: 1 });
  });

  it("C14: tells each wait that was asked for once, before a query or after a refusal, and no other", async () => {
    const told: unknown[] = [];
    await using bench = await openBench(
      (_, count) => {
        if (count === 1) return { status: 429, json: {}, headers: { "retry-after": "3" } };
        if (count === 2) return { status: 503, json: {} };
        const left = { "x-ms-user-quota-remaining": "0", "x-ms-user-quota-resets-after": "00:01:05" };
        return { ...page([], count === 3 ? { $skipToken: "2" } : {}), headers: left };
      },
      { onThrottled: (wait) => told.push(wait) },
    );
    await bench.clock.work(() => collect(bench.azure.jobPages({}, WINDOW, bench.calls)));
    expect(told).toEqual([
      { api: "graph", waitMs: 3_000 },
      { api: "graph", waitMs: 65_000 },
    ]);
  });
});
