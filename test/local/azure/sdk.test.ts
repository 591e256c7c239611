import { createServer } from "node:net";
import { RecoveryServicesBackupClient, type AzureIaaSVMJob, type OperationStatusJobExtendedInfo } from "@azure/arm-recoveryservicesbackup";
import { ResourceGraphClient } from "@azure/arm-resourcegraph";
import type { AccessToken, TokenCredential } from "@azure/core-auth";
import { createDefaultHttpClient, createHttpHeaders, createPipelineRequest, RestError } from "@azure/core-rest-pipeline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../src/clock/clock.ts";
import { parseEstate } from "../../../src/local/azure/estate/estate.ts";
import { inProcessHttpClient } from "../../../src/local/azure/http-client.ts";
import { startSimulatorServer, type SimulatorServer } from "../../../src/local/azure/server.ts";
import { createSimulator } from "../../../src/local/azure/simulator.ts";
import { ask, itemPath, oneVault, read, SUBSCRIPTION, VAULT, vm, VM_BODY } from "./asked.ts";

const PLACEHOLDER: AccessToken = { token: "placeholder", expiresOnTimestamp: Number.MAX_SAFE_INTEGER };
const credential: TokenCredential = { getToken: () => Promise.resolve(PLACEHOLDER) };
const CONTAINER = "iaasvmcontainer;iaasvmcontainerv2;rg-app;vm-1";
const ITEM = "vm;iaasvmcontainerv2;rg-app;vm-1";

describe("the clients of the Azure SDK, in the same process", () => {
  it("query Resource Graph, trigger, follow the operation and read the job", async () => {
    const asked = ask(oneVault([vm("vm-1", { jobs: [{ status: "Failed", start: "-6h", errorCode: "CloudInternalError" }] })]));
    const options = { httpClient: inProcessHttpClient(asked.simulator), retryOptions: { maxRetries: 0 } };
    const graph = new ResourceGraphClient(credential, options);
    const found = await graph.resources({
      query: "RecoveryServicesResources | where type endswith 'backupjobs' | project id",
      options: { resultFormat: "objectArray" },
    });
    expect([found.totalRecords, found.resultTruncated]).toEqual([1, "false"]);

    const backup = new RecoveryServicesBackupClient(credential, SUBSCRIPTION, options);
    let operation = "";
    await backup.backups.trigger(
      "vault-weu",
      "rg-backup",
      "Azure",
      CONTAINER,
      ITEM,
      { properties: { objectType: "IaasVMBackupRequest" } },
      {
        onResponse: (raw) => {
          operation = new URL(raw.headers.get("azure-asyncoperation") ?? "").pathname.split("/").at(-1) ?? "";
        },
      },
    );
    await asked.pass(60);
    const status = await backup.protectedItemOperationStatuses.get("vault-weu", "rg-backup", "Azure", CONTAINER, ITEM, operation);
    const { jobId = "" } = status.properties as OperationStatusJobExtendedInfo;
    await asked.pass(1800);
    const { properties } = await backup.jobDetails.get("vault-weu", "rg-backup", jobId);
    expect(properties).toMatchObject({
      status: "Completed",
      entityFriendlyName: "vm-1",
      isUserTriggered: true,
    } satisfies Partial<AzureIaaSVMJob>);
    const names: unknown[] = [];
    for await (const job of backup.backupJobs.list("vault-weu", "rg-backup", { filter: "operation eq 'Backup'" }))
      names.push(job.properties?.status);
    expect(names).toEqual(["Completed", "Failed"]);
    const item = await backup.protectedItems.get("vault-weu", "rg-backup", "Azure", CONTAINER, ITEM);
    expect(item.properties?.lastRecoveryPoint).toEqual(new Date("2026-11-20T13:00:00Z"));
  });

  it("see a broken connection and an abort as the SDK reports them", async () => {
    const faults = [
      { on: "trigger", do: "drop-connection", times: 1 },
      { on: "trigger", do: "delay", seconds: 3600 },
    ];
    const asked = ask(oneVault([vm("vm-1")], { faults }));
    const client = inProcessHttpClient(asked.simulator);
    const request = (abortSignal?: AbortSignal) =>
      createPipelineRequest({
        method: "POST",
        url: `https://management.azure.com${itemPath("vm-1")}/backup?api-version=2023-06-01`,
        headers: createHttpHeaders({ Authorization: "Bearer placeholder" }),
        body: JSON.stringify(VM_BODY),
        ...(abortSignal !== undefined && { abortSignal }),
      });
    const dropped = await client.sendRequest(request()).catch((error: unknown) => error);
    expect(dropped).toBeInstanceOf(RestError);
    expect((dropped as RestError).code).toBe("ECONNRESET");
    const controller = new AbortController();
    const aborted = asked.clock.work(() => client.sendRequest(request(controller.signal)).catch((error: unknown) => error));
    controller.abort();
    expect(await aborted).toMatchObject({ name: "AbortError" });
  });
});

