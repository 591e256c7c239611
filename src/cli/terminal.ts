import type { TerminalStream } from "./output/progress.ts";

/** What the command line is given by its process; tests hand in their own. */
export interface Terminal {
  /** Data. */
  readonly out: (text: string) => void;
  /** Everything else. */
  readonly err: (text: string) => void;
  readonly stdout: TerminalStream;
  /** A progress line is drawn only where this is a terminal. */
  readonly stderr: TerminalStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly columns: number;
  readonly color: boolean;
}

/** Exit codes; see `reprise --help`. */
export const EXIT = { ok: 0, failed: 1, usage: 2, partly: 3, notFound: 10, locked: 11, interrupted: 130 } as const;

/** Wrong usage: a flag, an argument, a file's content. Nothing was sent or changed. */
export class UsageError extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode: number = EXIT.usage) {
    super(message);
    this.name = "UsageError";
    this.exitCode = exitCode;
  }
}

export function processTerminal(): Terminal {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    environment: process.env,
    stdout: process.stdout,
    stderr: TERM === "dumb" ? { write: (text) => process.stderr.write(text) } : process.stderr,
    columns: process.stdout.columns ?? 100,
    color: (NO_COLOR ?? "") === "" && ((FORCE_COLOR ?? "") !== "" || (process.stdout.isTTY && TERM !== "dumb")),
  };
}
