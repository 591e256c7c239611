/** What the activities of one attempt share: its records, the job it became, and the look-up that comes before any repeat. */
import { classify } from "../../policy/catalogue/catalogue.ts";
import { hasEnded, type ErrorFacts } from "../../policy/job.ts";
import type { Verdict } from "../../policy/errors.ts";
import type { RunRecord } from "../../policy/run.ts";
import type { CallCounts, Refusal, VaultJob } from "../control-plane.ts";
import type { CloudDependencies } from "../dependencies.ts";
import { hashOf } from "../ledger/keys.ts";
import type { AttemptKey } from "../ledger/ledger.ts";
import type { AttemptRecord, CheckedItem } from "../ledger/records.ts";
import type { AttemptInput, Following } from "../orchestrate/steps.ts";
import { aboutItem } from "../telemetry/item-facts.ts";
import { nameDaySlot } from "./day-slot.ts";
import { tellAccepted } from "./turn.ts";
import { CLOCK_SKEW_MS, jobSince, jobsOfItem, runningJob } from "./vault-jobs.ts";

export interface AttemptScene {
  readonly run: RunRecord;
  readonly planned: CheckedItem;
  readonly key: AttemptKey;
  readonly input: AttemptInput;
  readonly calls: CallCounts;
}

export async function openScene({ ledger, telemetry }: CloudDependencies, input: AttemptInput): Promise<AttemptScene> {
  const [run, planned] = await Promise.all([ledger.run(input.runId), ledger.item(input)]);
  aboutItem(telemetry, planned.candidate);
  const key = { runId: input.runId, vault: input.vault, item: hashOf(planned.candidate.itemKey), attempt: input.attempt };
  return { run, planned, key, input, calls: { graph: 0, management: 0, retried: 0 } };
}

/**
 * Writes a change together with the calls made since the last one. `change` sees the record as it is now and refuses by undefined: another execution of
 * the same activity may have gone on meanwhile. `changed` says whether it did not refuse.
 */
export async function record(
  { ledger }: CloudDependencies,
  scene: AttemptScene,
  change: (current: AttemptRecord) => Partial<AttemptRecord> | undefined,
): Promise<{ readonly record: AttemptRecord; readonly changed: boolean }> {
  let changed = false;
  const updated = await ledger.updateAttempt(scene.key, (current) => {
    const next = change(current);
    changed = next !== undefined;
    return { ...next, calls: sumCalls(current.calls, scene.calls) };
  });
  Object.assign(scene.calls, { graph: 0, management: 0, retried: 0 });
  return { record: updated, changed };
}

export function sumCalls(...counts: readonly (CallCounts | undefined)[]): CallCounts {
  const sum: CallCounts = { graph: 0, management: 0, retried: 0 };
  for (const count of counts) {
    sum.graph += count?.graph ?? 0;
    sum.management += count?.management ?? 0;
    sum.retried += count?.retried ?? 0;
  }
  return sum;
}

export function verdictOf(scene: AttemptScene, error: ErrorFacts | undefined): Verdict {
  const { backoffFirstMs } = scene.run.rules;
  return classify(error, scene.planned.candidate.workload, backoffFirstMs === undefined ? {} : { backoffFirstMs });
}

/** The end of the attempt's job, once it is on record. */
export function recordedEnd({ jobName, status, endedMs }: AttemptRecord): Following["ended"] {
  if (jobName === undefined || status === undefined || !hasEnded(status)) return undefined;
  return { jobName, status, ...(endedMs !== undefined && { endMs: endedMs }) };
}

/**
 * From now on the attempt is this job: the watcher looks for its end, and the day's count knows it by name. An attempt that became a job stays with it,
 * and one whose end is on record is not opened again.
 */
export async function follow(
  dependencies: CloudDependencies,
  scene: AttemptScene,
  found: { readonly jobName: string; readonly adopted: boolean; readonly startMs?: number },
): Promise<Following> {
  const { ledger, clock } = dependencies;
  const { runId, vault, attempt, instanceId } = scene.input;
  const { record: standing } = await record(dependencies, scene, (current) =>
    current.jobName === undefined
      ? {
          state: found.adopted ? "adopted" : "accepted",
          jobName: found.jobName,
          triggeredMs: found.startMs ?? current.triggeredMs ?? clock.now(),
          status: "running",
        }
      : undefined,
  );
  const { jobName = found.jobName, triggeredMs = clock.now(), sentMs } = standing;
  const following: Following = { kind: "following", jobName, adopted: standing.state === "adopted" };
  await nameDaySlot(ledger, scene.key, sentMs, following);
  if (!following.adopted) await tellAccepted(dependencies, scene);
  const ended = recordedEnd(standing);
  if (ended !== undefined) return { ...following, ended };
  await ledger.openJob(runId, vault, { jobName, instanceId, attempt, sinceMs: triggeredMs - CLOCK_SKEW_MS });
  return following;
}

export type LookUp =
  | {
      readonly ok: true;
      /** What the trigger of this attempt may have become. */
      readonly ours?: VaultJob;
      /** The backup of the item that runs, whoever began it. */
      readonly running?: VaultJob;
    }
  | { readonly ok: false; readonly refusal: Refusal };

/** Reads the vault's jobs: did the trigger of this attempt become one, or does another backup of the item run? */
export async function lookUp({ ledger, controlPlane }: CloudDependencies, scene: AttemptScene, sinceMs: number): Promise<LookUp> {
  const { candidate } = scene.planned;
  // A backup that runs may have begun long before; a day is longer than any that matters, and one page is one call.
  const answer = await controlPlane.vaultJobs(candidate.vault, Math.min(sinceMs, scene.run.window.fromMs) - CLOCK_SKEW_MS, scene.calls);
  if (!answer.ok) return { ok: false, refusal: answer };
  const jobs = jobsOfItem(candidate, answer.value);
  const earlier = (await ledger.attempts(scene.key.runId, scene.key.vault, scene.key.item)).filter(
    ({ attempt }) => attempt !== scene.key.attempt,
  );
  const known = new Set(
    [candidate.failed.name, candidate.newest.name, ...candidate.triggeredToday, ...earlier.flatMap(({ jobName }) => jobName ?? [])].map(
      (name) => name.toLowerCase(),
    ),
  );
  // The service's own clock, where ours may be wrong: what is ours began after whatever the vault had listed before.
  const ours = jobSince(jobs, Math.max(sinceMs - CLOCK_SKEW_MS, candidate.newest.startMs), known);
  const running = runningJob(jobs);
  return { ok: true, ...(ours && { ours }), ...(running && { running }) };
}

/** A refused look-up as the failure that it is for the item; undefined when asking again may help. */
export function refusedLookUp(scene: AttemptScene, refusal: Refusal): Verdict | undefined {
  if (refusal.kind === "unreachable") return undefined;
  const symbol = refusal.code ?? (refusal.kind === "gone" ? "ResourceNotFound" : "AuthorizationFailed");
  return verdictOf(scene, { symbol, text: refusal.message });
}
