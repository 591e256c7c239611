import { describe, expect, it } from "vitest";
import { type Asked, ask, each, itemPath, oneVault, read, VAULT, vm, VM_BODY } from "../asked.ts";

const FAILED = { status: "Failed", start: "-6h", end: "-5h50m", errorCode: "CloudInternalError" };

async function code(asked: Asked, name: string, body: unknown = VM_BODY): Promise<string> {
  const answer = read(await asked.post(`${itemPath(name)}/backup`, body));
  return answer.status === 202 ? "202" : `${answer.status} ${String(answer.body["error"]?.["code"])}`;
}

async function jobs(asked: Asked, filter: string): Promise<string[]> {
  const answer = read(await asked.get(`${VAULT}/backupJobs?$filter=${encodeURIComponent(filter)}`));
  return each(answer.body["value"]).map((job) => `${job["properties"]?.["entityFriendlyName"]} ${job["properties"]?.["status"]}`);
}

describe("an on-demand backup", () => {
  it("goes from 202 through its operation to its job's end", async () => {
    const asked = ask(
      oneVault([
        vm("vm-1", {
          jobs: [FAILED],
          next: [
            { status: "Failed", after: "20m", errorCode: "AzureVmOffline" },
            { status: "Completed", after: "30m" },
          ],
        }),
      ]),
    );
    const accepted = read(await asked.post(`${itemPath("vm-1")}/backup`, VM_BODY));
    expect(accepted.status).toBe(202);
    expect(accepted.headers["retry-after"]).toBe("60");
    const url = accepted.headers["azure-asyncoperation"] ?? "";
    expect(url).toMatch(
      /^https:\/\/management\.azure\.com\/Subscriptions\/.*;iaasvmcontainer;rg-app;vm-1\/operationsStatus\/[\da-f-]{36}\?api-version=2016-12-01$/,
    );
    expect(read(await asked.get(url)).body).toMatchObject({ status: "InProgress" });
    expect(read(await asked.get(accepted.headers["location"] ?? "")).status).toBe(202);
    await asked.pass(60);
    const ready = read(await asked.get(url)).body;
    expect(ready["status"]).toBe("Succeeded");
    expect(ready["startTime"]).toBe(ready["endTime"]);
    const jobId = String(ready["properties"]?.["jobId"]);
    const job = async () => read(await asked.get(`${VAULT.toLowerCase()}/backupJobs/${jobId}`)).body["properties"];
    expect(await job()).toMatchObject({ status: "InProgress", isUserTriggered: true });
    await asked.pass(1200);
    expect(await job()).toMatchObject({
      status: "Failed",
      errorDetails: [{ errorCode: 380008 }],
      extendedInfo: { propertyBag: { "Error Code": "AzureVmOffline" } },
    });
    expect(await code(asked, "vm-1")).toBe("202");
    await asked.pass(1800);
    expect(await jobs(asked, "operation eq 'Backup'")).toEqual(["vm-1 Completed", "vm-1 Failed", "vm-1 Failed"]);
    const state = read(await asked.get("/_simulator/state")).body["items"]?.[0];
    expect(state).toMatchObject({ name: "vm-1", backupsAccepted: 2 });
    expect(state?.["jobs"]?.[1]).toMatchObject({
      id: jobId,
      status: "Failed",
      userTriggered: true,
      expiry: "2026-11-30T13:00:00.000Z",
    });
  });

  it("is refused while another runs, and above the day's limit", async () => {
    const quick = [{ status: "Failed", after: "1m", errorCode: "CloudInternalError" }];
    const asked = ask(oneVault([vm("vm-1", { next: quick }), vm("vm-2", { jobs: [{ status: "Completed", start: "5m", end: "30m" }] })]));
    const codes: string[] = [];
    for (let index = 0; index < 10; index++) {
      codes.push(await code(asked, "vm-1"));
      if (index === 0) expect(await code(asked, "vm-1")).toBe("409 UserErrorBackupOperationInProgress");
      await asked.pass(120);
    }
    expect(codes).toEqual([...Array.from({ length: 9 }, () => "202"), "400 CloudDosAbsoluteLimitReached"]);
    expect(await code(asked, "vm-2")).toBe("409 UserErrorBackupOperationInProgress");
    await asked.pass(12 * 3600);
    expect(await code(asked, "vm-1")).toBe("202");
  });

  it("is refused for items that are out of service, and for a wrong body", async () => {
    const asked = ask(
      oneVault([
        vm("vm-deleted", { softDeleted: true }),
        vm("vm-stopped", { protectionState: "ProtectionStopped" }),
        vm("vm-first", { protectionState: "ProtectionError" }),
        vm("vm-1"),
      ]),
    );
    expect(await code(asked, "vm-deleted")).toMatch(/^400 /);
    expect(await code(asked, "vm-stopped")).toMatch(/^400 /);
    expect(await code(asked, "vm-first")).toBe("202");
    expect(await code(asked, "vm-none")).toBe("404 ResourceNotFound");
    const invalid = "400 UserErrorInvalidRequestParameter";
    expect(await code(asked, "vm-1", {})).toBe(invalid);
    expect(await code(asked, "vm-1", { properties: { objectType: "AzureFileShareBackupRequest" } })).toBe(invalid);
    expect(await code(asked, "vm-1", { properties: { ...VM_BODY.properties, recoveryPointExpiryTimeInUTC: "2026-11-20T12:59:59Z" } })).toBe(
      invalid,
    );
    expect(await code(asked, "vm-1", { properties: { ...VM_BODY.properties, recoveryPointExpiryTimeInUTC: "tomorrow" } })).toBe(invalid);
    expect(await code(asked, "vm-1", { properties: { objectType: "IaasVMBackupRequest" } })).toBe("202");
  });

  it("of a database has to keep a full backup for 45 days", async () => {
    const asked = ask(oneVault([{ name: "orders", workload: "SQLDataBase", resourceGroup: "rg-sql" }]));
    const path = `${VAULT}/backupFabrics/Azure/protectionContainers/VMAppContainer;Compute;rg-sql;orders-host/protectedItems/SQLDataBase;mssqlserver;orders/backup`;
    const request = (backupType: string, recoveryPointExpiryTimeInUTC: string) => ({
      properties: { objectType: "AzureWorkloadBackupRequest", backupType, recoveryPointExpiryTimeInUTC },
    });
    expect(read(await asked.post(path, request("Full", "2026-11-30T13:00:00Z"))).status).toBe(400);
    expect(read(await asked.post(path, request("CopyOnlyFull", "2026-11-30T13:00:00Z"))).status).toBe(202);
  });

  it("answers 401 without a token, 403 in a forbidden vault, 404 below unknown names, 400 without a version", async () => {
    const asked = ask(oneVault([vm("vm-1")], {}, { forbidden: true }));
    expect(await code(asked, "vm-1")).toBe("403 AuthorizationFailed");
    const statusOf = async (path: string): Promise<unknown> => {
      const answer = read(await asked.get(path));
      return [answer.status, answer.body["error"]?.["code"]];
    };
    expect(await statusOf(`${VAULT}/backupJobs`)).toEqual([403, "AuthorizationFailed"]);
    expect(await statusOf(`${VAULT.replace("vault-weu", "vault-x")}/backupJobs`)).toEqual([404, "ResourceNotFound"]);
    expect(await statusOf("/subscriptions/99999999-9999-4999-8999-999999999999/resources")).toEqual([404, "SubscriptionNotFound"]);
    const bare = (headers: Record<string, string>, path: string) =>
      asked.simulator.handle({ method: "GET", url: `https://management.azure.com${path}`, headers, body: "" });
    expect(read(await bare({}, "/subscriptions?api-version=2022-12-01")).status).toBe(401);
    expect(read(await bare({ authorization: "Bearer x" }, "/subscriptions")).body["error"]?.["code"]).toBe("MissingApiVersionParameter");
  });
});

