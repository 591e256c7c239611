/**
 * Where the app gets what it works with: from the environment in production; the local host puts its own clock, transport, store or settings in its
 * place before the first function runs. Built once per process, at the first call, so that a wrong setting is one clear error of that call.
 */
import type { TokenCredential } from "@azure/core-auth";
import type { HttpClient } from "@azure/core-rest-pipeline";
import { systemClock, type Clock } from "../../clock/clock.ts";
import { createAzureControlPlane } from "../../cloud/azure/azure-control-plane.ts";
import type { CloudDependencies } from "../../cloud/dependencies.ts";
import { createLedger } from "../../cloud/ledger/ledger.ts";
import { scheduleProblems } from "../../cloud/schedule/schedules.ts";
import { throttled } from "../../cloud/telemetry/item-facts.ts";
import { toldControlPlane } from "../../cloud/telemetry/told-control-plane.ts";
import { parseSettings, type CloudSettings, type Environment } from "../../settings/settings.ts";
import { openRunStore } from "../../store/open-run-store.ts";
import type { Store } from "../../store/store.ts";
import { openTelemetry } from "./telemetry.ts";

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

let provided: Partial<Provided> = {};
let built: Promise<AppDependencies> | undefined;

/** For the local host; what is built already is forgotten. */
export function provide(parts: Partial<Provided>): void {
  provided = parts;
  built = undefined;
}

export function dependencies(): Promise<AppDependencies> {
  built ??= build(provided).catch((error: unknown) => {
    built = undefined;
    throw error;
  });
  return built;
}

/** The app stops: what is collected is sent, for a bounded time. */
export async function release(): Promise<void> {
  const { telemetry } = (await built?.catch(() => undefined)) ?? {};
  await telemetry?.close();
}

async function build(parts: Partial<Provided>): Promise<AppDependencies> {
  const environment = parts.environment ?? process.env;
  const settings = parseSettings(environment, scheduleProblems);
  const clock = parts.clock ?? systemClock;
  const store =
    parts.store ?? openRunStore(settings.runStore, { credential: lazyCredential, connectionString: environment.AzureWebJobsStorage });
  const requestTimeoutMs = settings.requestTimeoutSeconds * 1_000;
  const { telemetry, problem } = await openTelemetry({
    environment,
    isSimulated: settings.armIsLoopbackHttp,
    clock,
    credential: lazyCredential,
  });
  const controlPlane = createAzureControlPlane({
    endpoint: settings.armEndpoint,
    clock,
    requestTimeoutMs,
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
    controlPlane: toldControlPlane(controlPlane, telemetry),
  };
}

/** The identity library is large: it is loaded when the first token is asked for. */
function lazyCredential(): TokenCredential {
  let credential: Promise<TokenCredential> | undefined;
  return {
    async getToken(scopes, options) {
      credential ??= import("@azure/identity").then(({ DefaultAzureCredential }) => new DefaultAzureCredential());
      return (await credential).getToken(scopes, options);
    },
  };
}
