import { describe, expect, it } from "vitest";
import { filterTime } from "../../../src/cloud/azure/vault-jobs.ts";
import { openBench, START_MS, SUBSCRIPTION, VAULT, VAULT_ID } from "./bench.ts";
import type { Reply } from "./loopback-server.ts";

function vmJob(name: string, properties: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: `${VAULT_ID}/backupJobs/${name}`,
    name,
    type: "Microsoft.RecoveryServices/vaults/backupJobs",
    properties: {
      jobType: "AzureIaaSVMJob",
      duration: "00:20:23.0896697",
      actionsInfo: [1],
      virtualMachineVersion: "Compute",
      isUserTriggered: true,
      containerName: "iaasvmcontainerv2;rg-app;vm-1",
      entityFriendlyName: "vm-1",
      backupManagementType: "AzureIaasVM",
      operation: "Backup",
      status: "Completed",
      startTime: "2026-11-20T12:00:00.1234567Z",
      endTime: "2026-11-20T12:20:23.2131264Z",
      activityId: "a-1",
      ...properties,
    },
  };
}

const refused = (status: number, code: string): Reply => ({ status, json: { error: { code, message: `it is ${code}` } } });

describe("the vault's own list of jobs", () => {
  it("C16: reads all pages with one call each and the filter of the service", async () => {
    await using bench = await openBench((_, count) =>
      count === 1
        ? {
            json: {
              value: [vmJob("job-1")],
              nextLink: `${bench.server.url}${VAULT_ID}/backupJobs?api-version=2023-06-01&$skipToken=%3Ct%2F%3E`,
            },
          }
        : { json: { value: [vmJob("job-2", { status: "InProgress", endTime: undefined, isUserTriggered: "True" })] } },
    );
    const answer = await bench.clock.work(() => bench.azure.vaultJobs(VAULT, START_MS - 86_400_000, bench.calls));
    expect(answer).toEqual({
      ok: true,
      value: [
        {
          name: "job-1",
          friendlyName: "vm-1",
          workload: "AzureIaasVM",
          containerName: "iaasvmcontainerv2;rg-app;vm-1",
          status: "Succeeded",
          operation: "adhocBackup",
          userTriggered: true,
          startMs: Date.UTC(2026, 10, 20, 12, 0, 0, 123),
          endMs: Date.UTC(2026, 10, 20, 12, 20, 23, 213),
        },
        expect.objectContaining({ name: "job-2", status: "Started", operation: "adhocBackup" }),
      ],
    });
    expect(bench.calls).toEqual({ graph: 0, management: 2, retried: 0 });
    const first = new URL(bench.server.received[0]?.url ?? "", bench.server.url);
    expect(first.pathname).toBe(`${VAULT_ID}/backupJobs`);
    expect(first.searchParams.get("$filter")).toBe(
      "startTime eq '2026-11-19 01:00:00 PM' and endTime eq '2026-11-20 02:00:00 PM' and operation eq 'Backup'",
    );
    expect(bench.server.received[1]?.url).toContain("$skipToken=%3Ct%2F%3E");
  });

  it("keeps a job with odd fields: it could be the one that is running", async () => {
    const odd = vmJob("job-1", {
      jobType: "AzureIaaSVMJobV9",
      status: "Paused",
      startTime: null,
      endTime: undefined,
      containerName: undefined,
      isUserTriggered: undefined,
    });
    await using bench = await openBench(() => ({ json: { value: [odd, { id: "x" }] } }));
    const answer = await bench.clock.work(() => bench.azure.vaultJobs(VAULT, START_MS - 1000, bench.calls));
    expect(answer).toEqual({
      ok: true,
      value: [
        { name: "job-1", friendlyName: "vm-1", workload: "AzureIaasVM", status: "Paused", operation: "backup", startMs: START_MS - 1000 },
      ],
    });
    expect(bench.log).toEqual(["the vault vault-weu lists a job without a name"]);
  });

  it("ends on a next page that repeats", async () => {
    await using bench = await openBench(() => ({ json: { value: [], nextLink: `${bench.server.url}/again` } }));
    const answer = await bench.clock.work(() => bench.azure.vaultJobs(VAULT, START_MS, bench.calls));
    expect(answer).toMatchObject({ ok: false, kind: "unreachable", message: expect.stringContaining("same next page") });
    expect(bench.server.received.length).toBeLessThanOrEqual(3);
  });

  it.each([
    [401, "forbidden"],
    [403, "forbidden"],
    [404, "gone"],
    [400, "unreachable"],
  ])("%i is a value, not a surprise: %s", async (status, kind) => {
    await using bench = await openBench(() => refused(status, "SomeCode"));
    const answer = await bench.clock.work(() => bench.azure.vaultJobs(VAULT, START_MS, bench.calls));
    expect(answer).toEqual({ ok: false, kind, status, code: "SomeCode", message: "it is SomeCode" });
    expect(bench.server.received).toHaveLength(1);
  });

  it("writes times as the filter wants them", () => {
    expect([0, 1, 11, 12, 13, 23].map((hour) => filterTime(Date.UTC(2026, 0, 2, hour, 4, 5)))).toEqual([
      "2026-01-02 12:04:05 AM",
      "2026-01-02 01:04:05 AM",
      "2026-01-02 11:04:05 AM",
      "2026-01-02 12:04:05 PM",
      "2026-01-02 01:04:05 PM",
      "2026-01-02 11:04:05 PM",
    ]);
  });
});

