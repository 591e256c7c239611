/** Programs that the suite starts: each in a process group of its own, so that what they start in turn ends with them. */
import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

export interface Program {
  readonly name: string;
  /** Everything written so far, newest last, shortened at its beginning. */
  output(): string;
  hasEnded(): boolean;
  /** Resolves once the predicate gives a value of the output; rejects when the program ends first or the time is over. */
  waitFor<T>(find: (output: string) => T | undefined, timeoutMs: number): Promise<T>;
  /** The whole group at once, without a chance to tidy up. Resolves when it is gone; a second call does nothing. */
  kill(): Promise<void>;
}

export interface Start {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const MOST_OUTPUT = 400_000;
const LOOK_MS = 100;

/** Programs that an aborted suite would leave behind. */
const running = new Set<number>();
process.once("exit", () => {
  for (const pid of running) killGroup(pid);
});

export function start({ name, command, args, cwd, env }: Start): Program {
  const child = spawn(command, args, { cwd, env: { ...env }, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  let ended = false;
  const add = (chunk: Buffer | string): void => {
    text = (text + chunk.toString()).slice(-MOST_OUTPUT);
  };
  child.stdout.on("data", add);
  child.stderr.on("data", add);
  const exit = new Promise<void>((resolve) => {
    const end = (words: string): void => {
      add(`\n[${name} ${words}]\n`);
      ended = true;
      if (child.pid !== undefined) running.delete(child.pid);
      resolve();
    };
    child.once("error", (error) => end(`could not be started: ${error.message}`));
    child.once("exit", (code, signal) => end(`ended with ${signal ?? String(code)}`));
  });
  if (child.pid !== undefined) running.add(child.pid);
  return {
    name,
    output: () => text,
    hasEnded: () => ended,
    async waitFor(find, timeoutMs) {
      const untilMs = Date.now() + timeoutMs;
      for (;;) {
        const found = find(text);
        if (found !== undefined) return found;
        if (ended || Date.now() > untilMs)
          throw new Error(`${name} ${ended ? "ended" : `was not ready in ${timeoutMs / 1000} s`}:\n${text}`);
        await sleep(LOOK_MS);
      }
    },
    async kill() {
      if (child.pid !== undefined) killGroup(child.pid);
      await exit;
    },
  };
}

/** Also after the leader has ended: what it started may still be there. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // The group is gone.
  }
}

/** The environment without anything that would lead a program to another store, cloud or identity. */
export function plainEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string | undefined> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(REPRISE_|AZURE_|AzureWebJobs|AzureFunctions|FUNCTIONS_|NODE_OPTIONS|VITEST)/.test(name),
  );
  return { ...Object.fromEntries(kept), ...more };
}
