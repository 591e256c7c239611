import type { Command } from "commander";

/** How much a command says; every command takes these. */
export interface OutputFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly debug?: boolean;
}

export function addOutputFlags(command: Command): Command {
  return command
    .option("--json", "JSON lines on stdout, the summary last")
    .option("--quiet", "only the result")
    .option("-v, --verbose", "on stderr, what is done meanwhile")
    .option("--debug", "like -v in more detail, and stack traces of errors");
}
