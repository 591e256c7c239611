/** The real command line, killed at a step of its choice: a request to a store, or a call that changes a file system. In: arguments and moment. Out: how it ended. */
import { fileURLToPath } from "node:url";
import { runCommand, type Finished } from "../../support/command-line.ts";

const PRELOAD = fileURLToPath(new URL("./kill-at.mjs", import.meta.url));

/** Without a moment it runs to its end. A step's number: just before it; and a half: just after it took effect. */
export function runKilled(
  args: readonly string[],
  settings: Readonly<Record<string, string>>,
  killAt?: number,
  cwd?: string,
): Promise<Finished> {
  return runCommand(args, {
    settings: { ...settings, ...(killAt !== undefined && { KILL_AT: String(killAt) }) },
    nodeFlags: ["--import", PRELOAD],
    ...(cwd !== undefined && { cwd }),
  });
}

/** Of a run that was not killed. */
export function stepsOf({ stderr }: Finished): number {
  return Number(/@@(\d+)/.exec(stderr)?.[1]);
}

/** What a killed process was about to do, or had just done. */
export function killedAtStep({ stderr }: Finished): string {
  return /@@killed (.*)/.exec(stderr)?.[1] ?? "";
}

/** Moments spread over a run, the same for the same seed: before a step, or after it. */
export function momentsOf(steps: number, count: number, seed: number): readonly number[] {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return Array.from({ length: count }, (_, index) => {
    const number = 1 + Math.floor(((index + next()) / count) * steps);
    return next() < 0.5 ? number : number + 0.5;
  });
}
