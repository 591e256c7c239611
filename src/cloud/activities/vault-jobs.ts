/** What a vault's own list of jobs says of one item. The list names no items: the workload knows which job is whose. */
import type { Candidate, JobFacts } from "../../policy/candidate.ts";
import { hasEnded, isBackup } from "../../policy/job.ts";
import type { VaultJob } from "../control-plane.ts";
import { findWorkload } from "../workloads/workloads.ts";

/** The vault's clock and ours may differ by this much. */
export const CLOCK_SKEW_MS = 600_000;

export function jobsOfItem(candidate: Candidate, jobs: readonly VaultJob[]): VaultJob[] {
  const workload = findWorkload(candidate.workload);
  return workload === undefined ? [] : jobs.filter((job) => isBackup(job) && workload.matches(job, candidate));
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
