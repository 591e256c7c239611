import type { HttpClient, PipelineRequest } from "@azure/core-rest-pipeline";
import { createHttpHeaders, RestError } from "@azure/core-rest-pipeline";
import { describe, expect, it } from "vitest";
import { createAzureControlPlane } from "../../../src/cloud/azure/azure-control-plane.ts";
import type { CallCounts } from "../../../src/cloud/control-plane.ts";
import { systemClock } from "../../../src/clock/clock.ts";
import { createVirtualClock } from "../../../src/local/clock/virtual.ts";
import { collect, ITEM_ID, openBench, START_MS, SUBSCRIPTION, VAULT, VAULT_ID } from "./bench.ts";
import type { Reply } from "./loopback-server.ts";

const SUBSCRIPTIONS: Reply = { json: { value: [{ subscriptionId: SUBSCRIPTION, displayName: "production" }] } };

describe("repeats of reads", () => {
  it.each<[string, Reply]>([
    ["408", { status: 408 }],
    ["429", { status: 429 }],
    ["500", { status: 500 }],
    ["502 as a page", { status: 502, text: "<html>", headers: { "content-type": "text/html" } }],
    ["503", { status: 503 }],
    ["504", { status: 504 }],
    ["a dropped connection", { drop: true }],
    ["a body that ends too early", { cut: true }],
  ])("C14: %s is repeated with growing waits until it passes", async (_name, trouble) => {
    const at: number[] = [];
    await using bench = await openBench((_, count) => {
      at.push(bench.clock.now() - START_MS);
      return count < 5 ? trouble : SUBSCRIPTIONS;
    });
    const answer = await bench.clock.work(() => bench.azure.subscriptions(bench.calls));
    expect(answer).toEqual({ ok: true, value: [{ id: SUBSCRIPTION, name: "production" }] });
    expect(at).toEqual([0, 1000, 3000, 7000, 15_000]);
    expect(bench.calls).toEqual({ graph: 0, management: 5, retried: 4 });
    expect(bench.log).toHaveLength(4);
  });

  it("C14: gives up after five tries with the last answer", async () => {
    await using bench = await openBench(() => ({ status: 503, json: { error: { code: "ServiceUnavailable", message: "Later." } } }));
    const answer = await bench.clock.work(() => bench.azure.vaultJobs(VAULT, START_MS, bench.calls));
    expect(answer).toEqual({ ok: false, kind: "unreachable", status: 503, code: "ServiceUnavailable", message: "Later." });
    expect(bench.server.received).toHaveLength(5);
  });

  it.each([
    [{ "retry-after": "30" }, 30_000],
    [{ "retry-after": new Date(START_MS + 45_000).toUTCString() }, 45_000],
    [{ "retry-after": "9", "retry-after-ms": "250" }, 250],
    [{ "x-ms-retry-after-ms": "1500" }, 1500],
  ])("C14: waits as long as %j asks", async (headers, waitMs) => {
    let second = 0;
    await using bench = await openBench((_, count) => {
      if (count === 1) return { status: 429, headers: headers };
      second = bench.clock.now() - START_MS;
      return SUBSCRIPTIONS;
    });
    await bench.clock.work(() => bench.azure.subscriptions(bench.calls));
    expect(second).toBe(waitMs);
  });

  it("C14: does not wait for longer than an activity may take", async () => {
    await using bench = await openBench(() => ({ status: 429, headers: { "retry-after": "301" } }));
    const answer = await bench.clock.work(() => bench.azure.subscriptions(bench.calls));
    expect(answer).toMatchObject({ ok: false, kind: "unreachable", status: 429 });
    expect(bench.server.received).toHaveLength(1);
  });

  it("repeats a read whose answer did not come in time, counted on the clock", async () => {
    const calls: CallCounts = { graph: 0, management: 0, retried: 0 };
    const clock = createVirtualClock({ startMs: START_MS, between: "frozen" });
    let tries = 0;
    // Sleeps on the clock, as a service in the same process does.
    const slow: HttpClient = {
      async sendRequest(request) {
        if (++tries < 3) await clock.sleep(500_000, request.abortSignal as AbortSignal);
        return { status: 200, headers: createHttpHeaders(), request, bodyAsText: JSON.stringify(SUBSCRIPTIONS.json) };
      },
    };
    const azure = createAzureControlPlane({
      endpoint: "http://127.0.0.1:1",
      clock,
      httpClient: slow,
      requestTimeoutMs: 20_000,
      jitter: () => 0,
    });
    const answer = await clock.work(() => azure.subscriptions(calls));
    expect(answer.ok).toBe(true);
    expect(clock.now() - START_MS).toBe(20_000 + 1000 + 20_000 + 2000);
    expect(calls).toEqual({ graph: 0, management: 3, retried: 2 });
    clock.stop();
  });

  it("on real time the deadline is real", async () => {
    await using bench = await openBench((_, count) => (count === 1 ? { silent: true } : SUBSCRIPTIONS), {
      clock: systemClock,
      requestTimeoutMs: 80,
    });
    expect(await bench.azure.subscriptions(bench.calls)).toMatchObject({ ok: true });
    expect(bench.server.received).toHaveLength(2);
  });

  it("reads a list to its end, and ends on a next page that repeats", async () => {
    await using bench = await openBench((request) => {
      const next = `${bench.server.url}/subscriptions?api-version=2022-12-01&$skiptoken=`;
      return {
        json: {
          value: [{ subscriptionId: `s-${bench.server.received.length}` }],
          nextLink: request.url.includes("=b") ? null : `${next}${request.url.includes("=a") ? "b" : "a"}`,
        },
      };
    });
    const answer = await bench.clock.work(() => bench.azure.subscriptions(bench.calls));
    expect(answer).toEqual({ ok: true, value: ["s-1", "s-2", "s-3"].map((id) => ({ id, name: id })) });
    await using looping = await openBench(() => ({ json: { value: [], nextLink: `${looping.server.url}/loop` } }));
    expect(await looping.clock.work(() => looping.azure.subscriptions(looping.calls))).toMatchObject({
      ok: false,
      message: expect.stringContaining("twice"),
    });
    expect(looping.server.received).toHaveLength(2);
  });

  it("asks for tagged resources with quotes doubled, and gives lower-cased ids", async () => {
    await using bench = await openBench(() => ({ json: { value: [{ id: "/Subscriptions/A/VM-1" }] } }));
    const answer = await bench.clock.work(() => bench.azure.taggedResources(SUBSCRIPTION, "it's", "a' or 1 eq 1 & b", bench.calls));
    expect(answer).toEqual({ ok: true, value: new Set(["/subscriptions/a/vm-1"]) });
    const url = new URL(bench.server.received[0]?.url ?? "", bench.server.url);
    expect([url.pathname, url.searchParams.get("$filter")]).toEqual([
      `/subscriptions/${SUBSCRIPTION}/resources`,
      "tagName eq 'it''s' and tagValue eq 'a'' or 1 eq 1 & b'",
    ]);
  });
});

