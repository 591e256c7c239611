import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseItemId, parseJobId, parseProtectedItemId } from "../../../src/cloud/discover/ids.ts";
import { readItemRow } from "../../../src/cloud/discover/item-row.ts";
import { readJobRow } from "../../../src/cloud/discover/job-row.ts";
import { parseDurationMs } from "../../../src/cloud/discover/row-values.ts";
import { ITEM_ID, jobRow, SUBSCRIPTION, VAULT, VAULT_ID } from "../azure/bench.ts";

const DPP_VAULT = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-backup/providers/Microsoft.DataProtection/Backupvaults/bv-1`;

function read(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  const result = readJobRow(jobRow(overrides));
  if ("bad" in result) throw new Error(result.bad.problem);
  return { ...result.job };
}

function problem(raw: unknown): string {
  const result = readJobRow(raw);
  if ("job" in result) throw new Error("the row was read");
  return `${result.bad.id}: ${result.bad.problem}`;
}

const dppRow = (overrides: Record<string, unknown> = {}): Record<string, unknown> =>
  jobRow({
    id: `${DPP_VAULT}/backupJobs/job-7`,
    type: "microsoft.dataprotection/backupvaults/backupjobs",
    itemId: `${DPP_VAULT}/backupInstances/disk-1-abc`,
    entityFriendlyName: "",
    instanceFriendlyName: "instance",
    dataSourceName: "disk-1",
    dataSourceSetName: "disk-1",
    backupManagementType: "",
    workloadType: "",
    dataSourceType: "Microsoft.Compute/disks",
    errorDetails: [{ code: "UserErrorManagedDiskNotFound", message: "Gone.", recommendedAction: ["Look."] }],
    errorSymbol: "",
    ...overrides,
  });

describe("rows of jobs", () => {
  it("C3: a Recovery Services row gives everything that is asked of a job", () => {
    expect(read()).toEqual({
      id: `${VAULT_ID}/backupJobs/job-1`,
      name: "job-1",
      vault: VAULT,
      itemId: ITEM_ID,
      itemName: "vm;iaasvmcontainerv2;rg-app;vm-1",
      friendlyName: "vm-1",
      workload: "AzureIaasVM",
      status: "Failed",
      operation: "backup",
      userTriggered: false,
      startMs: Date.UTC(2026, 10, 20, 7, 0, 0, 123),
      endMs: Date.UTC(2026, 10, 20, 7, 10),
      durationMs: 599_877,
      error: { symbol: "ExtensionSnapshotFailedNoNetwork", number: 400_053, text: "No network.", recommendations: ["Open port 443."] },
    });
  });

  it("C3: a Backup vault row gives the same of its own names", () => {
    expect(read(dppRow())).toMatchObject({
      vault: { id: DPP_VAULT, name: "bv-1", kind: "DataProtection", subscriptionId: SUBSCRIPTION, resourceGroup: "rg-backup" },
      itemName: "disk-1-abc",
      friendlyName: "disk-1",
      workload: "AzureDisk",
      error: { symbol: "UserErrorManagedDiskNotFound", text: "Gone.", recommendations: ["Look."] },
    });
    expect(read(dppRow({ dataSourceSetName: "server-1", dataSourceName: "db-1" }))["friendlyName"]).toBe("server-1/db-1");
    expect(read(dppRow({ dataSourceSetName: "", dataSourceName: "" }))["friendlyName"]).toBe("instance");
  });

  it.each([
    [true, "adhocBackup"],
    ["true", "adhocBackup"],
    ["True", "adhocBackup"],
    [1, "adhocBackup"],
    [false, "backup"],
    ["false", "backup"],
    ["", "backup"],
    [null, "backup"],
    [undefined, "backup"],
  ])("C3: isUserTriggered %j makes the operation %s", (userTriggered, operation) => {
    expect(read({ userTriggered })).toMatchObject({ operation, userTriggered: operation === "adhocBackup" });
  });

  it.each([
    ["Completed", "Succeeded"],
    ["CompletedWithWarnings", "Succeeded"],
    ["SUCCEEDED", "Succeeded"],
    ["InProgress", "Started"],
    ["Started", "Started"],
    ["failed", "Failed"],
    ["Cancelled", "Cancelled"],
    ["Cancelling", "Cancelling"],
    ["Paused", "Paused"],
  ])("C3: status %s is %s", (status, expected) => {
    expect(read({ status })["status"]).toBe(expected);
  });

  it("C3: fixed words are compared without case, and ids are kept as received", () => {
    const id = `${VAULT_ID.toUpperCase()}/BACKUPJOBS/Job-1`;
    const itemId = ITEM_ID.replace("resourceGroups/rg-backup", "resourcegroups/RG-Backup").replace("backupFabrics", "BackupFabrics");
    expect(read({ id, itemId })).toMatchObject({
      id,
      itemId,
      name: "Job-1",
      vault: { id: VAULT_ID.toUpperCase(), kind: "RecoveryServices", name: "VAULT-WEU" },
    });
  });

  it("C3: error details may be text, one object, partly unreadable or missing", () => {
    const details = [{ errorCode: "400053", errorString: "x" }];
    expect(read({ errorDetails: JSON.stringify(details), errorSymbol: "" })["error"]).toEqual({ number: 400_053, text: "x" });
    expect(read({ errorDetails: details[0], errorSymbol: "" })["error"]).toEqual({ number: 400_053, text: "x" });
    expect(read({ errorDetails: [{ errorCode: 1, errorString: {}, recommendations: "do it" }], errorSymbol: "" })["error"]).toEqual({
      number: 1,
      recommendations: ["do it"],
    });
    for (const nothing of ["", "{", null, undefined, [], 7])
      expect(read({ errorDetails: nothing, errorSymbol: "" })).not.toHaveProperty("error");
    const { errorDetails: _without, ...row } = jobRow({ errorSymbol: null });
    expect(readJobRow(row)).toMatchObject({ job: { id: row["id"] } });
    expect(readJobRow(row)).not.toHaveProperty("job.error");
  });

  it("a job that still runs has no end; times without an offset are UTC", () => {
    expect(read({ endTime: null, status: "InProgress", startTime: "2026-11-20T07:00:00" })).not.toHaveProperty("endMs");
    expect(read({ startTime: "2026-11-20T07:00:00" })["startMs"]).toBe(Date.UTC(2026, 10, 20, 7));
  });

  it.each([
    [{ id: "x" }, /^x: .*not that of a backup job/],
    [{ id: undefined }, /^\(no id\): .*expected string/],
    [{ itemId: "" }, /names no protected item/],
    [{ itemId: "/subscriptions/a" }, /not the id of a protected item/],
    [{ itemId: ITEM_ID.replace("vault-weu", "vault-other") }, /another vault/],
    [{ startTime: null }, /no start time/],
    [{ startTime: "yesterday" }, /expected an ISO 8601 time, found "yesterday"/],
    [{ status: "" }, /status/],
    [{ status: 3 }, /status/],
  ])("C3: a row with %j is handed back with what is wrong", (overrides, expected) => {
    expect(problem(jobRow(overrides))).toMatch(expected);
  });

  it("C3: no value at all makes the reader fail or forget a row", () => {
    const rows = fc.oneof(
      fc.anything(),
      fc.dictionary(fc.constantFrom(...Object.keys(jobRow())), fc.anything()).map((odd) => jobRow(odd)),
    );
    fc.assert(
      fc.property(rows, (raw) => "job" in readJobRow(raw) || problem(raw).length > 0),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.anything(), (raw) => "bad" in readItemRow(raw)),
      { numRuns: 200 },
    );
  });

  it.each([
    ["PT9.8782791S", 9878],
    ["PT1H2M3.5S", 3_723_500],
    ["P1DT1S", 86_401_000],
    ["00:20:23.0896697", 1_223_090],
    ["1.02:03:04", 93_784_000],
    ["PT", undefined],
    ["soon", undefined],
  ])("C3: the duration %s is %s ms", (text, expected) => {
    expect(parseDurationMs(text)).toBe(expected);
  });
});

describe("ids", () => {
  it.each([
    `${VAULT_ID}/backupJobs/..`,
    `${VAULT_ID}/backupJobs/a/b`,
    `${VAULT_ID.replace("rg-backup", "..")}/backupJobs/a`,
    `${VAULT_ID}/backupJobs/a\u0000`,
    VAULT_ID,
    "",
  ])("%j is not the id of a job", (id) => {
    expect(parseJobId(id)).toBeUndefined();
  });

  it("decodes the separator of container and item names, nothing else", () => {
    const id = `${VAULT_ID}/backupFabrics/Azure/protectionContainers/A%3bB/protectedItems/x%3By%20z%2F`;
    expect(parseProtectedItemId(id)).toMatchObject({ fabric: "Azure", container: "A;B", item: "x;y%20z%2F" });
    expect(parseItemId(id)).toMatchObject({ name: "x;y%20z%2F", vault: { name: "vault-weu" } });
  });

  it("an item of one kind is not looked for in a vault of the other", () => {
    expect(parseItemId(`${VAULT_ID}/backupInstances/x`)).toBeUndefined();
    expect(parseItemId(`${DPP_VAULT}/backupFabrics/Azure/protectionContainers/c/protectedItems/i`)).toBeUndefined();
  });
});

describe("rows of items", () => {
  const row = {
    id: ITEM_ID,
    type: "microsoft.recoveryservices/vaults/backupfabrics/protectioncontainers/protecteditems",
    friendlyName: "vm-1",
    sourceResourceId: "/subscriptions/a/vm-1",
    dataSourceId: "",
    backupManagementType: "AzureIaasVM",
    workloadType: "VM",
    dataSourceType: "",
    protectionState: "Protected",
    currentProtectionState: "ProtectionConfigured",
    deferredDelete: "",
    lastRecoveryPoint: "2026-11-19T07:00:00.1234567Z",
    policyName: "daily",
    instancePolicyName: "",
  };

  it("give the state of a protected item", () => {
    expect(readItemRow(row)).toEqual({
      item: {
        itemId: ITEM_ID,
        friendlyName: "vm-1",
        vault: VAULT,
        workload: "AzureIaasVM",
        sourceId: "/subscriptions/a/vm-1",
        protectionState: "Protected",
        softDeleted: false,
        lastRecoveryPointMs: Date.UTC(2026, 10, 19, 7, 0, 0, 123),
        policyName: "daily",
      },
    });
  });

  it("give the state of a backup instance", () => {
    const instance = {
      ...row,
      id: `${DPP_VAULT}/backupInstances/disk-1`,
      sourceResourceId: "",
      dataSourceId: "/disks/1",
      backupManagementType: "",
      workloadType: "",
      dataSourceType: "Microsoft.Compute/disks",
      protectionState: "",
      currentProtectionState: "SoftDeleted",
      lastRecoveryPoint: null,
      policyName: "",
      instancePolicyName: "weekly",
    };
    expect(readItemRow(instance)).toMatchObject({
      item: { workload: "AzureDisk", sourceId: "/disks/1", protectionState: "SoftDeleted", softDeleted: true, policyName: "weekly" },
    });
  });

  it("know soft deletion by either field, and 2001 as never", () => {
    expect(readItemRow({ ...row, deferredDelete: "True" })).toMatchObject({ item: { softDeleted: true } });
    expect(readItemRow({ ...row, lastRecoveryPoint: "2001-01-01T00:00:00Z" })).not.toHaveProperty("item.lastRecoveryPointMs");
  });

  it("are handed back when they cannot be read", () => {
    expect(readItemRow({ ...row, id: "/x" })).toEqual({
      bad: { id: "/x", problem: expect.stringContaining("not that of a protected item") },
    });
    expect(readItemRow({ ...row, lastRecoveryPoint: "never" })).toEqual({
      bad: { id: ITEM_ID, problem: expect.stringContaining("ISO 8601") },
    });
  });
});
