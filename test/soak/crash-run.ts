/**
 * Carries out a run whose host is killed several times. In: an estate, a seed, the moments of an undisturbed run. Out: where it was killed, and every way in which
 * its end differs from the undisturbed one.
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RunReport } from "../../src/policy/report.ts";
import { randomOf } from "../exactly-once/hub-faults.ts";
import { strayBackups } from "../exactly-once/staged-app.ts";
import type { SimulatedItem } from "../support/simulated-run.ts";
import { PHASES, type Phase } from "./crash-points.ts";

export interface Finished {
  readonly report: RunReport;
  readonly items: readonly SimulatedItem[];
  readonly moments: Readonly<Partial<Record<Phase, number>>>;
}

export interface CrashedRun {
  readonly seed: number;
  readonly kills: readonly Phase[];
  readonly faults: readonly string[];
}

const CHILD = fileURLToPath(new URL("crash-child.ts", import.meta.url));

export class CrashBench {
  readonly #directory = mkdtempSync(join(tmpdir(), "reprise-soak-"));
  readonly #estateFile = join(this.#directory, "estate.json");
  #calm: Finished | undefined;

  constructor(estate: unknown) {
    writeFileSync(this.#estateFile, JSON.stringify(estate));
  }

  /** The run that nobody disturbs. */
  async calm(): Promise<Finished> {
    if (this.#calm === undefined) {
      const ended = await this.#host("calm", 0);
      if (ended === "killed") throw new Error("the undisturbed host was killed");
      this.#calm = ended;
    }
    return this.#calm;
  }

  /** Kills the host at one moment of each given phase, one process after the other, then lets the run end. */
  async crash(seed: number, phases: readonly Phase[]): Promise<CrashedRun> {
    const calm = await this.calm();
    const random = randomOf(seed);
    const state = `seed-${seed}`;
    const kills: Phase[] = [];
    /** A second at least: by then the backups that last no longer are over, and the service would take another. */
    const downMs = (): number => Math.round(1_000 + random() ** 3 * 600_000);
    for (const phase of phases.toSorted((a, b) => PHASES.indexOf(a) - PHASES.indexOf(b))) {
      const nth = 1 + Math.floor(random() * (calm.moments[phase] ?? 1));
      // A process that goes on from a later state has fewer moments of the phase: then the run ends here.
      const ended = await this.#host(state, downMs(), phase, nth);
      if (ended === "killed") kills.push(phase);
    }
    const ended = await this.#host(state, downMs());
    rmSync(join(this.#directory, state), { recursive: true, force: true });
    if (ended === "killed") throw new Error("killed by somebody else");
    return { seed, kills, faults: differences(calm, ended) };
  }

  close(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #host(state: string, downMs: number, phase = "", nth = 0): Promise<Finished | "killed"> {
    const stateDir = join(this.#directory, state);
    mkdirSync(stateDir, { recursive: true });
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [CHILD, stateDir, this.#estateFile, String(downMs), phase, String(nth)], {
        env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: join(tmpdir(), "reprise-compiled-tests") },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let stdout = "";
      let stderr = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => void (stdout += text));
      child.stderr.setEncoding("utf8").on("data", (text: string) => void (stderr += text));
      child.once("error", reject);
      child.once("close", (code, signal) => {
        if (signal === "SIGKILL") resolve("killed");
        else if (code === 0) resolve(JSON.parse(stdout) as Finished);
        else reject(new Error(`The host ended with ${code ?? signal} (${state}, ${phase} ${nth}): ${stderr.slice(0, 2_000)}`));
      });
    });
  }
}

/** What an item came to, without times. */
export function decisionsOf(report: RunReport): Record<string, string> {
  return Object.fromEntries(
    report.items.map(({ item, decision, attempts }) => [
      item,
      [decision, ...attempts.map(({ trigger, status, errorCode }) => `${trigger} ${status} ${errorCode ?? ""}`.trim())].join(", "),
    ]),
  );
}

/** Every way in which the end of a disturbed run differs from the undisturbed one, in words. */
export function differences(calm: Finished, { report, items }: Finished): string[] {
  const held = new Map(items.map((item) => [item.name, item]));
  const faults = strayBackups(report, held);
  const [before, after] = [decisionsOf(calm.report), decisionsOf(report)];
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)]))
    if (before[name] !== after[name]) faults.push(`${name}: ${before[name] ?? "nothing"} -> ${after[name] ?? "lost"}`);
  for (const { name, backupsAccepted } of calm.items)
    if (held.get(name)?.backupsAccepted !== backupsAccepted)
      faults.push(`${name}: ${backupsAccepted} backups when undisturbed, ${held.get(name)?.backupsAccepted} now`);
  if (report.status !== calm.report.status) faults.push(`the run ended ${report.status}: ${report.problem ?? ""}`);
  return faults;
}
