/**
 * The command line: parses, runs one command, turns what went wrong into a text and an exit code. In: arguments. Out: the exit code. Commands load what they
 * work with when they are carried out, so that help comes at once.
 */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { registerAgent } from "./commands/agent.ts";
import { registerBackup } from "./commands/backup.ts";
import { registerCompletion } from "./commands/completion.ts";
import { registerCopy } from "./commands/copy.ts";
import { registerDemo } from "./commands/demo.ts";
import { registerDoctor } from "./commands/doctor.ts";
import { registerExplain } from "./commands/explain.ts";
import { registerHelp } from "./commands/help.ts";
import { registerJob } from "./commands/job.ts";
import { registerPassword } from "./commands/password.ts";
import { registerPoints } from "./commands/points.ts";
import { registerPrune } from "./commands/prune.ts";
import { registerRestore } from "./commands/restore.ts";
import { registerRetry } from "./commands/retry.ts";
import { registerRuns } from "./commands/runs.ts";
import { registerServe } from "./commands/serve.ts";
import { registerSessions } from "./commands/sessions.ts";
import { registerSimulate } from "./commands/simulate.ts";
import { registerVerify } from "./commands/verify.ts";
import { describeFailure, safe } from "./failure.ts";
import { ALL_EXITS, describeUse } from "./help-text.ts";
import { EXIT, type Terminal } from "./terminal.ts";

/** A command stores its exit code here. */
export type Finish = (code: number) => void;

export async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = new Command("reprise")
    .description(
      "Retries failed backups and resumes interrupted transfers. retry: finds failed Azure backups and starts each again. backup: sends what a store does not have.",
    )
    .version(version())
    .exitOverride()
    .configureOutput({
      writeOut: terminal.out,
      writeErr: (text) => terminal.err(safe(text)),
      getOutHelpWidth: () => terminal.columns,
      getErrHelpWidth: () => terminal.columns,
    });
  describeUse(program, ["reprise demo", "reprise retry --azure --dry-run", "reprise help env"], ALL_EXITS);
  const finish: Finish = (code) => {
    exitCode = code;
  };
  for (const register of [
    registerRetry,
    registerBackup,
    registerJob,
    registerAgent,
    registerRestore,
    registerPoints,
    registerSessions,
    registerVerify,
    registerPrune,
    registerPassword,
    registerCopy,
    registerDemo,
    registerServe,
    registerSimulate,
    registerRuns,
    registerExplain,
    registerCompletion,
    registerDoctor,
    registerHelp,
  ])
    register(program, terminal, finish);
  pointToHelp(program, "reprise");
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    // Commander has printed its own message, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const { message, code } = describeFailure(error, args.includes("--debug"));
    terminal.err(`reprise: ${message}\n`);
    return code;
  }
}

/** A wrong flag is answered with where the right ones are listed. */
function pointToHelp(command: Command, path: string): void {
  command.showHelpAfterError(`(see ${path} --help)`);
  for (const child of command.commands) pointToHelp(child, `${path} ${child.name()}`);
}

function version(): string {
  return (JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string }).version;
}
