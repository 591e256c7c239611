/** Questions about an item's jobs at a moment. */
import type { Item, Job } from "./tenant.ts";

const isBackup = (job: Job): boolean => job.operation === "Backup";

const SUCCEEDED: ReadonlySet<string> = new Set(["Completed", "CompletedWithWarnings", "Succeeded"]);

/** The newest backup job, by start, that has ended. */
export function lastEndedBackup(item: Item, atMs: number): Job | undefined {
  return newest(item.jobs.filter((job) => isBackup(job) && job.endMs <= atMs));
}

/** The end of the newest successful backup, or the point that the estate gives. */
export function lastRecoveryPointMs(item: Item, atMs: number): number | undefined {
  const job = newest(item.jobs.filter((one) => isBackup(one) && one.endMs <= atMs && SUCCEEDED.has(one.endStatus)));
  const given = item.lastRecoveryPointMs;
  if (job === undefined) return given;
  return given === undefined ? job.startMs : Math.max(given, job.startMs);
}

export function runningBackup(item: Item, atMs: number): Job | undefined {
  return item.jobs.find((job) => isBackup(job) && job.startMs <= atMs && atMs < job.endMs);
}

/** On-demand backups of the UTC day that holds `atMs`. */
export function onDemandToday(item: Item, atMs: number): number {
  const dayStart = Math.floor(atMs / 86_400_000) * 86_400_000;
  return item.jobs.filter((job) => isBackup(job) && job.userTriggered && job.startMs >= dayStart && job.startMs <= atMs).length;
}

function newest(jobs: readonly Job[]): Job | undefined {
  return jobs.reduce<Job | undefined>((last, job) => (last === undefined || job.startMs > last.startMs ? job : last), undefined);
}
