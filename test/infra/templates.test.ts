import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { apiVersions } from "./api-versions.ts";
import { declared, entriesOf, ofKind, parseTemplate, readTemplates, root, templateAt, uses } from "./bicep.ts";

const templates = readTemplates();
const main = templateAt(templates, "infra/main.bicep");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const parameters = JSON.parse(read("infra/main.parameters.json")).parameters as Record<string, { value: unknown }>;

describe("the templates", () => {
  it("are the ones that main.bicep and the guide to deployment name, and no others", () => {
    const modules = ofKind(main, "module").map(({ text }) => `infra/${/'([^']+\.bicep)'/.exec(text)?.[1]}`);
    expect([...modules, "infra/main.bicep", "infra/access/management-group.bicep"].sort()).toEqual(templates.map(({ path }) => path));
    expect(read("docs/deploy.md")).toContain("infra/access/management-group.bicep");
  });

  it("take nothing from a registry, so that they build offline", () => {
    for (const { path, text } of templates) expect(text, path).not.toMatch(/'(br|ts)[/:]/);
  });

  it("describe every parameter and use every parameter, variable and existing resource", () => {
    for (const template of templates) {
      for (const { kind, symbol, decorators, text } of template.declarations) {
        const where = `${template.path}: ${kind} ${symbol}`;
        if (kind === "param") expect(decorators, where).toMatch(/@description\('.{3,}'\)/);
        const isExisting = kind === "resource" && text.includes(" existing ");
        if (kind === "param" || kind === "var" || isExisting) expect(uses(template.text, symbol) - 1, where).toBeGreaterThan(0);
      }
    }
  });

  it("give every module exactly the parameters that it declares", () => {
    const modules = templates.flatMap((template) => ofKind(template, "module").map((declaration) => ({ template, declaration })));
    expect(modules.length).toBeGreaterThan(5);
    for (const { template, declaration } of modules) {
      const path = join(dirname(template.path), /'([^']+\.bicep)'/.exec(declaration.text)?.[1] ?? "");
      const taken = ofKind(templateAt(templates, path), "param");
      const given = entriesOf(declaration.text, declaration.text.indexOf("params:")).map(([key]) => key);
      const needed = taken.filter(({ text }) => !text.includes("=")).map(({ symbol }) => symbol);
      expect(given, path).toEqual(expect.arrayContaining(needed));
      expect(
        taken.map(({ symbol }) => symbol),
        path,
      ).toEqual(expect.arrayContaining(given));
    }
  });

  it("read only outputs that a module has", () => {
    for (const { path, text } of templates) {
      for (const [, symbol = "", output = ""] of text.matchAll(/(\w+)!?\.outputs\.(\w+)/g)) {
        const module = /'([^']+\.bicep)'/.exec(declared(templateAt(templates, path), symbol).text)?.[1] ?? "";
        const outputs = ofKind(templateAt(templates, join(dirname(path), module)), "output");
        expect(
          outputs.map((each) => each.symbol),
          `${path}: ${symbol}.outputs.${output}`,
        ).toContain(output);
      }
    }
  });

  it("name no dependency that a reference makes already, and no address of a single cloud", () => {
    for (const { path, text, declarations } of templates) {
      for (const { symbol, text: declaration } of declarations) {
        const named =
          /dependsOn: \[([^\]]*)\]/
            .exec(declaration)?.[1]
            ?.trim()
            .split(/[\s,]+/) ?? [];
        for (const dependency of named) expect(uses(declaration, dependency), `${path}: ${symbol} dependsOn ${dependency}`).toBe(1);
      }
      expect(text, path).not.toMatch(
        /management\.azure\.com|core\.windows\.net|login\.microsoftonline|database\.windows|vault\.azure\.net/,
      );
    }
  });

  it("use API versions that the published specifications have", () => {
    const used = new Set(
      templates.flatMap(({ text }) =>
        [...text.matchAll(/'(Microsoft\.[\w./]+)@([\d-]+(?:-preview)?)'/g)].map(([, type, version]) => `${type}@${version}`),
      ),
    );
    expect([...used].sort()).toEqual(Object.keys(apiVersions).sort());
    for (const [name, source] of Object.entries(apiVersions)) expect(source, name).toContain(`/${name.split("@")[1]}/`);
  });

  it("get from azd what main.bicep takes, under names that it declares", () => {
    const taken = ofKind(main, "param");
    expect(taken.map(({ symbol }) => symbol)).toEqual(expect.arrayContaining(Object.keys(parameters)));
    for (const { symbol, text } of taken) if (!text.includes("=")) expect(Object.keys(parameters)).toContain(symbol);
  });

  it("keep the defaults of azd's values equal to those of the parameters", () => {
    for (const [name, { value }] of Object.entries(parameters)) {
      const byAzd = typeof value === "string" ? /=([^}]*)\}$/.exec(value)?.[1] : undefined;
      if (byAzd !== undefined) expect(declared(main, name).text, name).toContain(`= '${byAzd}'`);
    }
  });
});

