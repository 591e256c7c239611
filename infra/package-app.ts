/**
 * Makes the folder that is deployed. In: the built project (`dist`) and its installed modules. Out: `infra/.package` with what the host loads and nothing
 * else: the compiled app without command line, local host and backups of machines, host.json, package.json without scripts and development parts, and of the production modules
 * that package-lock.json names what Node.js can load, with their licences. It installs and downloads nothing; it throws when what is installed is not what the lock file says.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** Needed on a developer's machine only; the app never imports them. */
const NOT_DEPLOYED: readonly string[] = ["agent", "cli", "local", "store/blocks"];
const COMMAND_LINE_ONLY: ReadonlySet<string> = new Set(["commander"]);

/** Two thirds of the modules' bytes: types, maps, sources and texts that no program reads. */
const NOT_LOADED = /\.(?:map|[cm]?tsx?|md|tsbuildinfo)$/i;
const LICENCE = /^(?:licen[cs]e|copying|notice)/i;
/** Azure's packages hold each build four times; Node.js takes `commonjs` or `esm`. */
const OTHER_PLATFORMS = /^node_modules\/@(?:azure|azure-rest|typespec)\/[^/]+\/dist\/(?:browser|react-native)(?:\/|$)/;

interface LockFile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
}

/** Folders of the modules that the app needs in production, as the lock file writes them (`node_modules/…`). */
export function productionModules(lock: LockFile): readonly (readonly [folder: string, version: string])[] {
  return Object.entries(lock.packages).flatMap(([folder, { version, dev, optional, devOptional }]) =>
    folder.startsWith("node_modules/") && version !== undefined && !dev && !optional && !devOptional ? [[folder, version] as const] : [],
  );
}

/** What is there already goes away first. */
export function packageApp(root: string, into: string): void {
  const compiled = join(root, "dist");
  if (!existsSync(join(compiled, "functions"))) throw new Error(`Expected the compiled app in ${compiled}; run "npm run build" first.`);
  rmSync(into, { recursive: true, force: true });
  mkdirSync(into, { recursive: true });
  const left = new Set(NOT_DEPLOYED.map((folder) => join(compiled, folder)));
  cpSync(compiled, join(into, "dist"), { recursive: true, filter: (path) => !left.has(path) });
  cpSync(join(root, "host.json"), join(into, "host.json"));
  writeFileSync(join(into, "package.json"), `${JSON.stringify(deployedManifest(readJson(join(root, "package.json"))), undefined, 2)}\n`);
  for (const [folder, version] of productionModules(readJson(join(root, "package-lock.json")) as unknown as LockFile)) {
    if (!COMMAND_LINE_ONLY.has(folder.slice("node_modules/".length))) copyModule(root, into, folder, version);
  }
}

/** Without scripts, so that no build is tried where the sources are not. */
function deployedManifest(manifest: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept = ["name", "version", "license", "private", "type", "engines", "main", "dependencies"];
  const deployed = Object.fromEntries(kept.flatMap((field) => (field in manifest ? [[field, manifest[field]]] : [])));
  const dependencies = Object.entries(manifest["dependencies"] ?? {}).filter(([name]) => !COMMAND_LINE_ONLY.has(name));
  return { ...deployed, dependencies: Object.fromEntries(dependencies) };
}

/** Modules inside a module are in the lock file by themselves. */
function copyModule(root: string, into: string, folder: string, version: string): void {
  const from = join(root, folder);
  const installed = existsSync(join(from, "package.json")) ? readJson(join(from, "package.json"))["version"] : undefined;
  if (installed !== version)
    throw new Error(
      `Expected ${from} in version ${version} as package-lock.json says, found ${JSON.stringify(installed) ?? "none"}; run "npm ci" first.`,
    );
  cpSync(from, join(into, folder), {
    recursive: true,
    filter: (path) => !relative(from, path).split(sep).includes("node_modules") && isLoaded(relative(root, path).split(sep).join("/")),
  });
}

/** `path` from the root, with slashes. */
export function isLoaded(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return !OTHER_PLATFORMS.test(path) && (!NOT_LOADED.test(name) || LICENCE.test(name));
}

function readJson(file: string): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
}

const thisFile = fileURLToPath(import.meta.url);
if (process.argv[1] === thisFile) packageApp(dirname(dirname(thisFile)), join(dirname(thisFile), ".package"));
