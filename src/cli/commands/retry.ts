import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Command } from "commander";
import type { LocalApp } from "../../local/app.ts";
import { describeUse } from "../help-text.ts";
import { hostLog } from "../host-log.ts";
import { ALL_EXITS } from "../help-text.ts";
import type { Finish } from "../main.ts";
import { UsageError, type Terminal } from "../terminal.ts";
import { addOutputFlags, type OutputFlags } from "./output-flags.ts";
import { addRunFlags, type RunFlags } from "./run-flags.ts";

export interface RetryFlags extends RunFlags, OutputFlags {
  readonly simulate?: string | true;
  readonly generate?: string;
  readonly azure?: boolean;
  readonly state: string;
  readonly report?: string;
}

export function registerRetry(program: Command, terminal: Terminal, finish: Finish): void {
  const retry = program
    .command("retry")
    .description("one run of the main job, then its report")
    .option("--simulate [estate]", "against a simulated estate (default: the built-in one), on a clock that jumps")
    .option("--generate <spec>", "simulate a generated estate, e.g. items=1000,failed=0.1,seed=1")
    .option("--azure", "against Azure (or REPRISE_ARM_ENDPOINT), signed in through DefaultAzureCredential");
  addOutputFlags(addStateFlags(addRunFlags(retry))).action(async (flags: RetryFlags) => finish(await runRetry(flags, terminal)));
  describeUse(
    retry,
    [
      "reprise retry --simulate --dry-run",
      "reprise retry --generate items=200,failed=0.1,seed=1 --json",
      "reprise retry --azure --dry-run --since 36h --vault 'vault-prod-*'",
      "reprise retry --azure --item vm-sql-01 --force --expiry-days 30",
    ],
    ALL_EXITS,
  );
}

export function addStateFlags(command: Command): Command {
  return command
    .option("--state <dir>", "where runs are kept; the same directory and --run-id continue one", ".reprise")
    .option("--report <dir>", "where report.html and report.json are written (default: below --state)");
}

export async function runRetry(flags: RetryFlags, terminal: Terminal): Promise<number> {
  const runId = flags.runId ?? newRunId();
  const { runBody } = await import("../run-body.ts");
  const body = { ...runBody(flags), runId };
  const app = await openApp(flags, runId, terminal);
  try {
    const { carryOut } = await import("../retry-run.ts");
    return await carryOut(app, body, terminal, {
      runId,
      target: targetOf(flags, terminal),
      reportDir: flags.report ?? join(flags.state, "reports", runId),
      json: flags.json === true,
      quiet: flags.quiet === true,
    });
  } finally {
    await app.stop();
  }
}

async function openApp(flags: RetryFlags, runId: string, terminal: Terminal): Promise<LocalApp> {
  if (flags.azure && (flags.simulate !== undefined || flags.generate !== undefined))
    throw new UsageError("--azure: found together with --simulate or --generate; allowed: one of them.");
  const { openAzureApp, openSimulatedApp } = await import("../../local/app.ts");
  const shared = { environment: terminal.environment, log: hostLog(terminal, flags), timers: false };
  // The name keeps a run's hub apart from the one of `serve` on the same state.
  if (flags.azure) return openAzureApp({ ...shared, stateDir: flags.state, hub: `run-${runId}` });
  const { chooseEstate } = await import("../estate.ts");
  const estate = await chooseEstate({
    ...(typeof flags.simulate === "string" && { file: flags.simulate }),
    ...(flags.generate !== undefined && { generate: flags.generate }),
  });
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