describe("the lists", () => {
  it("filter jobs by start, status and operation, and refuse what they do not know", async () => {
    const asked = ask(
      oneVault([
        vm("vm-1", { jobs: [FAILED, { status: "Completed", start: "-2h", end: "-1h" }] }),
        vm("vm-2", { jobs: [{ status: "Failed", start: "-3h", operation: "Restore" }] }),
      ]),
    );
    expect(await jobs(asked, "startTime eq '2026-11-20 07:00:00 AM' and endTime eq '2026-11-20 10:30:00 AM'")).toEqual([
      "vm-2 Failed",
      "vm-1 Failed",
    ]);
    expect(await jobs(asked, "startTime eq '2026-11-20 00:00:00 AM' and status eq 'failed' and operation eq 'Backup'")).toEqual([
      "vm-1 Failed",
    ]);
    const answer = read(await asked.get(`${VAULT}/backupJobs`)).body["value"]?.[0]?.["properties"];
    expect(JSON.stringify(answer)).not.toMatch(/protectedItems|backupInstanceId|extendedInfo/);
    for (const filter of ["colour eq 'red'", "startTime eq '2026-11-20T07:00:00Z'", "status eq Failed", "status eq 'Failed' and "])
      expect(read(await asked.get(`${VAULT}/backupJobs?$filter=${encodeURIComponent(filter)}`)).status).toBe(400);
  });

  it("follow next links to the end, over jobs, items, subscriptions and tagged resources", async () => {
    const items = Array.from({ length: 450 }, (_, index) =>
      vm(`vm-${index}`, { jobs: [FAILED], tags: { tier: index % 3 === 0 ? "gold" : "tin" } }),
    );
    const more = [2, 3, 4].map((digit) => ({ id: subscriptionId(digit), vaults: [] }));
    const estate = oneVault(items) as { subscriptions: object[] };
    const asked = ask({ subscriptions: [...estate.subscriptions, ...more] });
    const all = async (path: string): Promise<number[]> => {
      const pages: number[] = [];
      for (let next: string | undefined = path; next !== undefined;) {
        const { body } = read(await asked.get(next));
        pages.push(body["value"]?.length ?? 0);
        next = body["nextLink"];
      }
      return pages;
    };
    expect(await all(`${VAULT}/backupJobs`)).toEqual([200, 200, 50]);
    expect(await all(`${VAULT}/backupProtectedItems?$filter=${encodeURIComponent("backupManagementType eq 'AzureIaasVM'")}`)).toEqual([
      200, 200, 50,
    ]);
    expect(await all("/subscriptions")).toEqual([2, 2]);
    const tagged = encodeURIComponent("tagName eq 'TIER' and tagValue eq 'gold'");
    expect(await all(`${VAULT.split("/resourceGroups")[0] ?? ""}/resources?$filter=${tagged}`)).toEqual([150]);
  });

  it("show an item as soft-deleted, never backed up, or healthy", async () => {
    const asked = ask(oneVault([vm("vm-1", { softDeleted: true }), vm("vm-2", { jobs: [FAILED], lastRecoveryPoint: "-30h" })]));
    expect(read(await asked.get(itemPath("vm-1"))).body["properties"]).toMatchObject({
      isScheduledForDeferredDelete: true,
      lastBackupTime: "2001-01-01T00:00:00Z",
    });
    expect(read(await asked.get(itemPath("VM-2"))).body["properties"]).toMatchObject({
      protectionState: "Protected",
      lastBackupStatus: "Failed",
      lastRecoveryPoint: "2026-11-19T07:00:00.0000000Z",
      containerName: "iaasvmcontainerv2;rg-app;vm-2",
    });
  });
});

function subscriptionId(digit: number): string {
  return `${String(digit).repeat(8)}-2222-4222-8222-222222222222`;
}
