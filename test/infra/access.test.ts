import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as neededActions from "../../src/cloud/doctor/needed-actions.ts";
import { declared, readTemplates, root, templateAt } from "./bicep.ts";

const item = "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems";

/** What each call that the code makes needs. `graph` needs nothing itself: its rows are those that the identity can read. */
const actionsOfCalls: Readonly<Record<string, readonly string[]>> = {
  "GET /subscriptions": ["Microsoft.Resources/subscriptions/read"],
  "GET /subscriptions/{}/resources": ["Microsoft.Resources/subscriptions/resources/read"],
  "GET /providers/Microsoft.Authorization/permissions": ["Microsoft.Authorization/permissions/read"],
  "GET {operationUrl}": [`${item}/operationsStatus/read`],
  "client.resources": [],
  "backupJobs.list": ["Microsoft.RecoveryServices/Vaults/backupJobs/read"],
  "jobDetails.get": ["Microsoft.RecoveryServices/Vaults/backupJobs/read"],
  "backups.trigger": [`${item}/backup/action`],
};

/** What the rows of each type in a query need: the row itself and the vault that it is in. */
const actionsOfRows: Readonly<Record<string, readonly string[]>> = {
  "microsoft.resources/subscriptions": ["Microsoft.Resources/subscriptions/read"],
  "microsoft.recoveryservices/vaults": ["Microsoft.RecoveryServices/Vaults/read"],
  "microsoft.dataprotection/backupvaults": ["Microsoft.DataProtection/backupVaults/read"],
  "microsoft.recoveryservices/vaults/backupjobs": [
    "Microsoft.RecoveryServices/Vaults/read",
    "Microsoft.RecoveryServices/Vaults/backupJobs/read",
  ],
  "microsoft.recoveryservices/vaults/backupfabrics/protectioncontainers/protecteditems": [
    "Microsoft.RecoveryServices/Vaults/read",
    `${item}/read`,
  ],
  "microsoft.dataprotection/backupvaults/backupjobs": [
    "Microsoft.DataProtection/backupVaults/read",
    "Microsoft.DataProtection/backupVaults/backupJobs/read",
  ],
  "microsoft.recoveryservices/vaults/backuppolicies": [
    "Microsoft.RecoveryServices/Vaults/read",
    "Microsoft.RecoveryServices/Vaults/backupPolicies/read",
  ],
  "microsoft.dataprotection/backupvaults/backupinstances": [
    "Microsoft.DataProtection/backupVaults/read",
    "Microsoft.DataProtection/backupVaults/backupInstances/read",
  ],
  "microsoft.dataprotection/backupvaults/backuppolicies": [
    "Microsoft.DataProtection/backupVaults/read",
    "Microsoft.DataProtection/backupVaults/backupPolicies/read",
  ],
};

/** Only runs that filter by tags list resources, and not everybody wants the app to see them. */
const ON_REQUEST = "GET /subscriptions/{}/resources";

const granted = JSON.parse(readFileSync(join(root, "infra/access/role-actions.json"), "utf8")) as { always: string[]; tags: string[] };
const templates = readTemplates();

