/** The templates as Bicep builds them. Where there is no `bicep` on the PATH these are skipped. */
import { spawnSync } from "node:child_process";
import { beforeAll, describe, expect, it } from "vitest";
import { root } from "./bicep.ts";

interface Resource {
  readonly type: string;
  readonly name: string;
  readonly condition?: string;
  readonly existing?: boolean;
  readonly scope?: string;
  readonly dependsOn?: readonly string[];
  readonly properties?: Readonly<Record<string, unknown>> & { readonly template?: Template };
}

interface Template {
  readonly parameters?: Readonly<Record<string, { readonly metadata?: { readonly description?: string } }>>;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly resources: readonly Resource[] | Readonly<Record<string, Resource>>;
}

/** https://learn.microsoft.com/azure/role-based-access-control/built-in-roles */
const BUILT_IN_ROLES: Readonly<Record<string, string>> = {
  "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "Storage Blob Data Owner",
  "974c5e8b-45b9-4653-ba55-5f855dd0fb88": "Storage Queue Data Contributor",
  "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3": "Storage Table Data Contributor",
  "3913510d-42f4-4e42-8a64-420c390055eb": "Monitoring Metrics Publisher",
  "4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
  "0ad04412-c4d5-4796-b79c-f76d14c8d402": "Durable Task Data Contributor",
};

const hasBicep = spawnSync("bicep", ["--version"]).error === undefined;

function build(path: string): Template {
  const { status, stdout, stderr } = spawnSync("bicep", ["build", path, "--stdout"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Template;
}

const resourcesOf = ({ resources }: Template): readonly Resource[] => Object.values(resources);

function* everything(template: Template): Generator<{ readonly template: Template; readonly resource: Resource }> {
  for (const resource of resourcesOf(template)) {
    yield { template, resource };
    if (resource.properties?.template !== undefined) yield* everything(resource.properties.template);
  }
}

describe.skipIf(!hasBicep)("the built templates", { timeout: 120_000 }, () => {
  let main: Template;
  beforeAll(() => {
    main = build("infra/main.bicep");
  }, 120_000);

  it("describe every parameter", () => {
    const parts = [main, ...[...everything(main)].flatMap(({ resource }) => resource.properties?.template ?? [])];
    expect(parts.length).toBeGreaterThan(8);
    for (const { parameters = {} } of parts)
      for (const [name, { metadata }] of Object.entries(parameters)) expect(metadata?.description, name).toMatch(/.{5,}/);
  });

  it("assign known roles to service principals, and none to a whole resource group", () => {
    const assignments = [...everything(main)].filter(({ resource }) => resource.type === "Microsoft.Authorization/roleAssignments");
    expect(assignments.length).toBeGreaterThanOrEqual(6);
    const known = new Set<string>();
    for (const { template, resource } of assignments) {
      expect(resource.properties?.["principalType"]).toBe("ServicePrincipal");
      const ids = JSON.stringify(template.variables ?? {}).match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? [];
      for (const id of ids) expect(Object.keys(BUILT_IN_ROLES)).toContain(id);
      for (const id of ids) known.add(id);
      const custom = String(resource.properties?.["roleDefinitionId"]).includes("reprise-backup-retry");
      expect(custom || ids.length > 0, JSON.stringify(resource)).toBe(true);
      // Only the custom role may be assigned at the scope of its deployment: a subscription.
      expect(resource.scope !== undefined || custom).toBe(true);
    }
    expect([...known].sort()).toEqual(Object.keys(BUILT_IN_ROLES).sort());
  });

  it("make optional parts on demand, and the app after everything it opens when it starts", () => {
    const conditions = new Map(resourcesOf(main).map(({ name, condition }) => [name, condition]));
    expect(conditions.get("network")).toBe("[equals(parameters('networkMode'), 'private')]");
    expect(conditions.get("scheduler")).toBe("[equals(parameters('durableBackend'), 'durableTaskScheduler')]");
    expect(conditions.get("key-vault")).toBe("[not(empty(parameters('settingsInKeyVault')))]");
    for (const name of ["identity", "monitoring", "storage", "host-access", "host"]) expect(conditions.get(name), name).toBeUndefined();
    const host = resourcesOf(main).find(({ name }) => name === "host");
    for (const part of ["host-access", "identity", "key-vault", "monitoring", "network", "scheduler", "storage"])
      expect(
        host?.dependsOn?.some((each) => each.endsWith(`'${part}')]`)),
        part,
      ).toBe(true);
  });

  it("hold no secret and no key, in outputs either", () => {
    expect(JSON.stringify(main)).not.toMatch(/listKeys|listSecrets|AccountKey|secureString|sharedKey":true|"allowSharedKeyAccess":true/i);
  });
});
