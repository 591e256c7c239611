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
  /** Aborted once nobody reads stdout any more (`reprise … | head -1`). */
  readonly outputClosed: AbortSignal;
  /** Why data could not be written to stdout (a full disk), once that has happened. */
  readonly outputProblem: () => string | undefined;
}

/** Exit codes; see `reprise --help`. */
export const EXIT = { ok: 0, failed: 1, usage: 2, partly: 3, notFound: 10, locked: 11, password: 12, interrupted: 130 } as const;

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
  const closed = new AbortController();
  let problem: string | undefined;
  // A reader that went away ends no run: what is written from then on is dropped. Without a listener the process would die of it.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED") closed.abort();
    else problem ??= error.message;
  });
  process.stderr.on("error", () => {});
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    environment: process.env,
    stdout: process.stdout,
    stderr: TERM === "dumb" ? { write: (text) => process.stderr.write(text) } : process.stderr,
    columns: process.stdout.columns ?? 100,
    color: (NO_COLOR ?? "") === "" && ((FORCE_COLOR ?? "") !== "" || (process.stdout.isTTY && TERM !== "dumb")),
    outputClosed: closed.signal,
    outputProblem: () => problem,
  };
}
