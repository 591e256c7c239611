/**
 * Where the app gets what it works with: from the environment in production; the local host puts its own clock, transport, store or settings in its
 * place before the first function runs. Built once per process, at the first call, so that a wrong setting is one clear error of that call. The clients
 * of Azure are loaded only then: an app that starts registers its functions and waits.
 */
import type { HttpClient } from "@azure/core-rest-pipeline";
import { systemClock, type Clock } from "../../clock/clock.ts";
import type { CloudDependencies } from "../../cloud/dependencies.ts";
import { parseSettings, type CloudSettings, type Environment } from "../../settings/settings.ts";
import { settingsTable } from "../../settings/table.ts";
import type { Store } from "../../store/store.ts";

export interface Provided {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly httpClient: HttpClient;
  readonly store: Store;
  /** In [0, 1): spreads the repeats of reads. Fixed where runs have to be alike. */
  readonly jitter: () => number;
}

export type AppDependencies = CloudDependencies & {
  readonly settings: CloudSettings;
  /** Why nothing is told although it was asked for; for the log. */
  readonly telemetryProblem?: string;
};

/** Resource Manager lets 250 reads through at once and 25 a second after that, per subscription and principal; a little is left to others. */
const READS_OF_SUBSCRIPTION = { burst: 230, perMinute: 1_400 };

let provided: Partial<Provided> = {};
let opened: Promise<Opened> | undefined;
let built: Promise<AppDependencies> | undefined;

/** For the local host; what is built already is forgotten. */
export function provide(parts: Partial<Provided>): void {
  provided = parts;
  opened = undefined;
  built = undefined;
}

export function dependencies(): Promise<AppDependencies> {
  built ??= build(provided).catch((error: unknown) => {
    built = undefined;
    throw error;
  });
  return built;
}

interface Opened {
  readonly settings: CloudSettings;
  readonly store: Store;
}

/** Settings and run store alone: enough to tell whether the settings are right. Nothing is read from the store yet. */
export function openStore(): Promise<Opened> {
  opened ??= open(provided).catch((error: unknown) => {
    opened = undefined;
    throw error;
  });
  return opened;
}

/** The app stops: what is collected is sent, for a bounded time. */
export async function release(): Promise<void> {
  const { telemetry } = (await built?.catch(() => undefined)) ?? {};
  await telemetry?.close();
}

async function open(parts: Partial<Provided>): Promise<Opened> {
  const environment = parts.environment ?? process.env;
  const settings = await checkedSettings(environment);
  const { runStore } = settings;
  if (parts.store !== undefined) return { settings, store: parts.store };
  if (runStore.kind === "directory") {
    const { openDirectoryStore } = await import("../../store/directory.ts");
    return { settings, store: openDirectoryStore(runStore.path) };
  }
  const [{ openRunStore }, { lazyCredential }] = await Promise.all([
    import("../../store/open-run-store.ts"),
    import("../../cloud/azure/credential.ts"),
  ]);
  return { settings, store: openRunStore(runStore, { credential: lazyCredential, connectionString: environment.AzureWebJobsStorage }) };
}

/** The requests of schedules are checked by the code that knows them, which few apps need. */
async function checkedSettings(environment: Environment): Promise<CloudSettings> {
  if ((environment[settingsTable.schedules.name] ?? "") === "") return parseSettings(environment);
  const { scheduleProblems } = await import("../../cloud/schedule/schedules.ts");
  return parseSettings(environment, scheduleProblems);
}

async function build(parts: Partial<Provided>): Promise<AppDependencies> {
  const [
    { settings, store },
    { createAzureControlPlane },
    { lazyCredential },
    { createLedger },
    { openTelemetry },
    { toldControlPlane },
    { throttled },
    { createLimits },
    { paceOf },
  ] = await Promise.all([
    openStore(),
    import("../../cloud/azure/azure-control-plane.ts"),
    import("../../cloud/azure/credential.ts"),
    import("../../cloud/ledger/ledger.ts"),
    import("./telemetry.ts"),
    import("../../cloud/telemetry/told-control-plane.ts"),
    import("../../cloud/telemetry/item-facts.ts"),
    import("../../cloud/limits/limits.ts"),
    import("../../policy/pace.ts"),
  ]);
  const clock = parts.clock ?? systemClock;
  const requestTimeoutMs = settings.requestTimeoutSeconds * 1_000;
  const limits = createLimits({
    store,
    clock,
    rules: {
      subscription: paceOf(settings.subscriptionPace),
      vault: paceOf(settings.vaultPace),
      reads: READS_OF_SUBSCRIPTION,
    },
  });
  const { telemetry, problem } = await openTelemetry({
    environment: parts.environment ?? process.env,
    isSimulated: settings.armIsLoopbackHttp,
    clock,
    credential: lazyCredential,
  });
  const controlPlane = createAzureControlPlane({
    endpoint: settings.armEndpoint,
    clock,
    requestTimeoutMs,
    readPace: limits,
    onThrottled: (wait) => throttled(telemetry, wait),
    ...(!settings.armIsLoopbackHttp && { credential: lazyCredential() }),
    ...(parts.httpClient && { httpClient: parts.httpClient }),
    ...(parts.jitter && { jitter: parts.jitter }),
  });
  return {
    settings,
    clock,
    requestTimeoutMs,
    telemetry,
    ...(problem !== undefined && { telemetryProblem: problem }),
    ledger: createLedger(store),
    limits,
    controlPlane: toldControlPlane(controlPlane, telemetry),
  };
}
