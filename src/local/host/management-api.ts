/** The durable management API, both for people (webhooks) and for the library's client (rpc): the same calls below two prefixes. */
import { fromJson } from "../durable/json-text.ts";
import { isEnded } from "../durable/mailbox.ts";
import type { Posted, TaskHub } from "../durable/task-hub.ts";
import type { InstanceRow } from "../durable/hub-store.ts";
import { managementPrefix, managementUrls } from "./durable-client.ts";
import { historyForPeople } from "./history-for-people.ts";
import { json, plain, type RawRequest, type RawResponse } from "./http-functions.ts";

export interface ManagementApiOptions {
  readonly hub: TaskHub;
  readonly hubName: string;
}

const LARGEST_PAGE = 100;
const LONGEST_ID = 100;

/** `path` is what follows the prefix, still encoded. */
export type ManagementApi = (request: RawRequest, path: string) => RawResponse;

export function createManagementApi({ hub, hubName }: ManagementApiOptions): ManagementApi {
  return (request, path) => {
    const query = new URL(request.target, request.origin).searchParams;
    let parts: string[];
    try {
      parts = path
        .split("/")
        .filter((part) => part !== "")
        .map(decodeURIComponent);
    } catch {
      return plain(400, "The path holds a broken escape.");
    }
    const [collection, first, action, name] = parts;
    const { method } = request;
    if (collection === "orchestrators" && first !== undefined && parts.length <= 3 && method === "POST")
      return start(first, action, request);
    if (collection === "entities") return plain(501, "The local task hub has no entities.");
    if (collection !== "instances") return plain(404);
    if (first === undefined) {
      if (method === "GET") return list(query, request.headers["x-ms-continuation-token"]);
      return method === "DELETE" ? purgeMany(query) : plain(405);
    }
    if (action === undefined) {
      if (method === "GET") return status(first, query, request);
      return method === "DELETE" ? purge(first) : plain(405);
    }
    if (method !== "POST") return plain(405);
    const reason = query.get("reason") ?? "";
    if (action === "raiseEvent" && name !== undefined) return raise(first, name, request);
    if (action === "terminate") return posted(hub.terminate(first, reason));
    if (action === "suspend") return posted(hub.suspend(first, reason));
    if (action === "resume") return posted(hub.resume(first, reason));
    return plain(action === "rewind" || action === "restart" ? 501 : 404);
  };

  function start(name: string, instanceId: string | undefined, request: RawRequest): RawResponse {
    const input = readJson(request.body);
    if (input === undefined) return plain(400, "The input is not JSON.");
    if (instanceId !== undefined && !isInstanceId(instanceId)) {
      return failure(
        400,
        `Instance id ${JSON.stringify(instanceId)} is not allowed: at most ${LONGEST_ID} characters, none of / \\ # ? and no control characters.`,
        "ArgumentException",
      );
    }
    const started = hub.start(name, instanceId, input);
    if (started.kind === "unknown")
      return failure(400, started.message, "System.ArgumentException", "One or more of the arguments submitted is incorrect");
    if (started.kind === "exists") {
      const message = `An Orchestration instance with the status ${started.status} already exists.`;
      return failure(
        500,
        message,
        "DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException",
        "Something went wrong while processing your request",
      );
    }
    const urls = managementUrls(request.origin, started.instanceId, hubName);
    return json(202, urls, { location: urls["statusQueryGetUri"] ?? "", "retry-after": "10" });
  }

  function status(instanceId: string, query: URLSearchParams, request: RawRequest): RawResponse {
    const row = hub.instance(instanceId);
    if (row === undefined) return plain(404);
    const state = stateOf(row, query.get("showInput") !== "false");
    const history =
      query.get("showHistory") === "true"
        ? { historyEvents: historyForPeople(hub.history(instanceId), query.get("showHistoryOutput") === "true") }
        : {};
    const headers: Record<string, string> = isEnded(row)
      ? {}
      : { location: `${request.origin}${managementPrefix}/instances/${instanceId}`, "retry-after": "5" };
    return json(isEnded(row) ? 200 : 202, { ...state, ...history }, headers);
  }

  function list(query: URLSearchParams, token: string | undefined): RawResponse {
    const filter = readFilter(query);
    if (typeof filter === "string") return plain(400, filter);
    const after = token === undefined ? undefined : Buffer.from(token, "base64url").toString();
    const rows = hub.instances({ ...filter, after, top: filter.top + 1 });
    const page = rows.slice(0, filter.top);
    const last = page.at(-1);
    const next: Record<string, string> =
      rows.length > page.length && last !== undefined
        ? { "x-ms-continuation-token": Buffer.from(last.instanceId).toString("base64url") }
        : {};
    return json(
      200,
      page.map((row) => stateOf(row, query.get("showInput") !== "false")),
      next,
    );
  }

  function purgeMany(query: URLSearchParams): RawResponse {
    const filter = readFilter(query);
    if (typeof filter === "string") return plain(400, filter);
    const ended = hub.instances({ ...filter, top: undefined }).filter(isEnded);
    for (const row of ended) hub.purge(row.instanceId);
    return ended.length === 0 ? plain(404) : json(200, { instancesDeleted: ended.length });
  }

  function purge(instanceId: string): RawResponse {
    const outcome = hub.purge(instanceId);
    if (outcome === "deleted") return json(200, { instancesDeleted: 1 });
    return outcome === "unknown" ? plain(404) : plain(409, `Instance '${instanceId}' is running.`);
  }

  function raise(instanceId: string, name: string, request: RawRequest): RawResponse {
    const input = readJson(request.body);
    return input === undefined ? plain(400, "The event's data is not JSON.") : posted(hub.raiseEvent(instanceId, name, input));
  }
}

