/** The functions' log lines on stderr: with `--verbose` all that are worth reading, else only what went wrong. */
import { stripVTControlCharacters } from "node:util";
import type { HostLogLine } from "../local/host/local-host.ts";
import type { Terminal } from "./terminal.ts";

const QUIET: ReadonlySet<HostLogLine["level"]> = new Set(["trace", "debug", "information"]);

export function hostLog(terminal: Terminal, verbose: boolean): (line: HostLogLine) => void {
  return ({ level, functionName, message }) => {
    if (QUIET.has(level) && !(verbose && level === "information")) return;
    // The text may come from Azure: it must not steer the terminal.
    const plain = stripVTControlCharacters(message).replaceAll(/[\p{Cc}\p{Cf}]+/gu, " ");
    terminal.err(`${level}${functionName === undefined ? "" : ` ${functionName}`}: ${plain}\n`);
  };
}
