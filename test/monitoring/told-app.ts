/** The whole app on a simulated estate, telling a stand-in of Application Insights through the real exporter. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSimulatedApp, type LocalApp, type SimulatedAppOptions } from "../../src/local/app.ts";
import { parseEstate } from "../../src/local/azure/estate/estate.ts";
import { rowsOf, startIngestion, type Ingestion, type Rows } from "./ingestion.ts";

export interface Told {
  readonly ingestion: Ingestion;
  /** Carries `use` out on an app that is opened for it and stopped after it, on the same state as those before. Gives the app's time at its end. */
  readonly during: (
    use: (app: LocalApp) => Promise<void>,
    options?: Partial<Pick<SimulatedAppOptions, "faults" | "environment" | "log">>,
  ) => Promise<number>;
  /** What the tables hold by now. */
  readonly rows: () => Rows;
}

export async function whileTold<T>(estate: unknown, use: (told: Told) => Promise<T>): Promise<T> {
  const stateDir = await mkdtemp(join(tmpdir(), "reprise-told-"));
  await using ingestion = await startIngestion();
  try {
    return await use({
      ingestion,
      async during(work, { environment = {}, ...options } = {}) {
        const app = await openSimulatedApp({
          estate: parseEstate(JSON.stringify(estate)),
          stateDir,
          between: "frozen",
          environment: { APPLICATIONINSIGHTS_CONNECTION_STRING: ingestion.connectionString, ...environment },
          timers: true,
          log: () => {},
          ...options,
        });
        try {
          await work(app);
        } finally {
          await app.stop();
        }
        return app.clock.now();
      },
      rows: () => rowsOf(ingestion.envelopes),
    });
  } finally {
    await rm(stateDir, { recursive: true, force: true });
  }
}

/** Lets virtual time pass, with a moment for the timers that become due. */
export async function pass({ clock }: LocalApp, minutes: number): Promise<void> {
  for (let passed = 0; passed < minutes; passed++) {
    await clock.work(() => clock.sleep(60_000));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
