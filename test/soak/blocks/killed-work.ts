/**
 * Backup, prune or restore by the real command line, killed at a step and gone on with. In: a store, a source, what to kill and when. Out: what was found
 * wrong afterwards: nothing, if the engine keeps its word.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { killedAtStep, runKilled, stepsOf } from "../../agent/crash/killed-command.ts";
import { jsonLines, type Finished } from "../../support/command-line.ts";
import { phaseOf } from "./phases.ts";
import type { SoakSource } from "./sources.ts";
import type { StorePlace } from "./store-place.ts";
import { restoreAll } from "./stored.ts";

export const PASSWORD = "only for a test";

export interface Setting {
  readonly place: StorePlace;
  readonly source: SoakSource;
  readonly encrypted?: boolean;
  /** For what is restored. */
  readonly scratch: string;
}

export interface KillOutcome {
  readonly phase: string;
  readonly pointsRestored: number;
  /** Of points restored wrongly. */
  readonly wrong: readonly string[];
  /** Blocks that were there already and yet were sent, or written, by the next run. */
  readonly doneTwice: number;
  /** Anything else that should not be. */
  readonly faults: readonly string[];
}

export interface KilledWork {
  readonly what: string;
  /** Of a run that nobody disturbs. */
  readonly steps: number;
  readonly kill: (name: string, moment: number) => Promise<KillOutcome>;
}

export class Bench {
  readonly setting: Setting;
  /** What each point of the base has to restore to. */
  readonly expected = new Map<string, string>();
  readonly #passwordFile: string;

  constructor(setting: Setting) {
    this.setting = setting;
    mkdirSync(setting.scratch, { recursive: true });
    this.#passwordFile = join(setting.scratch, "password");
    writeFileSync(this.#passwordFile, `${PASSWORD}\n`);
  }

  run(verb: "backup" | "prune" | "restore", name: string, more: readonly string[] = [], killAt?: number): Promise<Finished> {
    const { place, source, encrypted } = this.setting;
    const where =
      verb === "backup"
        ? ["--name", "j", "--machine", "m", "--source", source.path, "--to", place.to(name), ...(encrypted ? ["--encrypt"] : [])]
        : ["--from", place.to(name)];
    const password = encrypted ? ["--password-file", this.#passwordFile] : [];
    return runKilled([verb, ...where, ...password, ...more, "--json"], place.settings, killAt);
  }

  /** A chain of so many points, the source changed before each but the first. */
  async makeChain(name: string, points: number): Promise<void> {
    for (let number = 0; number < points; number++) {
      if (number > 0) this.setting.source.change();
      const { point } = summaryOf(await this.run("backup", name));
      this.expected.set(String(point), this.setting.source.fingerprint());
    }
  }

  /** Undefined when it was over before. */
  async killed(verb: "backup" | "prune" | "restore", name: string, more: readonly string[], moment: number): Promise<string | undefined> {
    const finished = await this.run(verb, name, more, moment);
    if (finished.signal === "SIGKILL") {
      await this.setting.place.crash?.();
      return phaseOf(killedAtStep(finished));
    }
    if (finished.code !== 0)
      throw new Error(`${verb} to be killed at ${moment} ended with ${finished.code}: ${finished.stdout}${finished.stderr}`);
    return undefined;
  }

  restoreAll(name: string): ReturnType<typeof restoreAll> {
    const { place, source, encrypted, scratch } = this.setting;
    return restoreAll(place.open(name), source, this.expected, scratch, encrypted ? PASSWORD : undefined);
  }
}

export interface Summary {
  readonly point?: string;
  readonly result?: string;
  readonly tasks?: readonly [{ readonly blocksSent: number; readonly error?: string }];
  readonly bytesWritten?: number;
  readonly bytesKept?: number;
}

/** @throws when the command did not end well */
export function summaryOf(finished: Finished): Summary {
  const last = jsonLines(finished).at(-1);
  if (finished.code !== 0 || last?.["message_type"] !== "summary")
    throw new Error(`ended with ${finished.code ?? finished.signal}: ${finished.stdout}${finished.stderr}`);
  return last;
}

/** Repeats with an earlier moment when the process was faster than the one that was counted. */
export async function untilKilled(
  moment: number,
  attempt: (moment: number) => Promise<string | undefined>,
): Promise<{ readonly phase: string; readonly moment: number }> {
  for (let at = moment; at > 0; at -= 2) {
    const phase = await attempt(at);
    if (phase !== undefined) return { phase, moment: at };
  }
  throw new Error(`not killed at step ${moment}, nor before`);
}

export { stepsOf };
