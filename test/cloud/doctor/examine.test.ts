import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { GraphError, type Answer } from "../../../src/cloud/control-plane.ts";
import { examine, type AskedPlane, type Findings, type Question } from "../../../src/cloud/doctor/examine.ts";
import { examineStore } from "../../../src/cloud/doctor/examine-store.ts";
import { NEEDED_AT_VAULTS } from "../../../src/cloud/doctor/needed-actions.ts";
import type { VaultRef } from "../../../src/policy/job.ts";
import type { Permission } from "../../../src/policy/permission.ts";
import { openDirectoryStore } from "../../../src/store/directory.ts";
import { StoreError } from "../../../src/store/store.ts";

const PRODUCTION = "11111111-1111-4111-8111-111111111111";
const STAGING = "22222222-2222-4222-8222-222222222222";
const OTHER = "99999999-9999-4999-8999-999999999999";
const BACKUP = "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/backup/action";
const TAGS = "Microsoft.Resources/subscriptions/resources/read";
const PERMISSIONS_READ = "Microsoft.Authorization/permissions/read";
const ALL: Answer<readonly Permission[]> = { ok: true, value: [{ actions: ["*"], notActions: [] }] };
const NOTHING: Answer<readonly Permission[]> = { ok: true, value: [] };
const FORBIDDEN: Answer<never> = { ok: false, kind: "forbidden", status: 403, message: "not you" };

const vaultOf = (name: string, subscriptionId = PRODUCTION, kind: VaultRef["kind"] = "RecoveryServices"): VaultRef => ({
  id: `/subscriptions/${subscriptionId}/resourceGroups/rg/providers/${kind === "RecoveryServices" ? "Microsoft.RecoveryServices/vaults" : "Microsoft.DataProtection/backupVaults"}/${name}`,
  name,
  kind,
  subscriptionId,
  resourceGroup: "rg",
});
const A = vaultOf("vault-a");
const B = vaultOf("vault-b", STAGING);

interface Scene {
  /** By scope; where nothing is said, everything is allowed. */
  readonly permissions?: Readonly<Record<string, Answer<readonly Permission[]>>>;
  readonly vaults?: readonly VaultRef[];
  readonly question?: Partial<Question>;
  readonly plane?: Partial<AskedPlane>;
}

async function look({ permissions = {}, vaults = [A, B], question = {}, plane = {} }: Scene): Promise<Findings & { asked: string[] }> {
  const asked: string[] = [];
  const found = await examine(
    {
      subscriptions: async () => ({
        ok: true,
        value: [
          { id: PRODUCTION, name: "production" },
          { id: STAGING, name: "staging" },
        ],
      }),
      subscriptionsBelow: async () => [{ id: STAGING, name: "staging" }],
      vaultPages: async function* ({ subscriptions = [] }) {
        yield { vaults: vaults.filter(({ subscriptionId }) => subscriptions.includes(subscriptionId)), bad: [], notes: [] };
      },
      permissions: async (scope) => {
        asked.push(scope);
        return permissions[scope] ?? ALL;
      },
      ...plane,
    },
    { subscriptions: [], alsoSubscriptions: [], vaults: [], excludeVaults: [], tags: false, ...question },
    { graph: 0, management: 0, retried: 0 },
  );
  return { ...found, asked };
}

const missingOf = ({ checks }: Pick<Findings, "checks">): [scope: string, action: string][] =>
  checks.filter(({ allowed }) => !allowed).map(({ scope, action }) => [scope, action]);
const actions = NEEDED_AT_VAULTS.RecoveryServices.map(({ action }) => action);

