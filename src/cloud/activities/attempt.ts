/** What the activities of one attempt share: its records, the job it became, and the look-up that comes before any repeat. */
import { classify } from "../../policy/catalogue/catalogue.ts";
import type { ErrorFacts } from "../../policy/job.ts";
import type { Verdict } from "../../policy/errors.ts";
import type { RunRecord } from "../../policy/run.ts";
import { utcDay } from "../../policy/times.ts";
import type { CallCounts, Refusal, VaultJob } from "../control-plane.ts";
import type { CloudDependencies } from "../dependencies.ts";
import { hashOf } from "../ledger/keys.ts";
import type { AttemptKey } from "../ledger/ledger.ts";
import type { AttemptRecord, CheckedItem } from "../ledger/records.ts";
import type { AttemptInput } from "../orchestrate/steps.ts";
import { CLOCK_SKEW_MS, jobSince, jobsOfItem, runningJob } from "./vault-jobs.ts";

export interface AttemptScene {
  readonly run: RunRecord;
  readonly planned: CheckedItem;
  readonly key: AttemptKey;
  readonly input: AttemptInput;
  readonly calls: CallCounts;
}

export async function openScene({ ledger }: CloudDependencies, input: AttemptInput): Promise<AttemptScene> {
  const [run, planned] = await Promise.all([ledger.run(input.runId), ledger.item(input)]);
  const key = { runId: input.runId, vault: input.vault, item: hashOf(planned.candidate.itemKey), attempt: input.attempt };
  return { run, planned, key, input, calls: { graph: 0, management: 0, retried: 0 } };
}

/** Writes a change together with the calls made since the last one. */
export async function record({ ledger }: CloudDependencies, scene: AttemptScene, change: Partial<AttemptRecord>): Promise<AttemptRecord> {
  const before = await ledger.readAttempt(scene.key);
  const updated = await ledger.updateAttempt(scene.key, { ...change, calls: sumCalls(before?.calls, scene.calls) });
  Object.assign(scene.calls, { graph: 0, management: 0, retried: 0 });
  return updated;
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

/** From now on the attempt is this job: the watcher looks for its end, and the day's count knows it by name. */
export async function follow(
  dependencies: CloudDependencies,
  scene: AttemptScene,
  jobName: string,
  found: { readonly adopted: boolean; readonly startMs?: number },
): Promise<{ kind: "following"; jobName: string; adopted: boolean }> {
  const { ledger, clock } = dependencies;
  const { runId, vault, attempt, instanceId } = scene.input;
  const before = await ledger.readAttempt(scene.key);
  const triggeredMs = found.startMs ?? before?.triggeredMs ?? clock.now();
  await record(dependencies, scene, { state: found.adopted ? "adopted" : "accepted", jobName, triggeredMs, status: "running" });
  const day = utcDay(before?.sentMs ?? clock.now());
  await ledger.updateDay(day, scene.key.item, (current) => {
    if (current === undefined) return undefined;
    const others = current.triggers.filter((trigger) => trigger.runId !== runId || trigger.attempt !== attempt);
    return { ...current, triggers: found.adopted ? others : [...others, { runId, attempt, jobName }] };
  });
  await ledger.openJob(runId, vault, { jobName, instanceId, attempt, sinceMs: triggeredMs - CLOCK_SKEW_MS });
  return { kind: "following", jobName, adopted: found.adopted };
}

export type LookUp =
  | { readonly kind: "ours"; readonly job: VaultJob }
  | { readonly kind: "other"; readonly job: VaultJob }
  | { readonly kind: "none" }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** Reads the vault's jobs: did the trigger of this attempt become one, or does another backup of the item run? */
export async function lookUp({ ledger, controlPlane }: CloudDependencies, scene: AttemptScene, sinceMs: number): Promise<LookUp> {
  const { candidate } = scene.planned;
  // A backup that runs may have begun long before; a day is longer than any that matters, and one page is one call.
  const answer = await controlPlane.vaultJobs(candidate.vault, Math.min(sinceMs, scene.run.window.fromMs) - CLOCK_SKEW_MS, scene.calls);
  if (!answer.ok) return { kind: "refused", refusal: answer };
  const jobs = jobsOfItem(candidate, answer.value);
  const earlier = (await ledger.attempts(scene.key.runId, scene.key.vault, scene.key.item)).filter(
    ({ attempt }) => attempt !== scene.key.attempt,
  );
  const known = new Set(
    [candidate.failed.name, candidate.newest.name, ...candidate.triggeredToday, ...earlier.flatMap(({ jobName }) => jobName ?? [])].map(
      (name) => name.toLowerCase(),
    ),
  );
  const ours = jobSince(jobs, sinceMs, known);
  if (ours) return { kind: "ours", job: ours };
  const other = runningJob(jobs);
  return other ? { kind: "other", job: other } : { kind: "none" };
}
