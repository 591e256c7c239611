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
import { createLimits } from "../../cloud/limits/limits.ts";
import { scheduleProblems } from "../../cloud/schedule/schedules.ts";
import { paceOf } from "../../policy/pace.ts";
import { parseSettings, type CloudSettings, type Environment } from "../../settings/settings.ts";
import { openRunStore } from "../../store/open-run-store.ts";
import type { Store } from "../../store/store.ts";

export interface Provided {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly httpClient: HttpClient;
  readonly store: Store;
  /** In [0, 1): spreads the repeats of reads. Fixed where runs have to be alike. */
  readonly jitter: () => number;
}

export type AppDependencies = CloudDependencies & { readonly settings: CloudSettings };

/** Resource Manager lets 250 reads through at once and 25 a second after that, per subscription and principal; a little is left to others. */
const READS_OF_SUBSCRIPTION = { burst: 230, perMinute: 1_400 };

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

async function build(parts: Partial<Provided>): Promise<AppDependencies> {
  const environment = parts.environment ?? process.env;
  const settings = parseSettings(environment, scheduleProblems);
  const clock = parts.clock ?? systemClock;
  const store =
    parts.store ?? openRunStore(settings.runStore, { credential: lazyCredential, connectionString: environment.AzureWebJobsStorage });
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
  return {
    settings,
    clock,
    requestTimeoutMs,
    ledger: createLedger(store),
    limits,
    controlPlane: createAzureControlPlane({
      endpoint: settings.armEndpoint,
      clock,
      requestTimeoutMs,
      readPace: limits,
      ...(!settings.armIsLoopbackHttp && { credential: lazyCredential() }),
      ...(parts.httpClient && { httpClient: parts.httpClient }),
      ...(parts.jitter && { jitter: parts.jitter }),
    }),
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
