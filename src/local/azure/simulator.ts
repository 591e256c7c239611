/**
 * The simulated control plane: Azure Resource Graph and the parts of Azure Resource Manager that the retry of failed backups calls.
 *
 * In: requests as an HTTP client sends them, an {@link Estate}, a clock. Out: answers that match the published examples, oddities included: `202`
 * with an old API version and other spelling in its URLs, numeric error codes, `properties` as text in some rows, mixed casing, throttling by the
 * documented quotas, and the faults of the estate.
 *
 * It does not imitate: sign-in and roles (any bearer token is taken and may do everything, but for `forbidden` vaults and `deniedActions`); the REST API of Backup vaults (their rows are
 * in Resource Graph); the lag of Resource Graph unless the estate says `stale`; restores, cancelling, policies and recovery points; throttling per
 * region or provider; log backups. Where the documentation is silent, the files say what was chosen.
 */
import type { Clock } from "../../clock/clock.ts";
import { type Estate, estateNowMs } from "./estate/estate.ts";
import type { EstateFault } from "./estate/schema.ts";
import { createFaults, statusAnswer } from "./faults.ts";
import { createGraphEndpoint } from "./graph/endpoint.ts";
import { inspect } from "./inspect.ts";
import { type Journal, type JournalEntry, readJournal } from "./journal.ts";
import { failure, type SimulatorRequest, type SimulatorResponse } from "./messages.ts";
import { createRequestLog } from "./request-log.ts";
import { answerCall, deletedAnswer, type RestContext } from "./rest/answers.ts";
import { type Route, routeOf } from "./rest/routes.ts";
import { createOperations, type Operation } from "./state/operations.ts";
import { buildTenant, type Item, type Vault } from "./state/tenant.ts";
import { armThrottled, createArmBuckets, createGraphQuota, graphThrottled } from "./throttling.ts";

export type { SimulatorResponse } from "./messages.ts";

export interface SimulatorOptions {
  readonly estate: Estate;
  readonly clock: Clock;
  /** The simulator runs on real time in a process of its own: the estate's `speed` counts. Default false. */
  readonly realTime?: boolean;
  readonly journal?: Journal;
}

export interface Simulator {
  /**
   * Answers one request; `drop` when the connection is to break without an answer. On a virtual clock it must be called from inside `work`, because
   * a fault can delay the answer. Rejects with the signal's reason when aborted meanwhile.
   */
  readonly handle: (request: SimulatorRequest, signal?: AbortSignal) => Promise<SimulatorResponse | "drop">;
  readonly clock: Clock;
}

/** Published pace of the trigger's answer, in seconds. */
const TRIGGER_RETRY_AFTER_SECONDS = 60;

/** How long a throttled query waits when the fault does not say. */
const GRAPH_RESET_SECONDS = 5;

