import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { describeSettings } from "../../src/settings/describe.ts";
import { standardNames } from "../../src/settings/other-names.ts";
import { settingsTable } from "../../src/settings/table.ts";
import { declared, readTemplates, root, templateAt } from "./bicep.ts";

/** Read by the platform or a library, not by a line of ours. */
const readElsewhere: Readonly<Record<string, string>> = {
  AzureWebJobsStorage__credential: "Functions host: how it signs in to its storage account",
  AzureWebJobsStorage__clientId: "Functions host: as which identity",
  AZURE_CLIENT_ID: "@azure/identity: as which identity",
  APPLICATIONINSIGHTS_CONNECTION_STRING: "Functions host, and the app: where telemetry goes",
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: "Functions host, and the app: with an identity, no key",
  TASKHUB_NAME: "host.json: %TASKHUB_NAME%",
  AzureFunctionsJobHost__extensions__durableTask__storageProvider__type: "Functions host: takes the place of the value in host.json",
  AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName: "Functions host: likewise",
  DURABLE_TASK_SCHEDULER_CONNECTION_STRING: "Durable extension: the name that connectionStringName gives",
};

/** Settings that a deployment does not hand through, with the reason. */
const leftAlone: Readonly<Record<string, string>> = {
  REPRISE_STORE: "by default a container in the account of AzureWebJobsStorage__accountName",
};

/** The template's value unless azd's environment has another. */
const preset = "REPRISE_NOTIFY_LINK";

const host = templateAt(readTemplates(), "infra/app/host.bicep");
const namesIn = (symbol: string): readonly string[] =>
  [...declared(host, symbol).text.matchAll(/(?:^|\{)\s*([A-Z]\w+):/gm)].map(([, name = ""]) => name);
const ofUnion = [...namesIn("appSettings"), ...namesIn("schedulerSettings")];
const main = templateAt(readTemplates(), "infra/main.bicep");
const parameters = JSON.parse(readFileSync(join(root, "infra/main.parameters.json"), "utf8")).parameters;
const handedThrough: Readonly<Record<string, string>> = parameters.settings.value;
const known = new Map(Object.values(settingsTable).map((setting) => [setting.name as string, setting]));
const standard = new Set(standardNames.map(([name]) => name));

describe("the settings of the deployed app", () => {
  it("U3: set nothing that nobody reads", () => {
    expect(ofUnion.length).toBeGreaterThan(8);
    for (const name of [...ofUnion, ...Object.keys(handedThrough)])
      expect(known.has(name) || standard.has(name) || name in readElsewhere, name).toBe(true);
    for (const name of Object.keys(readElsewhere)) expect(ofUnion, "the table names a setting that no template sets").toContain(name);
  });

  it("U3: reach every setting of the app, by the template or by a value of azd's environment of the same name", () => {
    const secrets = [...known.values()].filter(({ secret }) => secret === true).map(({ name }) => name as string);
    const reached = [...ofUnion, ...Object.keys(handedThrough), ...Object.keys(leftAlone), ...secrets, "REPRISE_SCHEDULES"];
    for (const name of known.keys()) expect(reached, name).toContain(name);
    for (const [name, value] of Object.entries(handedThrough)) expect(value).toBe(`\${${name}}`);
    expect(ofUnion.filter((name) => name in handedThrough)).toEqual([preset]);
    expect(declared(host, "appSettings").text.indexOf(preset)).toBeLessThan(declared(host, "appSettings").text.indexOf("givenSettings"));
    expect(declared(main, "host").text).toContain("{ REPRISE_SCHEDULES: base64ToString(schedulesBase64) }");
  });

  it("C13: take secrets from a Key Vault and from nowhere else", () => {
    const secrets = [...known.values()].filter(({ secret }) => secret === true).map(({ name }) => name as string);
    expect(secrets.length).toBeGreaterThan(0);
    const said = declared(main, "settingsInKeyVault").decorators;
    for (const name of secrets) {
      expect([...ofUnion, ...Object.keys(handedThrough)]).not.toContain(name);
      expect(said).toContain(name);
    }
    expect(declared(host, "vaultSettings").text).toContain("'@Microsoft.KeyVault(VaultName=${keyVaultName};SecretName=");
    expect(declared(host, "app").text).toContain("keyVaultReferenceIdentity: identityId");
    expect(declared(templateAt(readTemplates(), "infra/app/key-vault.bicep"), "vault").text).toContain("enableRbacAuthorization: true");
  });

  it("cover every name that the app reads from its environment, or help env explains it", () => {
    const sources = globSync("src/{functions,settings,store,cloud,policy,clock,cli,agent}/**/*.ts", { cwd: root });
    const names = new Set(
      sources.flatMap((path) => {
        const text = readFileSync(join(root, path), "utf8");
        const direct = [...text.matchAll(/\b(?:process\.env|env|environment)(?:\.|\[")([A-Z]\w+)/g)];
        const storage = [...text.matchAll(/"(AzureWebJobs\w+)"/g)];
        return [...direct, ...storage].map(([, name = ""]) => name);
      }),
    );
    expect([...names]).toEqual(
      expect.arrayContaining([
        "AzureWebJobsStorage",
        "AzureWebJobsStorage__accountName",
        "REPRISE_HTTP_AUTH",
        "REPRISE_PASSWORD_COMMAND",
        "AZURE_STORAGE_SAS_TOKEN",
      ]),
    );
    const help = describeSettings();
    for (const name of names) expect(ofUnion.includes(name) || help.includes(`\n${name} `), name).toBe(true);
  });

  it("open the host's account by its name, so that the run store is found there by identity", () => {
    expect(ofUnion).toContain("AzureWebJobsStorage__accountName");
    expect(ofUnion).not.toContain("AzureWebJobsStorage");
    expect(ofUnion).not.toContain("REPRISE_STORE");
  });
});

describe("host.json", () => {
  const hostJson = JSON.parse(readFileSync(join(root, "host.json"), "utf8"));

  it("names the task hub by the setting that the template sets, and no backend, so that the settings decide", () => {
    expect(hostJson.version).toBe("2.0");
    expect(hostJson.extensions.durableTask.hubName).toBe("%TASKHUB_NAME%");
    expect(hostJson.extensions.durableTask).not.toHaveProperty("storageProvider");
    expect(hostJson.extensionBundle.version).toBe("[4.*, 5.0.0)");
  });

  it("names the connection by the setting that holds it", () => {
    const settings = declared(host, "schedulerSettings").text;
    expect(settings).toContain("connectionStringName: 'DURABLE_TASK_SCHEDULER_CONNECTION_STRING'");
  });
});