describe("the simulator behind sockets, on real time", () => {
  let server: SimulatorServer;
  const client = createDefaultHttpClient();

  beforeAll(async () => {
    const faults = [{ on: "jobs", do: "drop-connection", times: 1 }];
    const items = [vm("vm-1", { jobs: [{ status: "Failed", start: "-6h" }], next: [{ status: "Completed", after: "30m" }] })];
    const estate = parseEstate(JSON.stringify(oneVault(items, { speed: 3600, faults })), { realTime: true });
    server = await startSimulatorServer(createSimulator({ estate, clock: systemClock, realTime: true }), { port: 0 });
  });
  afterAll(() => server.close());

  async function send(method: "GET" | "POST", path: string, body?: unknown) {
    const response = await client.sendRequest(
      createPipelineRequest({
        method,
        url: path.startsWith("http") ? path : `${server.url}${path}?api-version=2023-06-01`,
        headers: createHttpHeaders({ Authorization: "Bearer placeholder" }),
        allowInsecureConnection: true,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    );
    return read({ status: response.status, headers: response.headers.toJSON(), body: response.bodyAsText ?? "" });
  }

  it("answers with its own address in links, and jobs take their time divided by the speed", async () => {
    const expiry = {
      properties: { objectType: "IaasVMBackupRequest", recoveryPointExpiryTimeInUTC: new Date(Date.now() + 864_000_000).toISOString() },
    };
    const accepted = await send("POST", `${itemPath("vm-1")}/backup`, expiry);
    expect([accepted.status, accepted.headers["retry-after"]]).toEqual([202, "1"]);
    const url = accepted.headers["azure-asyncoperation"] ?? "";
    expect(url.startsWith(`${server.url}/Subscriptions/`)).toBe(true);
    const started = Date.now();
    let status = "";
    while (status !== "Completed" && Date.now() - started < 10_000) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      const jobId = (await send("GET", url)).body["properties"]?.["jobId"];
      if (jobId !== undefined) status = String((await send("GET", `${VAULT}/backupJobs/${jobId}`)).body["properties"]?.["status"]);
    }
    expect(status).toBe("Completed");
    expect(Date.now() - started).toBeLessThan(5_000);
  });

  it("destroys the socket when a fault drops the connection", async () => {
    await expect(send("GET", `${VAULT}/backupJobs`)).rejects.toMatchObject({ code: "ECONNRESET" });
    expect((await send("GET", `${VAULT}/backupJobs`)).status).toBe(200);
  });

  it("logs every request in a line, and takes no port that is taken", async () => {
    const response = await fetch(`${server.url}/_simulator/log`);
    const lines = (await response.text())
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines[0]).toMatchObject({ method: "POST", path: `${itemPath("vm-1")}/backup`, status: 202, item: "vm-1" });
    expect(Object.keys(lines[0] ?? {})).toEqual(["time", "method", "path", "status", "item"]);
    expect(lines.some((line) => line["status"] === 0)).toBe(true);
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as { readonly port: number };
    const estate = parseEstate(JSON.stringify(oneVault([])));
    await expect(startSimulatorServer(createSimulator({ estate, clock: systemClock }), { port })).rejects.toMatchObject({
      code: "EADDRINUSE",
    });
    taken.close();
  });
});
