import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Command } from "commander";
import { openAzureApp, openSimulatedApp, type LocalApp } from "../../local/app.ts";
import { chooseEstate } from "../estate.ts";
import { hostLog } from "../host-log.ts";
import type { Finish } from "../main.ts";
import { carryOut } from "../retry-run.ts";
import { EXIT, UsageError, type Terminal } from "../terminal.ts";
import { addRunFlags, runBody, type RunFlags } from "./run-flags.ts";

interface RetryFlags extends RunFlags {
  readonly simulate?: string | true;
  readonly generate?: string;
  readonly azure?: boolean;
  readonly state: string;
  readonly report?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

export function registerRetry(program: Command, terminal: Terminal, finish: Finish): void {
  const retry = program
    .command("retry")
    .description("one run of the main job, then its report")
    .option("--simulate [estate]", "against a simulated estate (default: the built-in one), on a clock that jumps")
    .option("--generate <spec>", "simulate a generated estate, e.g. items=1000,failed=0.1,seed=1")
    .option("--azure", "against Azure (or REPRISE_ARM_ENDPOINT), signed in through DefaultAzureCredential");
  addRunFlags(retry);
  addOutputFlags(retry).action(async (flags: RetryFlags) => finish(await runRetry(flags, terminal)));

  const demo = program.command("demo").description("the main job on the built-in simulated estate, with a few words of what is seen");
  addOutputFlags(demo).action(async (flags: RetryFlags) => {
    if (!flags.json && !flags.quiet) terminal.err(DEMO);
    const code = await runRetry(flags, terminal);
    // The run was carried out: that items need a person is what it was to show.
    finish(code === EXIT.partly ? EXIT.ok : code);
  });
}

function addOutputFlags(command: Command): Command {
  return command
    .option("--state <dir>", "where runs are kept; the same directory and --run-id continue one", ".reprise")
    .option("--report <dir>", "where report.html and report.json are written (default: below --state)")
    .option("--json", "JSON lines, the summary last")
    .option("--quiet", "only the result")
    .option("-v, --verbose", "the functions' log on stderr")
    .option("--debug", "stack traces");
}

const DEMO = `This is Reprise on a simulated Azure estate: three subscriptions, about forty protected items, a bad night behind them.
It asks Resource Graph for the failed backup jobs, starts an on-demand backup for each item that a retry can help, follows every
job to its end, and reports. A day of waiting passes in seconds, because the clock jumps. Nothing leaves this machine.

`;

async function runRetry(flags: RetryFlags, terminal: Terminal): Promise<number> {
  const runId = flags.runId ?? newRunId();
  const body = { ...runBody(flags), runId };
  const app = await openApp(flags, runId, terminal);
  try {
    return await carryOut(app, body, terminal, { runId, target: targetOf(flags, terminal), reportDir: flags.report ?? join(flags.state, "reports", runId), json: flags.json === true, quiet: flags.quiet === true });
  } finally {
    await app.stop();
  }
}

async function openApp(flags: RetryFlags, runId: string, terminal: Terminal): Promise<LocalApp> {
  const shared = { environment: terminal.environment, log: hostLog(terminal, flags.verbose === true), timers: false };
  if (flags.azure) {
    if (flags.simulate !== undefined || flags.generate !== undefined) throw new UsageError("--azure: found together with --simulate or --generate; allowed: one of them.");
    return openAzureApp({ ...shared, stateDir: flags.state, hub: runId });
  }
  const estate = await chooseEstate({ ...(typeof flags.simulate === "string" && { file: flags.simulate }), ...(flags.generate !== undefined && { generate: flags.generate }) });
  // Each run has an estate of its own, in the state in which the file describes it: two runs see the same.
  return openSimulatedApp({ ...shared, estate, stateDir: join(flags.state, "simulated", runId), between: "frozen" });
}

function targetOf(flags: RetryFlags, terminal: Terminal): string {
  if (flags.azure) return terminal.environment.REPRISE_ARM_ENDPOINT ?? "Azure";
  if (flags.generate !== undefined) return `a generated estate (${flags.generate})`;
  return typeof flags.simulate === "string" ? `the simulated estate ${flags.simulate}` : "the built-in simulated estate";
}

function newRunId(): string {
  const time = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
  return `run-${time}-${randomUUID().slice(0, 4)}`;
}
