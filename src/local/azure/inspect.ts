/** `/_simulator/log` and `/_simulator/state`: what the simulator received and holds, for tests and for people. No token is asked for. */
import { failure, json, type SimulatorResponse } from "./messages.ts";
import type { RequestLog } from "./request-log.ts";
import { symbolOf } from "./state/codes.ts";
import { type Item, type Job, statusAt, type Tenant } from "./state/tenant.ts";

/** Undefined for paths that are not below `/_simulator`. */
export function inspect(path: string, tenant: Tenant, log: RequestLog, nowMs: number): SimulatorResponse | undefined {
  if (path !== "/_simulator" && !path.startsWith("/_simulator/")) return undefined;
  if (path === "/_simulator/log")
    return { status: 200, headers: { "content-type": "application/x-ndjson; charset=utf-8" }, body: log.text() };
  if (path === "/_simulator/state")
    return json(200, { now: new Date(nowMs).toISOString(), items: [...itemsOf(tenant)].map((item) => itemState(item, nowMs)) });
  return failure(404, "NotFound", "Known: /_simulator/log, /_simulator/state.");
}

function* itemsOf(tenant: Tenant): Generator<Item> {
  for (const subscription of tenant.subscriptions) for (const vault of subscription.vaults) yield* vault.items;
}

function itemState(item: Item, nowMs: number): object {
  const { vault } = item;
  return {
    name: item.name,
    id: item.id,
    subscription: vault.subscription.id,
    vault: vault.name,
    workload: item.workload,
    backupsAccepted: item.backupsAccepted,
    jobs: item.jobs.filter((job) => job.startMs <= nowMs).map((job) => jobState(job, nowMs)),
  };
}

function jobState(job: Job, nowMs: number): object {
  const ended = nowMs >= job.endMs;
  return {
    id: job.id,
    operation: job.operation,
    status: statusAt(job, nowMs),
    start: new Date(job.startMs).toISOString(),
    ...(ended && { end: new Date(job.endMs).toISOString() }),
    userTriggered: job.userTriggered,
    ...(ended && job.errorCode !== undefined && { errorCode: symbolOf(job.errorCode) ?? job.errorCode }),
    ...(job.expiryAsked !== undefined && { expiry: job.expiryAsked }),
  };
}
