/** What a vault's own list of jobs says of one item. The list names no items: the workload knows which job is whose. */
import type { Candidate, JobFacts } from "../../policy/candidate.ts";
import { hasEnded, isBackup } from "../../policy/job.ts";
import type { VaultJob } from "../control-plane.ts";
import { findWorkload } from "../workloads/workloads.ts";

/** The vault's clock and ours may differ by this much. */
export const CLOCK_SKEW_MS = 600_000;

export function jobsOfItem(candidate: Candidate, jobs: readonly VaultJob[]): VaultJob[] {
  const workload = findWorkload(candidate.workload);
  if (workload === undefined) return [];
  const { index } = workload;
  if (index === undefined) return jobs.filter((job) => isBackup(job) && workload.matches(job, candidate));
  const byText = indexOf(workload.word, index.ofJob, jobs);
  const near = new Set(index.ofItem(candidate).flatMap((text) => byText.get(text) ?? []));
  return [...near].filter((job) => workload.matches(job, candidate));
}

type JobIndex = ReadonlyMap<string, readonly VaultJob[]>;

/** One list is asked for each item of its vault: it is put in order once. */
const indexes = new WeakMap<readonly VaultJob[], Map<string, JobIndex>>();

function indexOf(word: string, textsOf: (job: VaultJob) => readonly string[], jobs: readonly VaultJob[]): JobIndex {
  const ofList = indexes.get(jobs) ?? new Map<string, JobIndex>();
  indexes.set(jobs, ofList);
  const known = ofList.get(word);
  if (known !== undefined) return known;
  const made = new Map<string, VaultJob[]>();
  for (const job of jobs)
    if (isBackup(job))
      for (const text of textsOf(job)) {
        const same = made.get(text);
        if (same === undefined) made.set(text, [job]);
        else same.push(job);
      }
  ofList.set(word, made);
  return made;
}

export function factsOf(job: VaultJob): JobFacts {
  return {
    name: job.name,
    status: job.status,
    startMs: job.startMs,
    ...(job.endMs !== undefined && { endMs: job.endMs }),
    userTriggered: job.userTriggered ?? false,
  };
}

/** The newest of the jobs that runs, or undefined. A status that is not known to have ended counts as running. */
export function runningJob(jobs: readonly VaultJob[]): VaultJob | undefined {
  return jobs.filter((job) => !hasEnded(job.status)).sort((a, b) => b.startMs - a.startMs)[0];
}

/** The job that a lost trigger may have become: a user's, begun at `sinceMs` or later, and none of those known before. */
export function jobSince(jobs: readonly VaultJob[], sinceMs: number, known: ReadonlySet<string>): VaultJob | undefined {
  return jobs
    .filter((job) => job.userTriggered !== false && job.startMs >= sinceMs && !known.has(job.name.toLowerCase()))
    .sort((a, b) => b.startMs - a.startMs)[0];
}
