import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { packageApp, productionModules } from "../../infra/package-app.ts";
import { coreToolsSends, gitKeeps } from "./ignore-rules.ts";
import { root } from "./bicep.ts";

const funcignore = readFileSync(join(root, ".funcignore"), "utf8");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));

describe(".funcignore", () => {
  const built = [
    "dist/functions/health-http.js",
    "dist/cloud/discover/jobs.kql",
    "node_modules/zod/package.json",
    "host.json",
    "package.json",
    "package-lock.json",
  ];
  // What was built is looked for by example only: there are too many files.
  const top = readdirSync(root, { withFileTypes: true }).filter(({ name }) => !["dist", "node_modules", ".git"].includes(name));
  const tree = top.flatMap((entry) => (entry.isDirectory() ? filesBelow(entry.name) : [entry.name]));
  const others = [...tree, "local.settings.json", ".env", ".reprise/store/runs/x", "infra/.package/host.json", ".azure/prod/.env"].filter(
    (path) => !built.includes(path),
  );

  it.each([
    ["git's rules (azd)", gitKeeps],
    ["those of Azure Functions Core Tools", coreToolsSends],
  ])("U3: by %s, sends what was built and leaves out sources, tests and files of developers", (_name, sends) => {
    expect(built.filter((path) => !sends(funcignore, path))).toEqual([]);
    expect(others.length).toBeGreaterThan(200);
    expect(others.filter((path) => sends(funcignore, path))).toEqual([]);
  });
});

describe("the package", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "reprise-package-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const put = (path: string, content: unknown): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), typeof content === "string" ? content : JSON.stringify(content));
  };
  const project = (): void => {
    put("dist/functions/a-http.js", "");
    put("dist/cloud/jobs.kql", "");
    put("dist/cli/reprise.js", "");
    put("dist/local/app.js", "");
    put("host.json", {});
    put("package.json", {
      name: "x",
      type: "module",
      main: "dist/functions/*.js",
      scripts: { build: "tsc" },
      dependencies: { a: "1.0.0" },
      devDependencies: { d: "1.0.0" },
    });
    put("package-lock.json", {
      packages: {
        "": { version: "0.1.0" },
        "node_modules/a": { version: "1.0.0" },
        "node_modules/a/node_modules/b": { version: "2.0.0" },
        "node_modules/a/node_modules/e": { version: "3.0.0", dev: true },
        "node_modules/d": { version: "1.0.0", dev: true },
        "node_modules/o": { version: "1.0.0", optional: true },
      },
    });
    for (const [path, version] of [
      ["a", "1.0.0"],
      ["a/node_modules/b", "2.0.0"],
      ["a/node_modules/e", "3.0.0"],
      ["d", "1.0.0"],
      ["o", "1.0.0"],
    ])
      put(`node_modules/${path}/package.json`, { version });
  };

  it("U3: holds the compiled app without command line and local host, and the production modules alone", () => {
    project();
    put("out/left-over.js", "");
    packageApp(folder, join(folder, "out"));
    const files = readdirSync(join(folder, "out"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, "out").length + 1));
    expect(files.sort()).toEqual([
      "dist/cloud/jobs.kql",
      "dist/functions/a-http.js",
      "host.json",
      "node_modules/a/node_modules/b/package.json",
      "node_modules/a/package.json",
      "package.json",
    ]);
    expect(JSON.parse(readFileSync(join(folder, "out/package.json"), "utf8"))).toEqual({
      name: "x",
      type: "module",
      main: "dist/functions/*.js",
      dependencies: { a: "1.0.0" },
    });
  });

  it("is not made of modules other than the locked ones, nor without a build", () => {
    project();
    put("node_modules/a/package.json", { version: "1.0.1" });
    expect(() => packageApp(folder, join(folder, "out"))).toThrow(
      /node_modules\/a in version 1\.0\.0 as package-lock\.json says, found "1\.0\.1"; run "npm ci" first/,
    );
    rmSync(join(folder, "dist"), { recursive: true });
    expect(() => packageApp(folder, join(folder, "out"))).toThrow(/run "npm run build" first/);
  });

  it("has every dependency of package.json and none of the development ones", () => {
    const folders = productionModules(lock).map(([path]) => path);
    for (const name of Object.keys(manifest.dependencies)) expect(folders).toContain(`node_modules/${name}`);
    for (const name of [...Object.keys(manifest.devDependencies), ...Object.keys(manifest.optionalDependencies)])
      expect(folders).not.toContain(`node_modules/${name}`);
  });

  it("is the folder that azure.yaml deploys, made before azd packs it and built nowhere else", () => {
    const azureYaml = readFileSync(join(root, "azure.yaml"), "utf8");
    expect(azureYaml).toMatch(/^ {4}dist: infra\/\.package$/m);
    expect(azureYaml).toMatch(/^ {4}remoteBuild: false$/m);
    expect(azureYaml.match(/run: npm run build && npm exec -- node infra\/package-app\.ts$/gm)).toHaveLength(2);
    expect(readFileSync(join(root, "infra/.gitignore"), "utf8")).toBe(".package/\n");
    expect(existsSync(join(root, "infra/package-app.ts"))).toBe(true);
  });
});

/** From the root of the repository. */
function filesBelow(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("node_modules"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}
