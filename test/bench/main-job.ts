/**
 * What a run costs as items grow: `npm run bench [-- items …]`. Each size runs in a process of its own, on the virtual clock, simulator included; the
 * smallest size is run twice, the first time to warm the machine up. Prints a Markdown table.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RetrySummary } from "../../src/cloud/report/summary.ts";

const reprise = fileURLToPath(new URL("../../dist/cli/reprise.js", import.meta.url));

interface Row {
  readonly items: number;
  readonly summary: RetrySummary;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMiB: number;
}

/** Runs in the child: the run, then what it used. */
const MEASURE = `
const folder = process.argv[1];
const { main } = await import(folder + "/main.js");
const { processTerminal } = await import(folder + "/terminal.js");
const started = performance.now();
process.exitCode = await main(process.argv.slice(2), processTerminal());
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
process.stderr.write("\\n@@" + JSON.stringify({ wallMs: performance.now() - started, cpuMs: (userCPUTime + systemCPUTime) / 1000, peakMiB: maxRSS / 1024 }) + "\\n");
`;

function run(items: number): Row {
  const state = mkdtempSync(join(tmpdir(), "reprise-bench-"));
  const args = ["retry", "--generate", `items=${items},failed=0.1,seed=7`, "--state", state, "--json", "--quiet"];
  const child = spawnSync(process.execPath, ["--input-type=module", "-e", MEASURE, join(reprise, ".."), ...args], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  rmSync(state, { recursive: true, force: true });
  const used = /@@(.*)/.exec(child.stderr)?.[1];
  if (used === undefined) throw new Error(`The run with ${items} items failed: ${child.stderr.slice(-2_000)}`);
  return {
    items,
    summary: JSON.parse(child.stdout.trim().split("\n").at(-1) ?? "") as RetrySummary,
    ...(JSON.parse(used) as Omit<Row, "items" | "summary">),
  };
}

const sizes = process.argv.slice(2).map(Number);
const rows = (sizes.length > 0 ? sizes : [100, 1_000, 10_000]).map((items, index) => {
  if (index === 0) run(items);
  return run(items);
});
const [base] = rows;
process.stdout.write(
  "| items | failed items | attempts | graph calls | management calls | calls per attempt | virtual time | wall s | CPU s | CPU ms per failed item (start-up subtracted) | peak MiB |\n|---|---|---|---|---|---|---|---|---|---|---|\n",
);
for (const { items, summary, wallMs, cpuMs, peakMiB } of rows) {
  const perItem =
    base === undefined || items === base.items ? "–" : ((cpuMs - base.cpuMs) / (summary.items - base.summary.items)).toFixed(1);
  process.stdout.write(
    `| ${items} | ${summary.items} | ${summary.attempts} | ${summary.graphCalls} | ${summary.managementCalls} | ${(summary.managementCalls / Math.max(1, summary.attempts)).toFixed(2)} | ${(summary.durationMs / 3_600_000).toFixed(1)} h | ${(wallMs / 1_000).toFixed(1)} | ${(cpuMs / 1_000).toFixed(1)} | ${perItem} | ${peakMiB.toFixed(0)} |\n`,
  );
}