export function createSimulator({ estate, clock, realTime = false, journal }: SimulatorOptions): Simulator {
  const speed = realTime ? (estate.speed ?? 1) : 1;
  const past = journal === undefined ? [] : readJournal(journal);
  const start = past.find((entry) => entry.kind === "start");
  const baseMs = start?.baseMs ?? (realTime ? undefined : estateNowMs(estate)) ?? clock.now();
  const record = (entry: JournalEntry): void => journal?.append(JSON.stringify(entry));
  if (start === undefined) record({ kind: "start", baseMs });

  const tenant = buildTenant(estate, baseMs);
  const operations = createOperations(speed);
  const faults = createFaults(estate.faults ?? [], (index) => record({ kind: "fault", index }));
  replay(past);

  const log = createRequestLog();
  const graph = createGraphEndpoint(tenant);
  const graphQuota = createGraphQuota();
  const armBuckets = createArmBuckets();
  let requests = 0;

  const rest: RestContext = {
    tenant,
    retryAfterSeconds: speed > 1 ? Math.max(1, Math.round(TRIGGER_RETRY_AFTER_SECONDS / speed)) : TRIGGER_RETRY_AFTER_SECONDS,
    accept(item, atMs, expiry) {
      record({ kind: "trigger", atMs, item: item.id, ...(expiry !== undefined && { expiry }) });
      return operations.accept(item, atMs, expiry);
    },
  };

  function replay(entries: readonly JournalEntry[]): void {
    const items = new Map<string, Item>();
    const vaults = new Map<string, Vault>();
    if (entries.length > 1) {
      for (const vault of tenant.vaults.values()) {
        vaults.set(vault.id, vault);
        for (const item of vault.items) items.set(item.id, item);
      }
    }
    for (const entry of entries) {
      if (entry.kind === "fault") faults.replay(entry.index);
      else if (entry.kind === "trigger") {
        const item = items.get(entry.item);
        if (item === undefined) throw new Error(`The simulator's journal is about another estate: it names the item ${entry.item}.`);
        operations.accept(item, entry.atMs, entry.expiry);
      } else if (entry.kind === "operation-failed") {
        const operation = operations.byId(entry.operation);
        if (operation !== undefined) operations.fail(operation, entry.code);
      } else if (entry.kind === "vault-deleted") {
        const vault = vaults.get(entry.vault);
        if (vault !== undefined) vault.deleted = true;
      }
    }
  }

  /** What a fault answers in place of the service; undefined when the call goes on. */
  function faultAnswer(fault: EstateFault, route: Route): SimulatorResponse | "drop" | undefined {
    switch (fault.do) {
      case "throttle":
        return route.call === "graph"
          ? graphThrottled(fault.retryAfterSeconds ?? GRAPH_RESET_SECONDS, fault.retryAfterSeconds)
          : armThrottled(fault.retryAfterSeconds);
      case "status":
        if (route.operation !== undefined && typeof fault.code === "string" && fault.status === undefined) {
          failOperation(route.operation, fault.code);
          return undefined;
        }
        return statusAnswer(fault);
      case "drop-connection":
        return "drop";
      case "vault-deleted":
        if (route.vault === undefined) return undefined;
        route.vault.deleted = true;
        record({ kind: "vault-deleted", vault: route.vault.id });
        return deletedAnswer(route.vault);
      default:
        return undefined;
    }
  }

  function failOperation(operation: Operation, code: string): void {
    if (operation.failedWith !== undefined) return;
    record({ kind: "operation-failed", operation: operation.id, code });
    operations.fail(operation, code);
  }

  async function answer(
    request: SimulatorRequest,
    url: URL,
    route: Route,
    signal: AbortSignal | undefined,
  ): Promise<SimulatorResponse | "drop"> {
    const { delayMs, staleMs, fault } = faults.take(route);
    if (delayMs > 0) await clock.sleep(delayMs, signal);
    const nowMs = clock.now();
    const instead = fault === undefined ? undefined : faultAnswer(fault, route);
    if (instead !== undefined) return instead;
    if (route.call === "graph") {
      const headers = graphQuota.take(nowMs);
      return headers === undefined ? graphQuota.refusal(nowMs) : withHeaders(graph.query(request.body, nowMs, staleMs), headers);
    }
    const verdict = armBuckets(route.subscription?.id ?? "tenant", request.method, nowMs);
    if (!verdict.passed) return verdict.answer;
    const response = answerCall(rest, route, { url, body: request.body, nowMs });
    return fault?.do === "accept-and-drop-connection" ? "drop" : withHeaders(response, verdict.headers);
  }

  async function handle(request: SimulatorRequest, signal?: AbortSignal): Promise<SimulatorResponse | "drop"> {
    const url = new URL(request.url);
    const inspected = inspect(url.pathname, tenant, log, clock.now());
    if (inspected !== undefined) return inspected;
    requests++;
    const route = routeOf(request.method, url.pathname, tenant, operations);
    const response = refusal(request, url, route) ?? (await answer(request, url, route as Route, signal));
    const status = response === "drop" ? 0 : response.status;
    log.add({
      atMs: clock.now(),
      method: request.method,
      path: url.pathname,
      status,
      item: typeof route === "object" ? route.item?.name : undefined,
    });
    return response === "drop" ? response : withHeaders(response, { "x-ms-request-id": `request-${requests}` });
  }

  return { handle, clock };
}

/** What is wrong with a request before it is looked at. */
function refusal(request: SimulatorRequest, url: URL, route: ReturnType<typeof routeOf>): SimulatorResponse | undefined {
  if (!/^Bearer \S+$/i.test(request.headers["authorization"] ?? ""))
    return failure(401, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.");
  if (route === undefined) return failure(404, "InvalidResourceType", `The simulator has nothing at ${url.pathname}.`);
  if (route === "methodNotAllowed") return failure(405, "MethodNotAllowed", `${request.method} is not allowed here.`);
  if (![...url.searchParams.keys()].some((name) => name.toLowerCase() === "api-version"))
    return failure(400, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required for all requests.");
  return undefined;
}

function withHeaders(response: SimulatorResponse, headers: Readonly<Record<string, string>>): SimulatorResponse {
  return { ...response, headers: { ...response.headers, ...headers } };
}
