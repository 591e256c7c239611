import { describe, expect, it } from "vitest";
import { findWorkload } from "../../../src/cloud/workloads/workloads.ts";
import { ITEM_ID, openBench, START_MS, SUBSCRIPTION, VAULT, VAULT_ID } from "./bench.ts";
import type { Reply } from "./loopback-server.ts";

const EXPIRY_MS = Date.UTC(2026, 10, 30, 13, 0, 0, 123);
const properties = findWorkload("AzureIaasVM")?.backupRequest({ askedMs: EXPIRY_MS }).properties ?? {};
const REQUEST = { vault: VAULT, itemId: ITEM_ID, properties };

const OPERATION = `/Subscriptions/${SUBSCRIPTION}/resourceGroups/rg-backup/providers/Microsoft.RecoveryServices/vaults/vault-weu/backupFabrics/Azure/protectionContainers/IaasVMContainer;iaasvmcontainer;rg-app;vm-1/protectedItems/VM;iaasvmcontainer;rg-app;vm-1/operationsStatus/op-1?api-version=2016-12-01`;

function accepted(operationUrl: string): Reply {
  return {
    status: 202,
    headers: { "azure-asyncoperation": operationUrl, location: operationUrl.replace("Status", "Results"), "retry-after": "60" },
  };
}

function refused(status: number, code: string): Reply {
  return { status, json: { error: { code, message: `it is ${code}`, target: null, details: [], additionalInfo: null } } };
}