describe("the doctor", () => {
  it("finds nothing wrong with an owner, and looks at every subscription and vault", async () => {
    const found = await look({});
    expect(missingOf(found)).toEqual([]);
    expect([...found.asked].sort()).toEqual([`/subscriptions/${PRODUCTION}`, `/subscriptions/${STAGING}`, A.id, B.id].sort());
    expect(found).toMatchObject({ subscriptions: 2, vaults: 2, notes: [] });
    expect(found.checks.filter(({ scope }) => scope === A.id).map(({ action }) => action)).toEqual(actions);
    for (const check of found.checks) expect(check).not.toHaveProperty("advice");
  });

  it("C13: names the action that is missing at one vault, why, what for, and what to do", async () => {
    const found = await look({
      permissions: {
        [A.id]: { ok: true, value: [{ actions: ["*"], notActions: [BACKUP] }] },
        [B.id]: { ok: true, value: [{ actions: ["*/read"], notActions: [] }] },
      },
    });
    expect(missingOf(found)).toEqual([
      [A.id, BACKUP],
      [B.id, BACKUP],
    ]);
    const [atA, atB] = found.checks.filter(({ allowed }) => !allowed);
    expect(atA?.advice).toMatch(/takes it away again in its notActions.*no backup can be started.*Assign.*at the vault/);
    expect(atB?.advice).toMatch(/^No role of the identity grants it/);
  });

  it("C13: names a subscription whose permissions are refused, and says nothing of its single actions", async () => {
    const scope = `/subscriptions/${STAGING}`;
    const found = await look({ permissions: { [scope]: FORBIDDEN, [B.id]: FORBIDDEN } });
    expect(missingOf(found)).toEqual([
      [scope, PERMISSIONS_READ],
      [B.id, PERMISSIONS_READ],
    ]);
    expect(found.checks.find(({ allowed }) => !allowed)?.advice).toMatch(/HTTP 403: not you.*--vault/);
  });

  it("takes a role at the vaults alone, and says what that leaves out", async () => {
    const found = await look({ permissions: { [`/subscriptions/${PRODUCTION}`]: NOTHING } });
    expect(missingOf(found)).toEqual([]);
    expect(found.notes).toEqual([
      expect.stringMatching(/^Subscription production: 10 of 10 actions are not granted at the subscription.*made later/),
    ]);
    // Asked for by name, the subscriptions do not matter.
    const named = await look({ permissions: { [`/subscriptions/${PRODUCTION}`]: FORBIDDEN }, question: { vaults: ["VAULT-A"] } });
    expect(named).toMatchObject({ notes: [], vaults: 1, asked: [A.id] });
    expect(missingOf(named)).toEqual([]);
  });

  it("says at the subscription what is missing there when no vault can be seen", async () => {
    const found = await look({ permissions: { [`/subscriptions/${PRODUCTION}`]: NOTHING }, vaults: [B] });
    expect(missingOf(found).map(([scope]) => scope)).toEqual(Array.from({ length: 10 }, () => `/subscriptions/${PRODUCTION}`));
    expect(missingOf(found).map(([, action]) => action)).toEqual([
      ...actions,
      ...NEEDED_AT_VAULTS.DataProtection.map(({ action }) => action),
    ]);
  });

  it("C2: names subscriptions that are asked for and cannot be seen, in the list or in a schedule", async () => {
    const listed = await look({ question: { subscriptions: [STAGING.toUpperCase(), OTHER] } });
    expect(missingOf(listed)).toEqual([[`/subscriptions/${OTHER}`, "Microsoft.Resources/subscriptions/read"]]);
    expect(listed.asked).toEqual([`/subscriptions/${STAGING}`, B.id]);
    const also = await look({ question: { subscriptions: [PRODUCTION], alsoSubscriptions: [STAGING, OTHER, PRODUCTION] } });
    expect(missingOf(also).map(([scope]) => scope)).toEqual([`/subscriptions/${OTHER}`]);
    expect(also).toMatchObject({ subscriptions: 2, vaults: 2 });
    const none = await look({ plane: { subscriptions: async () => ({ ok: true, value: [] }) } });
    expect(none.checks).toMatchObject([
      { scope: "/subscriptions", allowed: false, advice: expect.stringContaining("no subscription at all") },
    ]);
    const refused = await look({ plane: { subscriptions: async () => ({ ok: false, kind: "forbidden", message: "no token" }) } });
    expect(refused.checks).toMatchObject([
      { scope: "/subscriptions", allowed: false, advice: expect.stringMatching(/no token.*az login/) },
    ]);
  });

  it("looks at the subscriptions under a management group", async () => {
    const found = await look({ question: { managementGroup: "mg" } });
    expect(found.asked).toEqual([`/subscriptions/${STAGING}`, B.id]);
    const empty = await look({ question: { managementGroup: "mg" }, plane: { subscriptionsBelow: async () => [] } });
    expect(missingOf(empty)).toEqual([["/providers/Microsoft.Management/managementGroups/mg", "Microsoft.Resources/subscriptions/read"]]);
  });

  it("goes on without Resource Graph, and says so", async () => {
    const found = await look({
      plane: {
        // oxlint-disable-next-line eslint/require-yield
        vaultPages: async function* () {
          throw new GraphError("GRAPH_FORBIDDEN", "refused");
        },
      },
    });
    expect(missingOf(found)).toEqual([["/providers/Microsoft.ResourceGraph", "Microsoft.ResourceGraph/resources/read"]]);
    expect(found.asked).toEqual([`/subscriptions/${PRODUCTION}`, `/subscriptions/${STAGING}`]);
    expect(found.notes).toEqual(["No vault could be looked at by itself."]);
  });

  it("leaves out excluded vaults, names patterns that fit none, and asks for tags on demand", async () => {
    expect((await look({ question: { excludeVaults: ["vault-a"] } })).asked).not.toContain(A.id);
    expect(missingOf(await look({ question: { vaults: ["vault-*", "nowhere"] } }))).toEqual([
      ["nowhere", "Microsoft.RecoveryServices/Vaults/read"],
    ]);
    const untagged = { [`/subscriptions/${STAGING}`]: { ok: true, value: [{ actions: ["*"], notActions: [TAGS] }] } } as const;
    expect(missingOf(await look({ permissions: untagged }))).toEqual([]);
    expect(missingOf(await look({ permissions: untagged, question: { tags: true } }))).toEqual([[`/subscriptions/${STAGING}`, TAGS]]);
    expect(missingOf(await look({ permissions: untagged, question: { tags: true, vaults: ["vault-b"] } }))).toEqual([
      [`/subscriptions/${STAGING}`, TAGS],
    ]);
  });

  it("keeps the order of subscriptions and vaults, however late answers come", async () => {
    const many = Array.from({ length: 30 }, (_, index) => vaultOf(`vault-${index}`));
    let underWay = 0;
    let most = 0;
    const found = await look({
      vaults: many,
      plane: {
        permissions: async (scope) => {
          most = Math.max(most, ++underWay);
          await new Promise((resolve) => setTimeout(resolve, scope.length % 7));
          underWay--;
          return ALL;
        },
      },
    });
    const order = [...new Set(found.checks.filter(({ scope }) => scope.includes("/vaults/")).map(({ scope }) => scope))];
    expect(order).toEqual(many.map(({ id }) => id));
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(9);
  });
});

