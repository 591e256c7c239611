import { describe, expect, it } from "vitest";
import { parseEstate } from "../../../../src/local/azure/estate/estate.ts";
import { type Asked, ask, each, itemPath, oneVault, read, SUBSCRIPTION, VAULT, vm, VM_BODY } from "../asked.ts";

const ITEMS = "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems";
const PERMISSIONS = "/providers/Microsoft.Authorization/permissions";
const FAILED = { status: "Failed", start: "-6h", end: "-5h50m", errorCode: "CloudInternalError" };

const estate = (deniedActions: readonly string[] = [], rest: object = {}): object =>
  oneVault([vm("vm-1", { jobs: [FAILED] })], rest, deniedActions.length === 0 ? {} : { deniedActions });
const code = async (answer: Promise<Awaited<ReturnType<Asked["get"]>>>): Promise<string> => {
  const { status, body } = read(await answer);
  return status < 400 ? String(status) : `${status} ${String(body["error"]?.["code"])}`;
};

describe("the permissions of the simulated identity", () => {
  it("are everything, on pages, at a subscription and at both kinds of vaults", async () => {
    const asked = ask({
      subscriptions: [
        {
          id: SUBSCRIPTION,
          vaults: [
            { name: "vault-weu", kind: "RecoveryServices", items: [] },
            { name: "bv", kind: "DataProtection", items: [] },
          ],
        },
      ],
    });
    const backupVault = `/subscriptions/${SUBSCRIPTION}/resourceGroups/RG-BACKUP/providers/Microsoft.DataProtection/backupVaults/bv`;
    for (const scope of [`/subscriptions/${SUBSCRIPTION}`, VAULT, backupVault]) {
      const first = read(await asked.get(`${scope}${PERMISSIONS}`));
      const second = read(await asked.get(String(first.body["nextLink"])));
      expect([...each(first.body["value"]), ...each(second.body["value"])]).toEqual([
        { actions: ["*/read"], notActions: [], dataActions: [], notDataActions: [] },
        { actions: ["*"], notActions: [], dataActions: [], notDataActions: [] },
      ]);
      expect(second.body).not.toHaveProperty("nextLink");
    }
    expect(await code(asked.get(`${VAULT}x${PERMISSIONS}`))).toBe("404 ResourceNotFound");
    expect(await code(asked.get(`/subscriptions/99999999-9999-4999-8999-999999999999${PERMISSIONS}`))).toBe("404 SubscriptionNotFound");
  });

  it("without an action: it is listed, and the call that needs it is refused", async () => {
    const asked = ask(estate([`${ITEMS}/backup/action`]));
    const listed = read(await asked.get(`${VAULT}${PERMISSIONS}`));
    expect(each(listed.body["value"])[0]?.["notActions"]).toEqual([`${ITEMS}/backup/action`]);
    const refused = read(await asked.post(`${itemPath("vm-1")}/backup`, VM_BODY));
    expect([refused.status, refused.body["error"]?.["code"]]).toEqual([403, "AuthorizationFailed"]);
    expect(refused.body["error"]?.["message"]).toContain(`perform action '${ITEMS}/backup/action' over scope '${VAULT}'`);
    expect(await code(asked.get(`${VAULT}/backupJobs`))).toBe("200");
  });

  it.each([
    ["Microsoft.RecoveryServices/Vaults/backupJobs/read", `${VAULT}/backupJobs`],
    ["Microsoft.RecoveryServices/*/backupjobs/read", `${VAULT}/backupJobs`],
    ["*/read", `${VAULT}/backupJobs`],
    [`${ITEMS}/read`, itemPath("vm-1")],
    ["Microsoft.Authorization/permissions/read", `${VAULT}${PERMISSIONS}`],
  ])("without %s a read is refused", async (action, path) => {
    expect(await code(ask(estate()).get(path))).toBe("200");
    expect(await code(ask(estate([action])).get(path))).toBe("403 AuthorizationFailed");
  });

  it.each([
    ["Microsoft.RecoveryServices/Vaults/read", "resources | where type =~ 'microsoft.recoveryservices/vaults'"],
    ["Microsoft.RecoveryServices/Vaults/backupJobs/read", "recoveryservicesresources | where type has 'backupJobs'"],
    [`${ITEMS}/read`, "recoveryservicesresources | where type has 'protectedItems'"],
  ])("without %s Resource Graph hides the rows", async (action, query) => {
    expect((await ask(estate()).graph(query)).body["totalRecords"]).toBe(1);
    expect((await ask(estate([action])).graph(query)).body["totalRecords"]).toBe(0);
  });

  it("of one subscription can be refused by a fault, others and Resource Graph go on", async () => {
    const refused = ask(estate([], { faults: [{ on: "any", subscription: "production", do: "status", code: 403 }] }));
    expect(await code(refused.get(`/subscriptions/${SUBSCRIPTION}${PERMISSIONS}`))).toBe("403 AuthorizationFailed");
    expect(await code(refused.get("/subscriptions"))).toBe("200");
    expect((await refused.graph("resourcecontainers")).status).toBe(200);
    const alone = ask(estate([], { faults: [{ on: "subscriptions", subscription: SUBSCRIPTION, do: "status", code: 403 }] }));
    expect(await code(alone.get(`/subscriptions/${SUBSCRIPTION}${PERMISSIONS}`))).toBe("403 AuthorizationFailed");
    expect(await code(alone.get(`${VAULT}${PERMISSIONS}`))).toBe("200");
  });

  it("are checked in the estate", () => {
    expect(() => parseEstate(JSON.stringify(estate(["backup"])))).toThrow(
      /subscriptions\[0\]\.vaults\[0\]\.deniedActions\[0\]: found "backup"; allowed: an action such as/,
    );
    expect(() => parseEstate(JSON.stringify(oneVault([], {}, { deniedActions: [] })))).toThrow(
      /deniedActions: found .*at least one action/,
    );
  });
});
