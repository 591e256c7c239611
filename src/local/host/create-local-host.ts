/**
 * The local Functions host: what comes in is a clock, the entry points that production loads, and a file for the task hub; what goes out is an app that
 * answers HTTP, keeps its timers and runs durable functions, through the real libraries. It does not promise isolation: the libraries register globally,
 * so there is one host per process at a time. A later host takes over the registrations of entry points that were imported before.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { HubStore, type InstanceRow } from "../durable/hub-store.ts";
import { fromJson } from "../durable/json-text.ts";
import { TaskHub } from "../durable/task-hub.ts";
import { durableClientInputs, managementPrefix, rpcPrefix } from "./durable-client.ts";
import { durableFunctions } from "./durable-functions.ts";
import { functionsCore, type Registration, type TypedData } from "./functions-core.ts";
import { apiPrefix, createHttpFunctions, plain, type RawRequest, type RawResponse } from "./http-functions.ts";
import { startHttpServer, type HttpServer } from "./http-server.ts";
import type { HostResponse, InstanceState, LocalHost, LocalHostOptions } from "./local-host.ts";
import { createManagementApi } from "./management-api.ts";
import { startTimerTriggers } from "./timer-triggers.ts";

const DEFAULT_MAX_BODY_BYTES = 1024 * 1024;
const DEFAULT_CONCURRENCY = 10;
/** Real time that handlers under way get when the host stops. */
const STOP_GRACE_MS = 2000;

/** Throws `HubLockedError`, `HubVersionError`, and what the entry points throw when they are imported. */
export async function createLocalHost(options: LocalHostOptions): Promise<LocalHost> {
  const { clock, log, hubName } = options;
  const maxBodyBytes = options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES;
  const detached: (start: () => void) => void = AsyncLocalStorage.snapshot();
  const registrations = await functionsCore().load(options.entryPoints);
  const store = new HubStore(options.hubFile);
  const requests = new Set<Promise<unknown>>();
  let isStopping = false;
  let stopped: Promise<void> | undefined;
  let listening: HttpServer | undefined;

  // The library's client talks to the task hub over HTTP, also inside this process.
  const loopback = await startHttpServer({ port: 0, maxBodyBytes: Number.MAX_SAFE_INTEGER, handle, keepsAlive: false }).catch(
    (error: unknown) => {
      store.close();
      throw error;
    },
  );
  const origin = (): string => (listening ?? loopback).origin;
  const extraInputs = (registration: Registration): Readonly<Record<string, TypedData>> =>
    durableClientInputs(registration, origin(), loopback.origin, hubName);
  const hub = new TaskHub({
    store,
    clock,
    functions: durableFunctions({ registrations, extraInputs, log }),
    maxActivities: options.maxActivities ?? DEFAULT_CONCURRENCY,
    maxTurns: options.maxTurns ?? DEFAULT_CONCURRENCY,
    faults: options.hubFaults,
    onFault: (error) =>
      log({ level: "critical", message: `The task hub stopped: ${error instanceof Error ? error.message : String(error)}` }),
  });
  const management = createManagementApi({ hub, hubName });
  const httpFunctions = createHttpFunctions({ registrations, extraInputs, log });
  let timers: ReturnType<typeof startTimerTriggers> | undefined;
  try {
    if (options.runsTimers !== false)
      timers = startTimerTriggers({ registrations, clock, environment: options.environment, extraInputs, log, detached });
    hub.begin();
  } catch (error) {
    await stop();
    throw error;
  }

  async function handle(request: RawRequest): Promise<RawResponse> {
    const path = request.target.split("?", 1)[0] ?? "";
    if (!store.isOpen) return plain(503);
    for (const prefix of [rpcPrefix, managementPrefix])
      if (path.startsWith(`${prefix}/`)) return management(request, path.slice(prefix.length));
    if (path !== apiPrefix && !path.startsWith(`${apiPrefix}/`)) return plain(404);
    if (isStopping) return plain(503);
    const answer = clock.work(() => httpFunctions(request));
    requests.add(answer);
    try {
      return await answer;
    } finally {
      requests.delete(answer);
    }
  }

  async function stopNow(): Promise<void> {
    isStopping = true;
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise((resolve) => (timer = setTimeout(resolve, STOP_GRACE_MS)));
    await Promise.race([Promise.allSettled([timers?.stop(), hub.stop(), ...requests]), grace]);
    clearTimeout(timer);
    await functionsCore().terminate();
    store.close();
    await Promise.all([loopback.close(), listening?.close()]);
  }

  function stop(): Promise<void> {
    return (stopped ??= stopNow());
  }

  return {
    async request(method, path, body = "", headers = {}): Promise<HostResponse> {
      const lowerCased = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
      const raw: RawRequest = {
        method: method.toUpperCase(),
        target: path,
        headers: lowerCased,
        body: Buffer.from(body),
        origin: origin(),
      };
      const response = raw.body.length > maxBodyBytes ? plain(413) : await handle(raw);
      return { status: response.status, headers: response.headers, body: Buffer.from(response.body).toString("utf8") };
    },
    async listen(port) {
      if (listening !== undefined) throw new Error(`The host listens already, on port ${listening.port}.`);
      listening = await startHttpServer({ port, maxBodyBytes, handle, keepsAlive: true });
      return { url: listening.origin, port: listening.port };
    },
    waitForEnd: async (instanceId) => toState(await hub.waitForEnd(instanceId)),
    instances: (filter = {}) =>
      hub.instances({ statuses: filter.runtimeStatus, prefix: filter.instanceIdPrefix, top: filter.top }).map(toState),
    stop,
  };
}

function toState(row: InstanceRow): InstanceState {
  return {
    instanceId: row.instanceId,
    name: row.name,
    runtimeStatus: row.status,
    input: fromJson(row.input),
    output: fromJson(row.output),
    customStatus: fromJson(row.customStatus),
    createdTime: new Date(row.createdMs).toISOString(),
    lastUpdatedTime: new Date(row.updatedMs).toISOString(),
  };
}
