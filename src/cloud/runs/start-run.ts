/**
 * Starts a run exactly once per run id: claim (exclusive create), report there? running? else start. The same id with the same request gives the run that
 * exists, whoever asks and however often; a claim whose start was lost, and a run that ended without a report, is started by whoever comes next and goes
 * on from its records.
 */
import type { RunRecord, RunRequest } from "../../policy/run.ts";
import { HOUR_MS } from "../../policy/times.ts";
import type { CloudSettings } from "../../settings/settings.ts";
import type { CloudDependencies, OrchestrationClient } from "../dependencies.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { groupsOf, type RunInput } from "../orchestrate/fan-out.ts";
import { instances, orchestrators } from "../orchestrate/names.ts";

/** What of the durable client is needed to start and read runs. */
export interface RunClient extends OrchestrationClient {
  getStatus(instanceId: string): Promise<{ readonly runtimeStatus: string } | undefined>;
}

export interface StartRun {
  readonly runId: string;
  readonly request: RunRequest;
  readonly origin: RunRecord["origin"];
  /** The window begins at this time at the latest: where the last run of a schedule stopped looking, so that nothing falls between two runs. */
  readonly lookBackToMs?: number;
}

export type Started =
  | { readonly kind: "started"; readonly run: RunRecord }
  /** The same run, running or ended. */
  | { readonly kind: "exists"; readonly run: RunRecord }
  /** The id belongs to a run with another request. */
  | { readonly kind: "conflict"; readonly run: RunRecord };

const ALIVE: ReadonlySet<string> = new Set(["Pending", "Running", "Suspended", "ContinuedAsNew"]);

export async function startRun(
  { clock, ledger }: Pick<CloudDependencies, "clock" | "ledger">,
  settings: CloudSettings,
  client: RunClient,
  asked: StartRun,
): Promise<Started> {
  const wanted = fixRun(asked, settings, clock.now());
  const created = await ledger.createRun(wanted);
  const run = created ? wanted : await ledger.run(asked.runId);
  if (!created) {
    if (canonical(run.request) !== canonical(asked.request)) return { kind: "conflict", run };
    if ((await ledger.outcome.read(asked.runId)) !== undefined) return { kind: "exists", run };
    const status = await client.getStatus(instances.run(asked.runId));
    if (isAlive(status)) return { kind: "exists", run };
    // It may have ended between the two questions: started again it would look for failed backups once more.
    if (status !== undefined && (await ledger.outcome.read(asked.runId)) !== undefined) return { kind: "exists", run };
    // Children outlive a run that was terminated. Their ids are taken until they have settled their items.
    if (status !== undefined && (await hasLiveChildren(ledger, client, run.runId))) return { kind: "exists", run };
  }
  const input: RunInput = { runId: run.runId, pollMs: run.rules.pollMs, dryRun: run.rules.dryRun };
  try {
    await client.startNew(orchestrators.run, { instanceId: instances.run(run.runId), input });
  } catch (error) {
    // Somebody else started it between our look and now.
    if (!String(error).includes("already exists")) throw error;
  }
  return { kind: created ? "started" : "exists", run };
}

export function isAlive(status: { readonly runtimeStatus: string } | undefined): boolean {
  return status !== undefined && ALIVE.has(status.runtimeStatus);
}

async function hasLiveChildren(ledger: Ledger, client: RunClient, runId: string): Promise<boolean> {
  const groups = groupsOf((await ledger.plan.read(runId))?.vaults.length ?? 0);
  for (let group = 0; group < groups; group++) if (isAlive(await client.getStatus(instances.vaultGroup(runId, group)))) return true;
  return false;
}

/** Everything that must not change while the run lasts, from the request and, where it says nothing, the settings. */
function fixRun({ runId, request, origin, lookBackToMs }: StartRun, settings: CloudSettings, nowMs: number): RunRecord {
  const managementGroup = request.managementGroup ?? (request.subscriptions === undefined ? settings.managementGroup : undefined);
  return {
    runId,
    origin,
    request,
    scope: {
      subscriptions: request.subscriptions ?? (managementGroup === undefined ? settings.subscriptions : []),
      ...(managementGroup !== undefined && { managementGroup }),
      resourceGroups: request.resourceGroups ?? [],
      vaults: request.vaults ?? [],
      items: request.items ?? [],
      tags: request.tags ?? {},
      workloads: request.workloads ?? [],
    },
    rules: {
      maxAttempts: request.maxAttempts ?? settings.maxAttempts,
      expiryDays: request.expiryDays ?? settings.expiryDays,
      force: request.force ?? false,
      dryRun: request.dryRun ?? false,
      enabledWorkloads: request.workloads ?? settings.workloads,
      excludeVaults: settings.excludeVaults,
      excludeItems: settings.excludeItems,
      pollMs: settings.pollSeconds * 1_000,
      ...(settings.backoffFirstSeconds !== undefined && { backoffFirstMs: settings.backoffFirstSeconds * 1_000 }),
      backoffMaxMs: settings.backoffMaxSeconds * 1_000,
      jobDeadlineMs: settings.jobDeadlineHours * HOUR_MS,
      dayCap: settings.dayCap,
      retryGaps: request.retryGaps ?? settings.retryGaps,
      ...(settings.gapObjectiveMs !== undefined && { gapObjectiveMs: settings.gapObjectiveMs }),
    },
    startedMs: nowMs,
    window: { fromMs: Math.min(nowMs - (request.sinceMs ?? settings.sinceMs), lookBackToMs ?? nowMs), toMs: nowMs },
    deadlineMs: nowMs + settings.runDeadlineHours * HOUR_MS,
  };
}

/** Equal for requests that ask for the same, whatever the order of their fields. */
function canonical(request: RunRequest): string {
  const { runId: _id, ...rest } = request;
  return JSON.stringify(sorted(rest));
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  );
}
