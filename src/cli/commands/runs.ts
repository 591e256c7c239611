/** Runs of a host, local or deployed, over its HTTP routes. */
import type { Command } from "commander";
import { connectHost, type HostConnection } from "../host-connection.ts";
import type { Finish } from "../main.ts";
import { jsonLine } from "../output/json.ts";
import { visibleName } from "../../cloud/report/visible.ts";
import { EXIT, UsageError, type Terminal } from "../terminal.ts";
import { RUN_ID_PATTERN } from "../../policy/run.ts";
import type { RunListEntry, RunView } from "../../cloud/runs/read-runs.ts";

interface RunsFlags {
  readonly url: string;
  readonly key?: string;
  readonly json?: boolean;
  readonly follow?: boolean;
}

const FOLLOW_MS = 1_000;

export function registerRuns(program: Command, terminal: Terminal, finish: Finish): void {
  const runs = program.command("runs").description("runs of a host, local (reprise serve) or deployed");
  const command = (name: string, description: string): Command =>
    runs.command(name).description(description).option("--url <url>", "the host", "http://127.0.0.1:7071").option("--key <key>", "function key, or @FILE that holds it").option("--json", "JSON lines");
  command("list", "newest first").action(async (flags: RunsFlags) => list(await connectHost(flags), terminal, flags.json === true));
  command("show <id>", "one run")
    .option("--follow", "until it has ended, also over lost connections")
    .action(async (id: string, flags: RunsFlags) => finish(await show(await connectHost(flags), checked(id), terminal, flags)));
  command("cancel <id>", "no more triggers; backups that run already are left alone").action(async (id: string, flags: RunsFlags) => {
    const answer = await (await connectHost(flags)).send("POST", `/api/runs/${checked(id)}/cancel`);
    terminal.out(flags.json ? jsonLine({ message_type: "summary", ...(answer as object) }) : `Cancelling ${id}: nothing more is triggered.\n`);
  });
}

function checked(id: string): string {
  if (!RUN_ID_PATTERN.test(id)) throw new UsageError(`run id: found ${JSON.stringify(id)}; allowed: 1 to 40 of a-z, 0-9 and -.`);
  return id;
}

async function list(host: HostConnection, terminal: Terminal, json: boolean): Promise<void> {
  let after: string | undefined;
  let count = 0;
  do {
    const page = (await host.send("GET", `/api/runs${after === undefined ? "" : `?after=${encodeURIComponent(after)}`}`)) as { runs: RunListEntry[]; next?: string };
    for (const run of page.runs) {
      count++;
      terminal.out(json ? jsonLine({ message_type: "run", ...run }) : `${visibleName(run.startedAt)}  ${visibleName(run.status).padEnd(9)}  ${visibleName(run.runId)}${run.dryRun ? "  (dry run)" : ""}\n`);
    }
    after = page.next;
  } while (after !== undefined);
  if (json) terminal.out(jsonLine({ message_type: "summary", runs: count }));
  else if (count === 0) terminal.err("No runs yet.\n");
}

async function show(host: HostConnection, runId: string, terminal: Terminal, flags: RunsFlags): Promise<number> {
  for (let last = ""; ; ) {
    const run = (await host.send("GET", `/api/runs/${runId}`)) as RunView;
    const ended = run.status !== "pending" && run.status !== "running";
    const line = flags.json ? jsonLine({ message_type: ended || !flags.follow ? "summary" : "progress", ...run }) : describe(run);
    if (line !== last) terminal.out(line);
    last = line;
    if (ended) return run.status === "completed" && run.summary?.failing === 0 && run.summary.coverageComplete ? EXIT.ok : run.status === "completed" || run.status === "cancelled" ? EXIT.partly : EXIT.failed;
    if (!flags.follow) return EXIT.ok;
    await new Promise((resolve) => setTimeout(resolve, FOLLOW_MS));
  }
}

function describe(run: RunView): string {
  const { found, items, planned, triggered, recovered, failing, skipped } = run.progress;
  const counts = `found ${found}, items ${items}, planned ${planned}, triggered ${triggered}, recovered ${recovered}, failing ${failing}, skipped ${skipped}`;
  return `${visibleName(run.runId)}  ${visibleName(run.status)}  ${counts}${run.report === undefined ? "" : `  report: ${visibleName(run.report)}`}\n`;
}