/** Times to the second, as the extension gives them. */
function stateOf(row: InstanceRow, showInput: boolean): Readonly<Record<string, unknown>> {
  return {
    name: row.name,
    instanceId: row.instanceId,
    runtimeStatus: row.status,
    input: showInput ? fromJson(row.input) : null,
    customStatus: fromJson(row.customStatus),
    output: fromJson(row.output),
    createdTime: toSecond(row.createdMs),
    lastUpdatedTime: toSecond(row.updatedMs),
  };
}

function toSecond(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}

function posted(outcome: Posted): RawResponse {
  return plain({ accepted: 202, ended: 410, unknown: 404 }[outcome]);
}

function failure(
  status: number,
  exception: string,
  type: string,
  message = "One or more of the arguments submitted is incorrect",
): RawResponse {
  return json(status, { Message: message, ExceptionMessage: exception, ExceptionType: type, StackTrace: "" });
}

/** The body as JSON text (an empty one is the empty string), or undefined when it is no JSON. */
function readJson(body: Uint8Array): string | undefined {
  const text = Buffer.from(body).toString("utf8");
  if (text === "") return '""';
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return undefined;
  }
}

interface Filter {
  readonly top: number;
  readonly statuses?: readonly string[];
  readonly createdFromMs?: number;
  readonly createdToMs?: number;
  readonly prefix?: string;
}

function readFilter(query: URLSearchParams): Filter | string {
  const top = Number(query.get("top") ?? LARGEST_PAGE);
  if (!Number.isInteger(top) || top < 1) return `top is ${JSON.stringify(query.get("top"))}; allowed is a whole number from 1.`;
  const statuses = query
    .get("runtimeStatus")
    ?.split(",")
    .filter((status) => status !== "");
  const prefix = query.get("instanceIdPrefix") ?? undefined;
  const times: { createdFromMs?: number; createdToMs?: number } = {};
  for (const [name, field] of [
    ["createdTimeFrom", "createdFromMs"],
    ["createdTimeTo", "createdToMs"],
  ] as const) {
    const text = query.get(name);
    if (text === null) continue;
    const epochMs = Date.parse(text);
    if (Number.isNaN(epochMs)) return `${name} is ${JSON.stringify(text)}; allowed is an ISO 8601 time.`;
    times[field] = epochMs;
  }
  return {
    top: Math.min(top, LARGEST_PAGE),
    ...times,
    ...(statuses === undefined ? {} : { statuses }),
    ...(prefix === undefined ? {} : { prefix }),
  };
}

function isInstanceId(id: string): boolean {
  return id.length <= LONGEST_ID && !/[/\\#?\p{Cc}]/u.test(id);
}
