/** The functions' log lines on stderr: with `--verbose` all that are worth reading, else only what went wrong. */
import { visibleProse } from "../cloud/report/visible.ts";
import type { HostLogLine } from "../local/host/local-host.ts";
import type { Terminal } from "./terminal.ts";

const QUIET: ReadonlySet<HostLogLine["level"]> = new Set(["trace", "debug", "information"]);

export function hostLog(terminal: Terminal, verbose: boolean): (line: HostLogLine) => void {
  return ({ level, functionName, message }) => {
    if (QUIET.has(level) && !(verbose && level === "information")) return;
    // The text may come from Azure: it must not steer the terminal.
    terminal.err(`${level}${functionName === undefined ? "" : ` ${functionName}`}: ${visibleProse(message)}\n`);
  };
}