/** A network with every host in it: what is sent where, with which token. */
function network(answer: (request: PipelineRequest) => { status?: number; headers?: Record<string, string>; json?: unknown }): {
  readonly httpClient: HttpClient;
  readonly sent: { readonly host: string; readonly authorization: string | undefined }[];
} {
  const sent: { host: string; authorization: string | undefined }[] = [];
  return {
    sent,
    httpClient: {
      async sendRequest(request) {
        sent.push({ host: new URL(request.url).host, authorization: request.headers.get("authorization") });
        const { status = 200, headers = {}, json } = answer(request);
        return { status, headers: createHttpHeaders(headers), request, bodyAsText: json === undefined ? "" : JSON.stringify(json) };
      },
    },
  };
}

describe("where tokens go", () => {
  const scopes: unknown[] = [];
  const credential = {
    getToken: async (scope: string | string[]) => {
      scopes.push(scope);
      return { token: "secret-token", expiresOnTimestamp: Date.now() + 3_600_000 };
    },
  };
  const calls: CallCounts = { graph: 0, management: 0, retried: 0 };
  const arm = (httpClient: HttpClient, more: object = {}): ReturnType<typeof createAzureControlPlane> =>
    createAzureControlPlane({
      endpoint: "https://management.azure.com/",
      credential,
      clock: systemClock,
      httpClient,
      requestTimeoutMs: 5000,
      ...more,
    });
  const HOME = { host: "management.azure.com", authorization: "Bearer secret-token" };

  it("C13: the endpoint gets a token of its own scope, one for all clients", async () => {
    scopes.length = 0;
    const { httpClient, sent } = network(() => ({ json: { value: [], data: [], resultTruncated: "false" } }));
    const azure = arm(httpClient);
    await azure.subscriptions(calls);
    await azure.vaultJobs(VAULT, START_MS, calls);
    await azure.vaultJobs({ ...VAULT, subscriptionId: "22222222-2222-2222-2222-222222222222" }, START_MS, calls);
    await collect(azure.itemStatePages({}, calls));
    expect(sent).toEqual([HOME, HOME, HOME, HOME]);
    expect(scopes).toEqual([["https://management.azure.com/.default"]]);
  });

  it.each([
    "https://evil.example/subscriptions",
    "https://management.azure.com.evil.example/x",
    "https://management.azure.com@evil.example/x",
    "http://management.azure.com/x",
    "https://management.azure.com:444/x",
  ])("a next page at %s is not followed", async (nextLink) => {
    const { httpClient, sent } = network(() => ({ json: { value: [], nextLink } }));
    const azure = arm(httpClient);
    const refusal = { ok: false, kind: "unreachable", code: "FOREIGN_HOST" };
    expect(await azure.subscriptions(calls)).toMatchObject(refusal);
    expect(await azure.vaultJobs(VAULT, START_MS, calls)).toMatchObject(refusal);
    expect(sent).toEqual([HOME, HOME]);
  });

  it("an operation at another host is not followed", async () => {
    const { httpClient, sent } = network(() => ({ json: {} }));
    const answer = await arm(httpClient).operation(VAULT, "https://evil.example/operationsStatus/1", calls);
    expect(answer).toMatchObject({
      kind: "unreadable",
      refusal: { code: "FOREIGN_HOST", message: expect.stringContaining("https://evil.example") },
    });
    expect(sent).toEqual([]);
  });

  it("a redirect is followed within the endpoint only", async () => {
    const { httpClient, sent } = network(({ url }) => {
      if (url.includes("/moved")) return { json: { value: [{ subscriptionId: "s" }] } };
      return { status: 307, headers: { location: "https://management.azure.com/moved" } };
    });
    expect(await arm(httpClient).subscriptions(calls)).toMatchObject({ ok: true });
    expect(sent).toEqual([HOME, HOME]);
    const away = network(() => ({ status: 307, headers: { location: "https://evil.example/moved" } }));
    expect(await arm(away.httpClient).subscriptions(calls)).toMatchObject({ ok: false, kind: "unreachable", status: 307 });
    const trigger = await arm(away.httpClient).triggerBackup(
      { vault: VAULT, itemId: ITEM_ID, properties: { objectType: "IaasVMBackupRequest" } },
      calls,
    );
    expect(trigger).toMatchObject({ kind: "refused", status: 307 });
    expect(away.sent).toEqual([HOME, HOME]);
  });

  it("plain http on this machine is never given a token, nor is the credential asked", async () => {
    scopes.length = 0;
    const { httpClient, sent } = network(() => ({ json: { value: [] } }));
    await arm(httpClient, { endpoint: "http://127.0.0.1:7070" }).subscriptions(calls);
    expect(sent).toEqual([{ host: "127.0.0.1:7070", authorization: "Bearer reprise-placeholder" }]);
    expect(scopes).toEqual([]);
  });

  it("U5: other endpoints are refused with what was found and what is allowed", () => {
    const { httpClient } = network(() => ({}));
    for (const endpoint of [
      "http://example.com",
      "http://127.0.0.1.evil.example",
      "ftp://localhost",
      "https://management.azure.com/path",
      "https://u:p@host",
      "nonsense",
    ]) {
      expect(() => arm(httpClient, { endpoint })).toThrow(`found ${JSON.stringify(endpoint)}`);
    }
    expect(() => createAzureControlPlane({ endpoint: "https://management.azure.com", clock: systemClock, requestTimeoutMs: 1 })).toThrow(
      "A credential is needed",
    );
  });

  it("C13: no token means that nothing was sent: a refusal, not an uncertainty", async () => {
    const { httpClient, sent } = network(() => ({}));
    const azure = arm(httpClient, { credential: { getToken: () => Promise.reject(new Error("please run az login")) } });
    const said = expect.stringContaining("az login");
    expect(await azure.subscriptions(calls)).toMatchObject({ ok: false, kind: "forbidden", code: "NO_TOKEN", message: said });
    expect(await azure.vaultJobs(VAULT, START_MS, calls)).toMatchObject({ ok: false, kind: "forbidden" });
    const trigger = await azure.triggerBackup({ vault: VAULT, itemId: ITEM_ID, properties: { objectType: "IaasVMBackupRequest" } }, calls);
    expect(trigger).toMatchObject({ kind: "refused", status: 401, error: { symbol: "NO_TOKEN", text: said } });
    await expect(collect(azure.itemStatePages({}, calls))).rejects.toMatchObject({ code: "GRAPH_FORBIDDEN" });
    expect(sent).toEqual([]);
  });

  it("errors that a client in this process throws are read like those of sockets", async () => {
    const broken: HttpClient = {
      sendRequest: (request) => Promise.reject(new RestError("socket hang up", { code: "ECONNRESET", request })),
    };
    const azure = arm(broken);
    const answer = await azure.triggerBackup(
      {
        vault: VAULT,
        itemId: `${VAULT_ID}/backupFabrics/Azure/protectionContainers/c/protectedItems/i`,
        properties: { objectType: "IaasVMBackupRequest" },
      },
      calls,
    );
    expect(answer).toEqual({ kind: "uncertain", problem: "No answer: socket hang up" });
  });
});
