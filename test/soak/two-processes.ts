/**
 * The same on real time and real sockets: the simulated service in one process, `reprise retry --azure` in another, killed at seeded times and started again with the same
 * state and run id until it ends.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { RunReport } from "../../src/policy/report.ts";
import { randomOf } from "../exactly-once/hub-faults.ts";
import { startSimulator } from "../process/simulator-process.ts";
import { startCommand, temporaryFolder } from "../support/command-line.ts";
import type { SimulatedItem } from "../support/simulated-run.ts";
import type { Finished } from "./crash-run.ts";

export interface KilledRun extends Finished {
  readonly kills: number;
}

/** A process is up, and busy with the run, between these two. */
const KILL_AFTER_MS = { least: 700, most: 7_000 };

export async function killedRun(estate: object, seed: number, kills: number): Promise<KilledRun> {
  const random = randomOf(seed);
  const simulator = await startSimulator(estate);
  const state = temporaryFolder();
  let killed = 0;
  try {
    for (;;) {
      const command = startCommand(
        ["retry", "--azure", "--json", "--state", state, "--run-id", "soak", "--report", join(state, "report")],
        {
          settings: { ...simulator.settings, REPRISE_REQUEST_TIMEOUT_SECONDS: "2" },
        },
      );
      if (killed < kills) {
        const afterMs = KILL_AFTER_MS.least + random() * (KILL_AFTER_MS.most - KILL_AFTER_MS.least);
        await Promise.race([pause(afterMs), command.ended]);
        command.child.kill("SIGKILL");
      }
      const { code, signal, stderr } = await command.ended;
      if (signal === "SIGKILL") {
        killed++;
        continue;
      }
      if (code !== 0 && code !== 3) throw new Error(`retry ended with ${code ?? signal}: ${stderr}`);
      const report = JSON.parse(readFileSync(join(state, "report", "report.json"), "utf8")) as RunReport;
      return { kills: killed, report, items: (await simulator.items()) as unknown as SimulatedItem[], moments: {} };
    }
  } finally {
    await simulator.stop();
  }
}
