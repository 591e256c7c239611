/** Both packages as they are unpacked, away from the checkout: that of the function app, and what `npm pack` makes. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isLoaded, packageApp } from "../../infra/package-app.ts";
import { root } from "./bicep.ts";

const LIST_MODULES = pathToFileURL(join(root, "test/process/list-modules.mjs")).href;
/** What the app works with once it is called. */
const CLIENTS = /node_modules\/(@azure\/(arm-|storage-blob|identity|core-rest-pipeline)|zod\/)/;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "reprise-unpacked-"));
  packageApp(root, join(folder, "app"));
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Started {
  readonly code: number | null;
  readonly stdout: string;
  /** Files that were loaded. */
  readonly modules: readonly string[];
  readonly stderr: string;
}

/** Node with a module of ours that lists what is loaded, in an empty folder and without the environment. */
function start(args: readonly string[]): Started {
  const cwd = join(folder, "elsewhere");
  mkdirSync(cwd, { recursive: true });
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", LIST_MODULES, ...args], {
    cwd,
    encoding: "utf8",
    env: { PATH: process.env.PATH, HOME: cwd },
    maxBuffer: 64 * 1024 * 1024,
  });
  const lines = stderr.split("\n");
  return {
    code: status,
    stdout,
    modules: lines.filter((line) => line.startsWith("file:")),
    stderr: lines.filter((line) => line !== "" && !line.startsWith("file:") && !isBuiltIn(line)).join("\n"),
  };
}

const isBuiltIn = (line: string): boolean => line.startsWith("node:") || builtinModules.includes(line);
const filesBelow = (below: string): readonly string[] =>
  readdirSync(below, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(below, join(entry.parentPath, entry.name)));

describe("the package of the function app", () => {
  it("U3: starts by itself: every module but the host's own comes from it, and no client is loaded before a call", () => {
    const functions = join(folder, "app/dist/functions");
    const started = start([join(root, "test/host/register-functions.ts"), functions]);
    const registered = JSON.parse(/^registered (.*)$/m.exec(started.stdout)?.[1] ?? `"${started.stderr}"`) as Record<string, unknown>;
    expect(registered).toMatchObject({
      health: 200,
      functions: expect.arrayContaining(["health", "startRun", "schedule", "repriseRun", "repriseTrigger"]) as string[],
    });
    const inPackage = pathToFileURL(join(folder, "app/")).href;
    expect(started.modules.filter((url) => url.startsWith(inPackage)).length).toBeGreaterThan(50);
    const host = /\/(src\/(local|clock)|test\/host|test\/process|node_modules\/croner)\//;
    expect(started.modules.filter((url) => !url.startsWith(inPackage) && !host.test(url))).toEqual([]);
    expect(started.modules.filter((url) => CLIENTS.test(url))).toEqual([]);
  });

  it("U3: has every module that the app can ever load", () => {
    const script = `
      const names = process.argv.slice(1);
      for (const name of names) await import(name);
      process.stdout.write(String(names.length));`;
    const app = join(folder, "app/dist");
    const modules = filesBelow(app)
      .filter((path) => path.endsWith(".js") && !path.startsWith("functions/"))
      .map((path) => pathToFileURL(join(app, path)).href);
    const all = start(["--input-type=module", "-e", script, ...modules]);
    expect([all.stdout, all.stderr, all.code]).toEqual([String(modules.length), "", 0]);
    expect(modules.length).toBeGreaterThan(80);
    expect(all.modules.some((url) => CLIENTS.test(url))).toBe(true);
    // The identity library is loaded when a token is asked for.
    const identity = start([
      "--input-type=module",
      "-e",
      `await import(${JSON.stringify(pathToFileURL(join(folder, "app/node_modules/@azure/identity/dist/esm/index.js")).href)})`,
    ]);
    expect([identity.stderr, identity.code]).toEqual(["", 0]);
  });

  it("U3: holds nothing that is not loaded, and every licence", () => {
    const files = filesBelow(join(folder, "app"));
    expect(files.filter((path) => !isLoaded(path))).toEqual([]);
    expect([...new Set(files.map((path) => path.split("/")[0] ?? ""))].sort()).toEqual([
      "dist",
      "host.json",
      "node_modules",
      "package.json",
    ]);
    expect(files.filter((path) => /^dist\/(agent|cli|local|store\/blocks)\/|^node_modules\/commander\//.test(path))).toEqual([]);
    // Some are texts with the ending of those that are left out.
    const licences = files.filter((path) => /\/licen[cs]e[^/]*$/i.test(path));
    expect(licences.length).toBeGreaterThan(60);
    expect(licences.some((path) => path.endsWith(".md"))).toBe(true);
  });
});

describe("the package of npm pack", () => {
  let unpacked: string;
  beforeAll(() => {
    const packed = spawnSync("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], { cwd: root, encoding: "utf8" });
    const [{ filename } = { filename: "" }] = JSON.parse(packed.stdout) as readonly { readonly filename: string }[];
    // The modules stand where an installation puts them.
    unpacked = join(folder, "npm/node_modules/reprise");
    mkdirSync(unpacked, { recursive: true });
    expect(spawnSync("tar", ["-xzf", join(folder, filename), "-C", unpacked, "--strip-components=1"]).status).toBe(0);
    for (const name of readdirSync(join(folder, "app/node_modules")))
      renameSync(join(folder, "app/node_modules", name), join(folder, "npm/node_modules", name));
    for (const name of ["commander", "@kusto"])
      cpSync(join(root, "node_modules", name), join(folder, "npm/node_modules", name), { recursive: true });
  }, 180_000);

  it("holds the built project, and neither sources nor tests", () => {
    const files = filesBelow(unpacked);
    expect(files.filter((path) => !path.startsWith("dist/")).sort()).toEqual([
      "LICENSE",
      "README.md",
      "host.json",
      "local.settings.sample.json",
      "package.json",
    ]);
    expect([...new Set(files.filter((path) => path.startsWith("dist/")).map((path) => /\.(\w+)$/.exec(path)?.[1] ?? ""))].sort()).toEqual([
      "css",
      "html",
      "js",
      "kql",
    ]);
    const { bin } = JSON.parse(readFileSync(join(unpacked, "package.json"), "utf8")) as { bin: { reprise: string } };
    expect(files).toContain(bin.reprise);
  });

  it("U1: runs the main job by itself", { timeout: 180_000 }, () => {
    const demo = start([join(unpacked, "dist/cli/reprise.js"), "demo", "--json", "--quiet", "--state", join(folder, "state")]);
    expect([demo.stderr, demo.code]).toEqual(["", 0]);
    expect(JSON.parse(demo.stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({ message_type: "summary", items: 38, recovered: 16 });
    const inside = pathToFileURL(join(folder, "npm/")).href;
    expect(demo.modules.filter((url) => !url.startsWith(inside) && url !== LIST_MODULES)).toEqual([]);
  });
});
