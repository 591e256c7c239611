/**
 * What a run costs as items grow, and how long an outage takes: `npm run bench [-- items … outage=items]` (default 10000 100000 outage=10000). Each size has a tenth of its items failed, 500 items per
 * vault, and runs in a process of its own on the virtual clock, the simulator in another. Prints Markdown; ends with 1 when a limit of docs/benchmarks.md is passed.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { EstateSpec } from "./estates.ts";
import type { Measured } from "./host-process.ts";
import { boundMs, runbookMs } from "./makespan.ts";

const host = fileURLToPath(new URL("host-process.ts", import.meta.url));
/** V8 lets garbage grow as far as the machine has memory: with this the process has what a small instance has. */
const HEAP_MIB = 400;
const START_MS = Date.parse("2026-11-20T13:00:00Z");
const failures: string[] = [];

function measure(estate: EstateSpec): Measured {
  const child = spawnSync(process.execPath, [`--max-old-space-size=${HEAP_MIB}`, host, JSON.stringify({ estate, environment: {} })], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (child.status !== 0) throw new Error(`The run failed: ${child.stderr.slice(-2_000)}`);
  return JSON.parse(child.stdout) as Measured;
}

function check(what: string, value: number, limit: number): void {
  if (!(value <= limit)) failures.push(`${what}: ${value.toFixed(2)}, allowed ${limit}`);
}

const print = (...lines: string[]): void => void process.stdout.write(`${lines.join("\n")}\n`);
const row = (...cells: (string | number)[]): string => `| ${cells.join(" | ")} |`;
const head = (...cells: string[]): string[] => [row(...cells), `|${cells.map(() => "---|").join("")}`];
const perItem = (value: number, { counts }: Measured): string => (value / counts.items).toFixed(1);

const words = process.argv.slice(2);
const outages = words.flatMap((word) => (word.startsWith("outage=") ? [Number(word.slice("outage=".length))] : []));
const sizes = words.length > 0 ? words.filter((word) => /^\d+$/.test(word)).map(Number) : [10_000, 100_000];
const runs = sizes.map((items) => {
  const vaults = Math.max(1, Math.round(items / 500));
  const run = measure({ generate: `items=${items},failed=0.1,seed=7,vaults=${vaults},subscriptions=${Math.min(3, vaults)}` });
  const { calls } = run.audit;
  check(`${items}: items with other backups than reported`, run.strays.length, 0);
  check(`${items}: triggers and operations per attempt`, (calls.triggers + calls.operations) / run.counts.attempts, 2.2);
  check(`${items}: details per failed attempt`, calls.details / Math.max(1, run.failedAttempts), 1);
  check(`${items}: host MiB`, run.peakMiB, 600);
  return { items, vaults, run };
});

if (runs.length > 0) {
  print(
    ...head(
      "items",
      "vaults",
      "failed items",
      "attempts",
      "doubled or stray backups",
      "graph calls",
      "POST + operation per attempt",
      "details per failed attempt",
      "lists",
      "lists per vault and interval",
      "answered 429",
      "virtual time",
    ),
    ...runs.map(({ items, vaults, run: { counts, audit, strays, failedAttempts, virtualMs } }) =>
      row(
        items,
        vaults,
        counts.items,
        counts.attempts,
        strays.length,
        audit.calls.graph,
        ((audit.calls.triggers + audit.calls.operations) / counts.attempts).toFixed(2),
        (audit.calls.details / Math.max(1, failedAttempts)).toFixed(2),
        audit.calls.lists,
        (audit.calls.lists / audit.listedIntervals).toFixed(2),
        audit.calls.throttled,
        `${(virtualMs / 3_600_000).toFixed(1)} h`,
      ),
    ),
    "",
    ...head(
      "items",
      "wall s",
      "CPU s of the host",
      "CPU ms per failed item",
      "of it replay ms",
      "turns per item",
      "history bytes per item",
      "store calls per item",
      "host MiB at start",
      "host MiB at most",
      "simulator MiB",
    ),
    ...runs.map(({ items, run }) =>
      row(
        items,
        (run.wallMs / 1_000).toFixed(0),
        (run.cpuMs / 1_000).toFixed(0),
        perItem(run.cpuMs, run),
        perItem(run.replayMs, run),
        perItem(run.replays, run),
        perItem(run.historyBytes, run),
        perItem(
          Object.values(run.storeCalls).reduce((sum, calls) => sum + calls, 0),
          run,
        ),
        run.startMiB.toFixed(0),
        run.peakMiB.toFixed(0),
        run.audit.peakMiB.toFixed(0),
      ),
    ),
    "",
  );
  const [small, large] = [runs[0], runs.at(-1)];
  if (small !== undefined && large !== undefined && small !== large)
    check(
      "CPU per failed item, largest to smallest",
      large.run.cpuMs / large.run.counts.items / (small.run.cpuMs / small.run.counts.items),
      1.5,
    );
}

for (const items of words.length > 0 ? outages : [10_000]) {
  const outage = { items, subscriptions: 1, vaults: Math.max(1, Math.round(items / 500)) };
  const run = measure({ outage });
  const bound = boundMs(outage);
  const runbook = await runbookMs({ outage }, START_MS);
  check("outage: makespan to bound", run.virtualMs / bound, 1.2);
  check("outage: items not recovered", run.counts.items - run.counts.recovered, 0);
  check("outage: items with other backups than reported", run.strays.length, 0);
  const minutes = (ms: number): string => `${(ms / 60_000).toFixed(1)} min`;
  print(
    ...head("outage", "makespan", "bound by quotas alone", "ratio", "one after another", "times ours", "answered 429"),
    row(
      `${items} items, ${outage.vaults} vaults, ${outage.subscriptions} subscription`,
      minutes(run.virtualMs),
      minutes(bound),
      (run.virtualMs / bound).toFixed(2),
      minutes(runbook),
      (runbook / run.virtualMs).toFixed(0),
      run.audit.calls.throttled,
    ),
  );
}
if (failures.length > 0) {
  process.stderr.write(`Limits passed:\n${failures.map((each) => `  ${each}\n`).join("")}`);
  process.exitCode = 1;
}
