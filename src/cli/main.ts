/** The command line: parses, runs one command, turns what went wrong into one line and an exit code. In: arguments. Out: the exit code. */
import { Command, CommanderError } from "commander";
import { registerExplain } from "./commands/explain.ts";
import { registerHelpEnv } from "./commands/help-env.ts";
import { registerRetry } from "./commands/retry.ts";
import { registerRuns } from "./commands/runs.ts";
import { registerServe } from "./commands/serve.ts";
import { registerSimulate } from "./commands/simulate.ts";
import { describeFailure } from "./failure.ts";
import { EXIT, processTerminal, type Terminal } from "./terminal.ts";

const EXIT_CODES = `
Exit codes: 0 all well or nothing to do; 1 failed; 2 wrong usage or settings; 3 partly done (items still fail, or not everything could be seen);
10 store or estate not found; 11 locked by another process; 130 interrupted (the same --run-id continues).`;

/** A command stores its exit code here. */
export type Finish = (code: number) => void;

export async function main(args: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = new Command("reprise")
    .description(
      "Retries failed Azure backups: finds them, starts one on-demand backup per protected item, follows each to its end, reports.",
    )
    .version("0.1.0")
    .addHelpText("after", EXIT_CODES)
    .exitOverride()
    .configureOutput({
      writeOut: terminal.out,
      writeErr: terminal.err,
      getOutHelpWidth: () => terminal.columns,
      getErrHelpWidth: () => terminal.columns,
    })
    .showHelpAfterError("(see reprise --help)");
  const finish: Finish = (code) => {
    exitCode = code;
  };
  for (const register of [registerRetry, registerServe, registerSimulate, registerRuns, registerExplain, registerHelpEnv])
    register(program, terminal, finish);
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