describe("the doctor at the run store", () => {
  const folder = (): string => {
    const made = mkdtempSync(join(tmpdir(), "reprise-doctor-"));
    onTestFinished(() => rmSync(made, { recursive: true, force: true }));
    return made;
  };

  it("writes, reads and deletes one record, and leaves none behind", async () => {
    const store = openDirectoryStore(folder());
    const checks = await examineStore({ store, place: "here", isBlob: false, probe: "x" });
    expect(checks.map(({ action, allowed }) => [action, allowed])).toEqual([
      ["write", true],
      ["read", true],
      ["delete", true],
    ]);
    const left: string[] = [];
    for await (const key of store.list("")) left.push(key);
    expect(left).toEqual([]);
  });

  it("names what is refused", async () => {
    const file = join(folder(), "file");
    writeFileSync(file, "");
    const real = await examineStore({ store: openDirectoryStore(file), place: file, isBlob: false, probe: "x" });
    expect(real).toMatchObject([{ scope: file, action: "write", allowed: false }]);
    const denied = async (): Promise<never> => {
      throw new StoreError("STORE_DENIED", "refused");
    };
    const store = { ...openDirectoryStore(folder()), put: denied, delete: denied };
    const checks = await examineStore({ store, place: "https://x/reprise-runs", isBlob: true, probe: "x" });
    expect(checks.map(({ action, allowed }) => [action.split("/").at(-1), allowed])).toEqual([
      ["write", false],
      ["read", true],
      ["delete", false],
    ]);
    expect(checks[0]?.advice).toMatch(/^refused\. .*Storage Blob Data Contributor/);
  });
});
