/**
 * The command line as a process of its own, from the sources (from `dist/` where Node cannot run them). In: arguments and settings; of the environment
 * nothing else is handed on. Out: exit code, output, and the means to signal it. What still runs when a test ends is killed.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../../", import.meta.url);
const RUNS_SOURCES = process.features.typescript !== false;
export const EXECUTABLE = fileURLToPath(new URL(RUNS_SOURCES ? "src/cli/reprise.ts" : "dist/cli/reprise.js", ROOT));

export interface Finished {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly settings?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Flags of Node itself. */
  readonly nodeFlags?: readonly string[];
  /** Another user, as whom root can start it. */
  readonly uid?: number;
  /** A program that becomes the process, with its arguments: one that enters a namespace first. */
  readonly wrapper?: readonly string[];
}

export interface RunningCommand {
  readonly child: ChildProcess;
  /** The first line of stdout. Rejects when the process ends without one. */
  readonly firstLine: Promise<string>;
  readonly ended: Promise<Finished>;
}

const running = new Set<ChildProcess>();
const folders = new Set<string>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

export function startCommand(
  args: readonly string[],
  { settings = {}, cwd, nodeFlags = [], uid, wrapper = [] }: CommandOptions = {},
): RunningCommand {
  const [program = "", ...programArgs] = [...wrapper, process.execPath, ...nodeFlags, EXECUTABLE, ...args];
  const child = spawn(program, programArgs, {
    cwd: cwd ?? tmpdir(),
    env: { PATH: process.env.PATH, HOME: tmpdir(), NODE_COMPILE_CACHE: join(tmpdir(), "reprise-compiled-tests"), ...settings },
    stdio: ["ignore", "pipe", "pipe"],
    ...(uid !== undefined && { uid, gid: uid }),
  });
  running.add(child);
  let stdout = "";
  let stderr = "";
  let haveLine: (line: string) => void = () => {};
  let noLine: (error: Error) => void = () => {};
  const firstLine = new Promise<string>((resolve, reject) => {
    haveLine = resolve;
    noLine = reject;
  });
  // Not every test asks for it.
  firstLine.catch(() => {});
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    const end = stdout.indexOf("\n");
    if (end >= 0) haveLine(stdout.slice(0, end));
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Finished>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      running.delete(child);
      noLine(new Error(`reprise ${args.join(" ")} ended (${code ?? signal}) without a line on stdout: ${stderr}`));
      resolve({ code, signal, stdout, stderr });
    });
  });
  return { child, firstLine, ended };
}

export function runCommand(args: readonly string[], options: CommandOptions = {}): Promise<Finished> {
  return startCommand(args, options).ended;
}

/** Every line of stdout; throws when one is no JSON object with a `message_type`. */
export function jsonLines({ stdout, stderr }: Finished): Record<string, unknown>[] {
  return stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => {
      const value = JSON.parse(line) as Record<string, unknown>;
      if (typeof value.message_type !== "string") throw new Error(`a line without message_type: ${line}; stderr: ${stderr}`);
      return value;
    });
}

export interface RetryDecision {
  readonly item: string;
  readonly vault: string;
  readonly workload: string;
  readonly decision: string;
  readonly reason: string;
  readonly attempts: number;
  readonly errorCode?: string;
}

export type RetrySummaryLine = Readonly<Record<string, unknown>> & {
  readonly runId: string;
  readonly attempts: number;
  readonly decisions: readonly RetryDecision[];
};

/** The last line of `retry --json`. */
export function retrySummary(finished: Finished): RetrySummaryLine {
  const last = jsonLines(finished).at(-1);
  if (last?.message_type !== "summary")
    throw new Error(`no summary (exit code ${finished.code}); stdout: ${finished.stdout}; stderr: ${finished.stderr}`);
  return last as RetrySummaryLine;
}

/** A folder that goes when the process does. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "reprise-process-"));
  folders.add(folder);
  return folder;
}
