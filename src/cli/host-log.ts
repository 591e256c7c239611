/** The functions' log lines on stderr: only what went wrong; with `--verbose` all that are worth reading, with `--debug` all. */
import { visibleProse } from "../cloud/report/visible.ts";
import type { HostLogLine } from "../local/host/local-host.ts";
import type { Terminal } from "./terminal.ts";

const LEVELS: readonly HostLogLine["level"][] = ["trace", "debug", "information", "warning", "error", "critical"];

export interface LogFlags {
  readonly verbose?: boolean;
  readonly debug?: boolean;
}

export function hostLog(terminal: Terminal, { verbose, debug }: LogFlags): (line: HostLogLine) => void {
  const least = LEVELS.indexOf(debug ? "trace" : verbose ? "information" : "warning");
  return ({ level, functionName, message }) => {
    if (LEVELS.indexOf(level) < least) return;
    // The text may come from Azure: it must not steer the terminal.
    terminal.err(`${level}${functionName === undefined ? "" : ` ${functionName}`}: ${visibleProse(message)}\n`);
  };
}
