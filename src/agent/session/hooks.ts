/**
 * The commands before and after a backup. In: a program with its arguments, a time limit, what it is told in its environment. Out: it ended well, or an
 * error that says how not, with the end of what it printed. No shell reads the command. At its limit it is ended with all processes of its group; what it
 * left running when it ended by itself is left alone.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { StringDecoder } from "node:string_decoder";
import type { Hook } from "../../policy/job/job.ts";
import { durationWords } from "../../policy/job/words.ts";

export class HookError extends Error {
  readonly code: "HOOK_FAILED" | "HOOK_TIMED_OUT" | "HOOK_NOT_STARTED";
  constructor(code: HookError["code"], message: string) {
    super(message);
    this.name = "HookError";
    this.code = code;
  }
}

export interface HookRun {
  /** For messages: `The command before the backup`. */
  readonly what: string;
  readonly hook: Hook;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Added to the environment. */
  readonly facts: Readonly<Record<string, string>>;
  /** Ends it like the limit does. */
  readonly signal?: AbortSignal;
}

/** Of its output so much is kept, for the error. */
const KEPT_CHARACTERS = 2_000;
/** Between asking a process to end and ending it. */
const GRACE_MS = 3_000;

/** @throws HookError */
export async function runHook({ what, hook, environment, facts, signal }: HookRun): Promise<void> {
  const [program = "", ...args] = hook.command;
  signal?.throwIfAborted();
  const child = spawn(program, args, {
    env: { ...environment, ...facts },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, so that what it starts can be ended with it.
    detached: process.platform !== "win32",
    windowsHide: true,
  });
  const tail = keepTail(child);
  let why: "limit" | "stopped" | undefined;
  const end = (reason: "limit" | "stopped"): void => {
    if (why !== undefined) return;
    why = reason;
    endGroup(child, "SIGTERM");
    setTimeout(() => endGroup(child, "SIGKILL"), GRACE_MS).unref();
  };
  const limit = setTimeout(() => end("limit"), hook.limitMs);
  const onAbort = (): void => end("stopped");
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    const [code, killedBy] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once("error", reject);
      // Not `close`: what it left running may hold its output open.
      child.once("exit", (...ended) => resolve(ended));
    });
    if (why === "limit")
      throw new HookError("HOOK_TIMED_OUT", `${what} did not end within ${durationWords(hook.limitMs)} and was ended${tail()}`);
    if (why === "stopped") throw new HookError("HOOK_FAILED", `${what} was ended because the session was stopped${tail()}`);
    if (code !== 0)
      throw new HookError("HOOK_FAILED", `${what} ended with ${code === null ? `signal ${killedBy}` : `exit code ${code}`}${tail()}`);
  } catch (error) {
    if (error instanceof HookError) throw error;
    throw new HookError("HOOK_NOT_STARTED", `${what} could not be started: ${(error as Error).message}`);
  } finally {
    clearTimeout(limit);
    signal?.removeEventListener("abort", onAbort);
    // After its end the group may hold what ignored the first signal.
    if (why !== undefined) endGroup(child, "SIGKILL");
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

function keepTail(child: ChildProcess): () => string {
  let kept = "";
  for (const stream of [child.stdout, child.stderr]) {
    const decoder = new StringDecoder("utf8");
    stream?.on("data", (bytes: Buffer) => {
      kept = (kept + decoder.write(bytes)).slice(-KEPT_CHARACTERS);
    });
    stream?.on("error", () => {});
  }
  return () => (kept.trim() === "" ? "." : `; it printed: ${kept.trim()}`);
}

function endGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  if (process.platform === "win32") {
    spawn("taskkill", ["/PID", String(pid), "/T", "/F"], { stdio: "ignore", windowsHide: true }).on("error", () => {});
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