describe("the function app", () => {
  it("U3: carries the tag by which azd finds the service of azure.yaml", () => {
    const service = /^services:\n(?:\s*#.*\n)*  (\w+):/m.exec(read("azure.yaml"))?.[1];
    const tag = /'azd-service-name': '(\w+)'/.exec(templateAt(templates, "infra/app/host.bicep").text)?.[1];
    expect(tag).toBe(service);
    expect(main.text).toContain("'azd-env-name': environmentName");
    expect(main.declarations.map(({ symbol }) => symbol)).toContain(`SERVICE_${service?.toUpperCase()}_NAME`);
  });

  it("is anonymous behind a sign-in only, with health let through, and otherwise wants keys", () => {
    const host = templateAt(templates, "infra/app/host.bicep");
    expect(declared(host, "signIn").text).toContain("!empty(signInClientId) && !empty(signInPrincipalIds)");
    expect(declared(host, "appSettings").text).toContain("REPRISE_HTTP_AUTH: signIn ? 'anonymous' : 'function'");
    expect(declared(host, "appSettings").text).toContain("dependsOn: [authentication]");
    const authentication = declared(host, "authentication").text;
    expect(authentication).toContain("requireAuthentication: signIn");
    expect(authentication).toContain("excludedPaths: ['/api/health']");
    expect(declared(main, "host").text).toContain("signInClientId: httpAccess == 'entra' ? signInClientId : ''");
  });

  it("C13: works without keys and passwords", () => {
    const storage = templateAt(templates, "infra/app/storage.bicep").text;
    for (const line of [
      "allowSharedKeyAccess: false",
      "allowBlobPublicAccess: false",
      "minimumTlsVersion: 'TLS1_2'",
      "publicAccess: 'None'",
    ])
      expect(storage).toContain(line);
    expect(templateAt(templates, "infra/app/monitoring.bicep").text).toContain("DisableLocalAuth: true");
    for (const { path, text } of templates) expect(text, path).not.toMatch(/listKeys|AccountKey=|@secure/);
  });

  it("runs on Flex Consumption with a version of Node that package.json allows", () => {
    const host = templateAt(templates, "infra/app/host.bicep").text;
    expect(host).toContain("name: 'FC1'");
    expect(JSON.parse(read("package.json")).engines.node).toBe(">=22.15");
    expect(host).toMatch(/name: 'node'\s+version: '22'/);
  });

  it("has its run store where the app looks when REPRISE_STORE is not set", () => {
    expect(main.text).toContain("runStoreContainerName: 'reprise-runs'");
    expect(read("src/settings/run-store-location.ts")).toContain('DEFAULT_CONTAINER = "reprise-runs"');
  });
});

describe("the reader of templates", () => {
  it("sees an unused parameter and one without a description", () => {
    const template = parseTemplate(
      "x.bicep",
      "@description('Used.')\nparam used string\nparam unused string // used\nvar text = '${used} unused'\noutput o string = text\n",
    );
    expect(template.declarations.map(({ symbol, decorators }) => [symbol, decorators.includes("@description")])).toEqual([
      ["used", true],
      ["unused", false],
      ["text", false],
      ["o", false],
    ]);
    expect(uses(template.text, "used") - 1).toBe(1);
    expect(uses(template.text, "unused") - 1).toBe(0);
  });
});