describe("the trigger of a backup", () => {
  it("C6: posts the recorded body to the item's own names, and gives the operation as received", async () => {
    await using bench = await openBench(() => accepted(`${bench.server.url}${OPERATION}`));
    const answer = await bench.clock.work(() => bench.azure.triggerBackup(REQUEST, bench.calls));
    expect(answer).toEqual({ kind: "accepted", operationUrl: `${bench.server.url}${OPERATION}`, retryAfterMs: 60_000 });
    const [sent] = bench.server.received;
    expect(sent?.method).toBe("POST");
    expect(decodeURIComponent(sent?.url ?? "")).toBe(`${ITEM_ID}/backup?api-version=2023-06-01`);
    expect(sent?.body).toEqual({
      properties: { objectType: "IaasVMBackupRequest", recoveryPointExpiryTimeInUTC: "2026-11-30T13:00:00.123Z" },
    });
    expect(sent?.headers["user-agent"]).toMatch(/^reprise\/\d/);
    expect(bench.calls).toEqual({ graph: 0, management: 1, retried: 0 });
  });

  it("takes container and item from the id whatever its case, and decodes %3B", async () => {
    await using bench = await openBench(() => accepted(`${bench.server.url}${OPERATION}`));
    const itemId = `${VAULT_ID.toUpperCase()}/BACKUPFABRICS/Azure/ProtectionContainers/IaasVMContainer%3Biaasvmcontainerv2%3BRG%3BVm/protecteditems/VM%3Biaasvmcontainerv2%3BRG%3BVm`;
    await bench.clock.work(() => bench.azure.triggerBackup({ ...REQUEST, itemId }, bench.calls));
    expect(bench.server.received[0]?.url).toContain(
      "/protectionContainers/IaasVMContainer%3Biaasvmcontainerv2%3BRG%3BVm/protectedItems/VM%3Biaasvmcontainerv2%3BRG%3BVm/backup",
    );
  });

  it("keeps hostile names inside their own part of the path", async () => {
    await using bench = await openBench(() => accepted(`${bench.server.url}${OPERATION}`));
    const itemId = `${VAULT_ID}/backupFabrics/Azure/protectionContainers/c?x=1#y/protectedItems/%2e%2e%2f{vaultName}\\..`;
    await bench.clock.work(() => bench.azure.triggerBackup({ ...REQUEST, itemId }, bench.calls));
    const path = bench.server.received[0]?.url.split("?")[0] ?? "";
    expect(path.split("/")).toHaveLength(ITEM_ID.split("/").length + 1);
    expect(path).toContain("/protectionContainers/c%3Fx%3D1%23y/protectedItems/%252e%252e%252f%7BvaultName%7D%5C../backup");
  });

  it.each([
    `${VAULT_ID}/backupFabrics/Azure/protectionContainers/../protectedItems/x`,
    ITEM_ID.replace("vault-weu", "vault-other"),
    "/not/an/id",
  ])("sends nothing for %s", async (itemId) => {
    await using bench = await openBench(() => accepted("never"));
    await expect(bench.clock.work(() => bench.azure.triggerBackup({ ...REQUEST, itemId }, bench.calls))).rejects.toThrow(
      "not one of the vault",
    );
    expect(bench.server.received).toEqual([]);
  });

  it.each<[string, Reply]>([
    ["a dropped connection", { drop: true }],
    ["a connection that ends within the answer", { status: 202, cut: true }],
    ["408", refused(408, "RequestTimeout")],
    ["500", refused(500, "CloudInternalError")],
    ["503 with Retry-After", { ...refused(503, "ServiceUnavailable"), headers: { "retry-after": "5" } }],
    ["504 as a page", { status: 504, text: "<html>gateway</html>", headers: { "content-type": "text/html" } }],
    ["200", { status: 200, json: {} }],
  ])("C12: %s is uncertain, and nothing is sent again", async (_name, reply) => {
    await using bench = await openBench(() => reply);
    const answer = await bench.clock.work(() => bench.azure.triggerBackup(REQUEST, bench.calls));
    expect(answer).toMatchObject({ kind: "uncertain", problem: expect.stringMatching(/./) });
    expect(bench.server.received).toHaveLength(1);
    expect(bench.calls).toEqual({ graph: 0, management: 1, retried: 0 });
  });

  it.each<[string, Reply]>([
    ["without an operation", { status: 202 }],
    ["whose operation is elsewhere", accepted("https://evil.example/operationsStatus/op-1")],
  ])("C12 C13: a 202 %s is accepted, and there is nothing to follow", async (_name, reply) => {
    await using bench = await openBench(() => reply);
    const answer = await bench.clock.work(() => bench.azure.triggerBackup(REQUEST, bench.calls));
    expect(answer.kind).toBe("accepted");
    expect(answer).not.toHaveProperty("operationUrl");
    expect(bench.server.received).toHaveLength(1);
  });

  it("C12: an accepted backup stays accepted when its body cannot be read", async () => {
    await using bench = await openBench(() => ({
      ...accepted(`${bench.server.url}${OPERATION}`),
      text: "{",
      headers: { ...accepted(`${bench.server.url}${OPERATION}`).headers, "content-type": "application/json" },
    }));
    const answer = await bench.clock.work(() => bench.azure.triggerBackup(REQUEST, bench.calls));
    expect(answer.kind).toBe("accepted");
  });

  it("C12: no answer within the deadline is uncertain", async () => {
    await using bench = await openBench(() => ({ silent: true }));
    const trigger = bench.clock.work(() =>
      Promise.all([
        bench.azure.triggerBackup(REQUEST, bench.calls),
        waitFor(() => bench.server.received.length > 0).then(() => bench.clock.sleep(100_001)),
      ]),
    );
    expect((await trigger)[0]).toEqual({ kind: "uncertain", problem: "No answer: No answer within 100 s." });
    expect(bench.server.received).toHaveLength(1);
  });

  it("C12: a refused connection is uncertain", async () => {
    await using bench = await openBench(() => ({}));
    await bench.server[Symbol.asyncDispose]();
    const answer = await bench.clock.work(() => bench.azure.triggerBackup(REQUEST, bench.calls));
    expect(answer.kind).toBe("uncertain");
  });

  it("C14: 429 is throttled, with the wait that was asked for as seconds or as a date", async () => {
    const date = new Date(START_MS + 90_000).toUTCString();
    await using bench = await openBench((_, count) => ({
      ...refused(429, "TooManyRequests"),
      headers: { "retry-after": count === 1 ? "17" : date },
    }));
    expect(await bench.clock.work(() => bench.azure.triggerBackup(REQUEST, bench.calls))).toEqual({ kind: "throttled", afterMs: 17_000 });
    expect(await bench.clock.work(() => bench.azure.triggerBackup(REQUEST, bench.calls))).toEqual({ kind: "throttled", afterMs: 90_000 });
    expect(bench.server.received).toHaveLength(2);
  });

  it.each([
    [400, "UserErrorInvalidRequestParameter"],
    [403, "AuthorizationFailed"],
    [404, "ResourceNotFound"],
    [409, "UserErrorBackupOperationInProgress"],
  ])("%i is a refusal with the service's code %s", async (status, code) => {
    await using bench = await openBench(() => refused(status, code));
    const answer = await bench.clock.work(() => bench.azure.triggerBackup(REQUEST, bench.calls));
    expect(answer).toEqual({ kind: "refused", status, error: { symbol: code, text: `it is ${code}` } });
    expect(bench.server.received).toHaveLength(1);
  });
});

async function waitFor(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
