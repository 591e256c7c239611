/**
 * The app without Azure: the same functions as in production, on the local host. In: an estate to simulate or the real (or a remote simulated) control
 * plane, and a state directory. Out: a running host. A killed app goes on from the same state directory. It does not promise several apps in one process:
 * the libraries register functions globally.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { systemClock, type Clock } from "../clock/clock.ts";
import { createLedger, type Ledger } from "../cloud/ledger/ledger.ts";
import { scheduleProblems } from "../cloud/schedule/schedules.ts";
import { dependencies, provide, type Provided } from "../functions/wiring/dependencies.ts";
import { parseSettings, type Environment } from "../settings/settings.ts";
import { openDirectoryStore } from "../store/directory.ts";
import type { Estate } from "./azure/estate/estate.ts";
import { estateNowMs } from "./azure/estate/estate.ts";
import { inProcessHttpClient } from "./azure/http-client.ts";
import { createSimulator, type Simulator } from "./azure/simulator.ts";
import { createVirtualClock } from "./clock/virtual.ts";
import type { HubFaults } from "./durable/faults.ts";
import { createLocalHost } from "./host/create-local-host.ts";
import type { HostLogLine, LocalHost } from "./host/local-host.ts";
import { openSimulatedState } from "./simulated-state.ts";
import { makeStateDirectory } from "./state-directory.ts";

export interface LocalApp {
  readonly host: LocalHost;
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** Only of a simulated app. */
  readonly simulator?: Simulator;
  stop(): Promise<void>;
}

export interface LocalAppOptions {
  readonly environment: Environment;
  readonly log: (line: HostLogLine) => void;
  /** Functions of their own timers run only in a host that stays up. */
  readonly timers: boolean;
}

export interface SimulatedAppOptions extends LocalAppOptions {
  readonly estate: Estate;
  /** Holds the task hub, the run store and what the estate went through. */
  readonly stateDir: string;
  readonly between: "frozen" | "flowing";
  /** For tests. */
  readonly faults?: {
    /** Stands between the app and its store, transport or clock. */
    readonly parts?: (parts: Partial<Provided>) => Partial<Provided>;
    readonly hub?: HubFaults;
    /** How long nobody worked, when the app goes on from an earlier state. */
    readonly downMs?: number;
  };
}

/** Where a simulated subscription pretends to be; nothing listens there. */
const SIMULATED_ENDPOINT = "http://127.0.0.1:1";

export async function openSimulatedApp(options: SimulatedAppOptions): Promise<LocalApp> {
  const environment = { ...withoutPlane(options.environment), REPRISE_ARM_ENDPOINT: SIMULATED_ENDPOINT };
  // A wrong setting stops here, before anything is made or opened.
  parseSettings(environment, scheduleProblems);
  const state = await openSimulatedState(options.stateDir, options.estate);
  const goOn = state.newestMs === undefined ? undefined : state.newestMs + (options.faults?.downMs ?? 0);
  const clock = createVirtualClock({ startMs: goOn ?? estateNowMs(options.estate) ?? Date.now(), between: options.between });
  const simulator = createSimulator({ estate: options.estate, clock, journal: state.journal });
  const parts: Partial<Provided> = {
    environment,
    clock,
    jitter: () => 0.5,
    httpClient: inProcessHttpClient(simulator),
    store: openDirectoryStore(join(options.stateDir, "store"), { durable: false }),
  };
  const { faults } = options;
  const app = await openApp(options, join(options.stateDir, "hub.db"), clock, faults?.parts?.(parts) ?? parts, faults?.hub);
  return {
    ...app,
    simulator,
    async stop() {
      await app.stop();
      clock.stop();
      state.close();
    },
  };
}

export interface AzureAppOptions extends LocalAppOptions {
  /** Runs of one state directory share its run store, each host has a task hub of its own. */
  readonly stateDir: string;
  readonly hub: string;
}

export async function openAzureApp(options: AzureAppOptions): Promise<LocalApp> {
  const { environment, stateDir } = options;
  parseSettings(environment, scheduleProblems);
  const elsewhere = [
    environment.REPRISE_STORE,
    environment.AzureWebJobsStorage,
    environment.AzureWebJobsStorage__accountName,
    environment.AzureWebJobsStorage__blobServiceUri,
  ].some((value) => (value ?? "") !== "");
  await makeStateDirectory(join(stateDir, "hubs"));
  return openApp(options, join(stateDir, "hubs", `${options.hub}.db`), systemClock, {
    environment,
    ...(!elsewhere && { store: openDirectoryStore(join(stateDir, "store")) }),
  });
}

async function openApp(
  options: LocalAppOptions,
  hubFile: string,
  clock: Clock,
  parts: Partial<Provided>,
  hubFaults?: HubFaults,
): Promise<LocalApp> {
  provide(parts);
  const { ledger } = await dependencies();
  const host = await createLocalHost({
    entryPoints: entryPoints(options.timers),
    clock,
    hubFile,
    hubName: "reprise",
    log: options.log,
    environment: parts.environment ?? {},
    hubFaults,
  });
  return {
    host,
    ledger: createLedger(ledger.store),
    clock,
    async stop() {
      await host.stop();
      provide({});
    },
  };
}

/** What `main` of package.json names, from wherever this module was loaded: the built folder or the sources. */
function entryPoints(timers: boolean): URL[] {
  const folder = new URL("../functions/", import.meta.url);
  return readdirSync(folder)
    .filter((name) => /\.[jt]s$/.test(name) && (timers || !name.includes("timer")))
    .sort()
    .map((name) => new URL(name, folder));
}

/** A simulated run must not find its way to a real store or cloud through the environment. */
function withoutPlane(environment: Environment): Environment {
  const {
    REPRISE_STORE: _store,
    AzureWebJobsStorage: _host,
    AzureWebJobsStorage__accountName: _account,
    AzureWebJobsStorage__blobServiceUri: _uri,
    REPRISE_SUBSCRIPTIONS: _subscriptions,
    REPRISE_MANAGEMENT_GROUP: _group,
    ...rest
  } = environment;
  return rest;
}