describe("one job in detail", () => {
  it("C8: gives number, symbol, text and advice of its error", async () => {
    const detail = vmJob("job-1", {
      status: "Failed",
      errorDetails: [{ errorCode: 400_053, errorTitle: "t", errorString: "No network.", recommendations: ["Open port 443."] }],
      extendedInfo: { propertyBag: { "VM Name": "vm-1", "Error Code": "ExtensionSnapshotFailedNoNetwork" } },
    });
    await using bench = await openBench(() => ({ json: detail }));
    const answer = await bench.clock.work(() => bench.azure.job(VAULT, "job-1", bench.calls));
    expect(answer).toMatchObject({
      ok: true,
      value: {
        status: "Failed",
        error: { symbol: "ExtensionSnapshotFailedNoNetwork", number: 400_053, text: "No network.", recommendations: ["Open port 443."] },
      },
    });
    expect(bench.server.received[0]?.url).toBe(`${VAULT_ID}/backupJobs/job-1?api-version=2023-06-01`);
  });

  it("asks nothing for a name that would change the path", async () => {
    await using bench = await openBench(() => ({ json: vmJob("x") }));
    expect(await bench.clock.work(() => bench.azure.job(VAULT, "..", bench.calls))).toMatchObject({ ok: false });
    expect(bench.server.received).toEqual([]);
  });
});

describe("the operation behind a trigger", () => {
  const path = `/Subscriptions/${SUBSCRIPTION}/x/operationsStatus/op;1?api-version=2016-12-01`;
  it.each<[string, Reply, object]>([
    [
      "in progress",
      { json: { id: "op", name: "op", status: "InProgress" }, headers: { "retry-after": "60" } },
      { kind: "in-progress", retryAfterMs: 60_000 },
    ],
    ["202 without a body", { status: 202 }, { kind: "in-progress" }],
    ["an unknown word", { json: { status: "Thinking" } }, { kind: "in-progress" }],
    [
      "succeeded",
      { json: { status: "Succeeded", properties: { objectType: "OperationStatusJobExtendedInfo", jobId: "job-9" } } },
      { kind: "succeeded", jobName: "job-9" },
    ],
    ["succeeded without a job", { json: { status: "Succeeded" } }, { kind: "succeeded" }],
    [
      "failed",
      { json: { status: "Failed", error: { code: "UserErrorBackupOperationInProgress", message: "One runs." } } },
      { kind: "failed", error: { symbol: "UserErrorBackupOperationInProgress", text: "One runs." } },
    ],
    ["canceled", { json: { status: "Canceled" } }, { kind: "failed", error: { text: "The operation ended Canceled without a word." } }],
    [
      "404",
      refused(404, "NotFound"),
      { kind: "unreadable", refusal: { ok: false, kind: "gone", status: 404, code: "NotFound", message: "it is NotFound" } },
    ],
    ["no operation", { json: { hello: 1 } }, { kind: "unreadable", refusal: { ok: false, kind: "unreachable", status: 200 } }],
  ])("reads %s, following the URL as received", async (_name, reply, expected) => {
    await using bench = await openBench(() => reply);
    const answer = await bench.clock.work(() => bench.azure.operation(VAULT, `${bench.server.url}${path}`, bench.calls));
    expect(answer).toMatchObject(expected);
    expect(bench.server.received.map(({ method, url }) => `${method} ${url}`)).toEqual([`GET ${path}`]);
  });
});
