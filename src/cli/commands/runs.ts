/** Runs of a host, local or deployed, over its HTTP routes. */
import type { Command } from "commander";
import type { RunListEntry, RunView } from "../../cloud/runs/read-runs.ts";
import { exitCodeOfSummary } from "../../cloud/report/summary.ts";
import { visibleName } from "../../cloud/report/visible.ts";
import { RUN_ID_PATTERN } from "../../policy/run.ts";
import { connectHost, type HostConnection } from "../host-connection.ts";
import { describeUse } from "../help-text.ts";
import type { Finish } from "../main.ts";
import { jsonLine } from "../output/json.ts";
import { EXIT, UsageError, type Terminal } from "../terminal.ts";
import { addOutputFlags, type OutputFlags } from "./output-flags.ts";

interface RunsFlags extends OutputFlags {
  readonly url: string;
  readonly key?: string;
  readonly follow?: boolean;
}

const FOLLOW_MS = 1_000;

export function registerRuns(program: Command, terminal: Terminal, finish: Finish): void {
  const runs = program.command("runs").description("runs of a host, local (reprise serve) or deployed").helpCommand(false);
  const connect = (flags: RunsFlags): Promise<HostConnection> =>
    connectHost({ ...flags, onLost: (text) => flags.quiet || terminal.err(`${text}\n`) });
  const addHostFlags = (command: Command): Command =>
    addOutputFlags(
      command.option("--url <url>", "the host", "http://127.0.0.1:7071").option("--key <key>", "function key, or @FILE that holds it"),
    );

  const listing = addHostFlags(runs.command("list").description("newest first"));
  listing.action(async (flags: RunsFlags) => list(await connect(flags), terminal, flags));
  describeUse(
    listing,
    ["reprise runs list", "reprise runs list --url https://APP.azurewebsites.net --key @key.txt"],
    ["ok", "failed", "usage"],
  );

  const showing = addHostFlags(runs.command("show <id>").description("one run"));
  showing
    .option("--follow", "until it has ended, also over lost connections")
    .action(async (id: string, flags: RunsFlags) => finish(await show(await connect(flags), checked(id), terminal, flags)));
  describeUse(showing, ["reprise runs show RUN-ID --follow"], ["ok", "failed", "usage", "partly", "notFound"]);

  const cancelling = addHostFlags(runs.command("cancel <id>").description("no more triggers; backups that run already are left alone"));
  cancelling.action(async (id: string, flags: RunsFlags) => {
    const runId = checked(id);
    const answer = await (await connect(flags)).send("POST", `/api/runs/${runId}/cancel`);
    if (flags.json) terminal.out(jsonLine({ message_type: "summary", ...(answer as object) }));
    else if (!flags.quiet) terminal.out(`Cancelling ${runId}: nothing more is triggered.\n`);
  });
  describeUse(cancelling, ["reprise runs cancel RUN-ID"], ["ok", "failed", "usage", "notFound"]);
  describeUse(runs, ["reprise runs list", "reprise runs show RUN-ID --follow", "reprise runs cancel RUN-ID"], ["ok", "failed", "usage"]);
}

function checked(id: string): string {
  if (!RUN_ID_PATTERN.test(id)) throw new UsageError(`run id: found ${JSON.stringify(id)}; allowed: 1 to 40 of a-z, 0-9 and -.`);
  return id;
}

async function list(host: HostConnection, terminal: Terminal, { json, quiet }: RunsFlags): Promise<void> {
  let after: string | undefined;
  let count = 0;
  do {
    const query = after === undefined ? "" : `?after=${encodeURIComponent(after)}`;
    const page = (await host.send("GET", `/api/runs${query}`)) as { runs: RunListEntry[]; next?: string };
    for (const run of page.runs) {
      count++;
      terminal.out(json ? jsonLine({ message_type: "run", ...run }) : listLine(run));
    }
    after = page.next;
  } while (after !== undefined && !terminal.outputClosed.aborted);
  if (json) terminal.out(jsonLine({ message_type: "summary", runs: count }));
  else if (count === 0 && !quiet) terminal.err("No runs yet.\n");
}

function listLine({ startedAt, status, runId, dryRun }: RunListEntry): string {
  return `${visibleName(startedAt)}  ${visibleName(status).padEnd(9)}  ${visibleName(runId)}${dryRun ? "  (dry run)" : ""}\n`;
}

async function show(host: HostConnection, runId: string, terminal: Terminal, flags: RunsFlags): Promise<number> {
  for (let last = ""; ;) {
    const run = (await host.send("GET", `/api/runs/${runId}`)) as RunView;
    const ended = run.status !== "pending" && run.status !== "running";
    const isLast = ended || !flags.follow;
    const line = flags.json ? jsonLine({ message_type: isLast ? "summary" : "progress", ...run }) : describe(run);
    if (line !== last && (isLast || !flags.quiet)) terminal.out(line);
    last = line;
    if (ended) return exitCodeOf(run);
    if (!flags.follow || terminal.outputClosed.aborted) return EXIT.ok;
    await new Promise((resolve) => setTimeout(resolve, FOLLOW_MS));
  }
}

function exitCodeOf({ status, summary }: RunView): number {
  // An instance that ended without a report has no summary.
  return status === "failed" || summary === undefined ? EXIT.failed : exitCodeOfSummary(summary);
}

function describe(run: RunView): string {
  const { found, items, planned, triggered, recovered, failing, skipped } = run.progress;
  const counts = `found ${found}, items ${items}, planned ${planned}, triggered ${triggered}, recovered ${recovered}, failing ${failing}, skipped ${skipped}`;
  return `${visibleName(run.runId)}  ${visibleName(run.status)}  ${counts}${run.report === undefined ? "" : `  report: ${visibleName(run.report)}`}\n`;
}
