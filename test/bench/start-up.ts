/**
 * How long the built app takes to start, beside an empty function app on the same local host, and how large the packages are: `node test/bench/start-up.ts
 * [pairs]` after a build. Each start is a process of its own; the two kinds take turns, so that a busy machine treats them alike. Prints Markdown tables.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { packageApp } from "../../infra/package-app.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** In the child: begins where a process begins, ends with the first answer. */
const START = `
const [, folder, route] = process.argv;
const { readdirSync } = await import("node:fs");
const { pathToFileURL } = await import("node:url");
const { join } = await import("node:path");
const local = ${JSON.stringify(pathToFileURL(join(root, "dist/")).href)};
const { createLocalHost } = await import(local + "local/host/create-local-host.js");
const { systemClock } = await import(local + "clock/clock.js");
const entryPoints = readdirSync(folder).filter((name) => name.endsWith(".js")).sort().map((name) => pathToFileURL(join(folder, name)));
const host = await createLocalHost({ entryPoints, clock: systemClock, hubFile: ":memory:", hubName: "bench", log: () => {}, environment: {}, runsTimers: false });
const { status } = await host.request("GET", route);
if (status !== 200) throw new Error("answered " + status);
const wallMs = performance.now();
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
process.stdout.write(JSON.stringify({ wallMs, cpuMs: (userCPUTime + systemCPUTime) / 1000, peakMiB: maxRSS / 1024 }));
await host.stop();
`;

interface Start {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMiB: number;
}

function start(folder: string, route: string): Start {
  const child = spawnSync(process.execPath, ["--input-type=module", "-e", START, folder, route], { encoding: "utf8" });
  if (child.status !== 0) throw new Error(child.stderr);
  return JSON.parse(child.stdout) as Start;
}

function median(starts: readonly Start[], field: keyof Start): number {
  const sorted = starts.map((one) => one[field]).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function sizeOf(folder: string): { readonly files: number; readonly bytes: number } {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return { files: files.length, bytes: files.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0) };
}

const pairs = Number(process.argv[2] ?? 15);
const folder = mkdtempSync(join(tmpdir(), "reprise-start-"));
try {
  const app = join(folder, "app");
  packageApp(root, app);
  // Inside the package, so that both take the library from the same place.
  const empty = join(app, "empty");
  mkdirSync(empty);
  writeFileSync(
    join(empty, "empty.js"),
    'import { app } from "@azure/functions";\napp.http("empty", { route: "empty", methods: ["GET"], authLevel: "anonymous", handler: async () => ({ status: 200 }) });\n',
  );
  const durable = join(app, "durable");
  mkdirSync(durable);
  writeFileSync(
    join(durable, "durable.js"),
    'import { app } from "@azure/functions";\nimport * as df from "durable-functions";\ndf.app.orchestration("run", function* () {});\ndf.app.activity("work", { handler: async () => {} });\napp.http("durable", { route: "durable", methods: ["GET"], authLevel: "anonymous", extraInputs: [df.input.durableClient()], handler: async () => ({ status: 200 }) });\n',
  );
  const kinds = [
    { name: "empty function app", folder: empty, route: "/api/empty", starts: [] as Start[] },
    { name: "empty Durable Functions app", folder: durable, route: "/api/durable", starts: [] as Start[] },
    { name: "Reprise", folder: join(app, "dist/functions"), route: "/api/health", starts: [] as Start[] },
  ];
  for (const kind of kinds) start(kind.folder, kind.route);
  for (let pair = 0; pair < pairs; pair++) for (const kind of kinds) kind.starts.push(start(kind.folder, kind.route));
  const row = ({ name, starts }: (typeof kinds)[number]): string =>
    `| ${name} | ${median(starts, "wallMs").toFixed(0)} | ${median(starts, "cpuMs").toFixed(0)} | ${median(starts, "peakMiB").toFixed(0)} |`;
  const ours = kinds.at(-1)?.starts ?? [];
  const ratioTo = ({ name, starts }: (typeof kinds)[number]): string => {
    const ratio = (field: keyof Start): string => (median(ours, field) / median(starts, field)).toFixed(2);
    return `| Reprise ÷ ${name} | ${ratio("wallMs")} | ${ratio("cpuMs")} | ${ratio("peakMiB")} |`;
  };
  process.stdout.write(`Medians of ${pairs} starts each.\n\n| | wall ms | CPU ms | peak MiB |\n|---|---|---|---|\n`);
  process.stdout.write(`${[...kinds.map(row), ...kinds.slice(0, -1).map(ratioTo)].join("\n")}\n\n`);

  for (const made of [empty, durable]) rmSync(made, { recursive: true });
  const zip = join(folder, "app.tgz");
  spawnSync("tar", ["-czf", zip, "-C", app, "."]);
  const packed = JSON.parse(
    spawnSync("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], { cwd: root, encoding: "utf8" }).stdout,
  ) as readonly { readonly entryCount: number; readonly unpackedSize: number; readonly size: number }[];
  const mib = (bytes: number): string => (bytes / 1_048_576).toFixed(2);
  const whole = sizeOf(app);
  const [npm] = packed;
  process.stdout.write("| package | files | unpacked MiB | packed MiB |\n|---|---|---|---|\n");
  process.stdout.write(`| function app, with its modules | ${whole.files} | ${mib(whole.bytes)} | ${mib(statSync(zip).size)} (tar.gz) |\n`);
  process.stdout.write(
    `| function app, its own code | ${sizeOf(join(app, "dist")).files} | ${mib(sizeOf(join(app, "dist")).bytes)} | – |\n`,
  );
  if (npm !== undefined)
    process.stdout.write(`| npm pack (without modules) | ${npm.entryCount} | ${mib(npm.unpackedSize)} | ${mib(npm.size)} |\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