describe("the role for Azure Backup", () => {
  it("C13: knows every call that the code makes", () => {
    expect([...callsOf(sourcesOf("src/cloud/azure/*.ts"))].sort()).toEqual(Object.keys(actionsOfCalls).sort());
    const queries = sourcesOf("src/cloud/**/*.kql");
    const types = [...queries.matchAll(/'(microsoft\.[a-z/]+)'/g)].map(([, type = ""]) => type);
    expect([...new Set(types)].sort()).toEqual(Object.keys(actionsOfRows).sort());
  });

  it("C13: grants what these calls and rows need, and nothing more", () => {
    const calls = Object.entries(actionsOfCalls).flatMap(([call, actions]) => (call === ON_REQUEST ? [] : actions));
    const needed = new Set([...calls, ...Object.values(actionsOfRows).flat()]);
    expect([...granted.always].sort()).toEqual([...needed].sort());
    expect(granted.tags).toEqual(actionsOfCalls[ON_REQUEST]);
    for (const action of [...granted.always, ...granted.tags]) expect(action).toMatch(/^Microsoft\.\w+(\/\w+)+\/(read|backup\/action)$/);
  });

  it("C13: is what the doctor looks for, each action at the scope where it counts", () => {
    const { NEEDED_AT_VAULTS, NEEDED_FOR_TAGS, READ_PERMISSIONS, SEE_SUBSCRIPTION } = neededActions;
    const looked = [SEE_SUBSCRIPTION, READ_PERMISSIONS, ...Object.values(NEEDED_AT_VAULTS).flat()].map(({ action }) => action);
    expect([...looked].sort()).toEqual([...granted.always].sort());
    expect([NEEDED_FOR_TAGS.action]).toEqual(granted.tags);
    for (const [kind, provider] of [
      ["RecoveryServices", "Microsoft.RecoveryServices/"],
      ["DataProtection", "Microsoft.DataProtection/"],
    ] as const)
      expect(NEEDED_AT_VAULTS[kind].map(({ action }) => action)).toEqual(granted.always.filter((action) => action.startsWith(provider)));
  });

  it("C13: is the same list at a management group, a subscription and a vault, and asks for tags only when told to", () => {
    for (const scope of ["management-group", "subscription", "vault"]) {
      const template = templateAt(templates, `infra/access/${scope}.bicep`);
      expect(template.text).toContain("loadJsonContent('role-actions.json')");
      const role = declared(template, "role").text;
      expect(role).toContain(
        scope === "vault"
          ? "actions: actions.always\n"
          : "actions: tagAccess == 'read' ? concat(actions.always, actions.tags) : actions.always\n",
      );
      for (const none of ["notActions: []", "dataActions: []", "notDataActions: []"]) expect(role).toContain(none);
      if (scope !== "vault") expect(declared(template, "tagAccess").text).toContain("= 'none'");
      expect(declared(template, "assignment").text).toContain("principalType: 'ServicePrincipal'");
    }
  });
});

describe("the app's access to its own resources", () => {
  const access = templateAt(templates, "infra/app/host-access.bicep");

  it("C13: is the host's three storage roles on its own account and the one for telemetry", () => {
    expect(declared(access, "storageRoleIds").text.match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g)).toEqual([
      "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
      "974c5e8b-45b9-4653-ba55-5f855dd0fb88",
      "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
    ]);
    expect(declared(access, "storageAccess").text).toContain("scope: account\n");
    expect(declared(access, "telemetryAccess").text).toContain("scope: component\n");
    expect(access.declarations.filter(({ text }) => text.includes("'Microsoft.Authorization/"))).toHaveLength(2);
  });
});

function sourcesOf(pattern: string): string {
  return globSync(pattern, { cwd: root })
    .map((path) => readFileSync(join(root, path), "utf8"))
    .join("\n");
}

/** Calls of SDK clients, paths that requests are made to, and URLs that are followed. */
function callsOf(source: string): ReadonlySet<string> {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
  const sdk = [...code.matchAll(/\bclients?(?:\(\w+\))?\s*\.(\w+)(?:\s*\.(\w+))?\(/g)].flatMap(([, one = "", two]) =>
    one === "set" || one === "get" ? [] : [two === undefined ? `client.${one}` : `${one}.${two}`],
  );
  const paths = [...code.matchAll(/[`"](\/(?:subscriptions|providers)[^`"]*)[`"]/g)].map(
    ([, path = ""]) => `GET ${path.replace(/\$\{[^}]*\}/g, "{}").replace(/\?.*$/, "")}`,
  );
  const followed = [...code.matchAll(/\bget\(transport, (?!url\b)(\w+)\)/g)].map(([, name]) => `GET {${name}}`);
  return new Set([...sdk, ...paths, ...followed]);
}
