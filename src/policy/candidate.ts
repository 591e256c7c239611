/** All backup jobs of one protected item, folded to what decides about its retry (C5). */
import type { Gap } from "./gaps.ts";
import { isBackup, type BackupJob, type ErrorFacts, type JobStatus, type VaultRef } from "./job.ts";
import { startOfUtcDayMs } from "./times.ts";

export interface JobFacts {
  /** The provider's job id. */
  readonly name: string;
  readonly status: JobStatus;
  readonly startMs: number;
  readonly endMs?: number;
  readonly userTriggered: boolean;
  readonly error?: ErrorFacts;
}

export interface Candidate {
  /** The lower-cased id: ids come with varying case. */
  readonly itemKey: string;
  readonly itemId: string;
  readonly itemName: string;
  readonly friendlyName: string;
  readonly vault: VaultRef;
  readonly workload: string;
  readonly failedJobs: number;
  /** The newest failed job by start. */
  readonly failed: JobFacts;
  /** The newest job by start, whatever its status. */
  readonly newest: JobFacts;
  readonly running?: JobFacts;
  /** The successes that started last and ended last (often the same one). */
  readonly successes: readonly JobFacts[];
  /** Names of the jobs that a user triggered on the UTC day of the run's start. */
  readonly triggeredToday: readonly string[];
  /** It was found because it lacks a recovery point; `failed` then stands for that, until the vault shows a failed job. */
  readonly gap?: Gap;
}

/** Folds jobs in any order, a job at a time; memory grows with the number of items, not of jobs. */
export class CandidateFold {
  readonly #items = new Map<string, Folded>();
  readonly #dayStartMs: number;
  #failedJobs = 0;

  constructor(nowMs: number) {
    this.#dayStartMs = startOfUtcDayMs(nowMs);
  }

  /** Failed backup jobs seen. */
  get failedJobs(): number {
    return this.#failedJobs;
  }

  get items(): number {
    return this.#items.size;
  }

  add(job: BackupJob): void {
    if (!isBackup(job)) return;
    const key = job.itemId.toLowerCase();
    const facts = factsOf(job);
    let folded = this.#items.get(key);
    if (folded === undefined) this.#items.set(key, (folded = { newest: facts, failedJobs: 0, triggeredToday: [] }));
    if (later(facts, folded.newest)) folded.newest = facts;
    if (facts.status === "Failed") {
      folded.job ??= job;
      this.#failedJobs++;
      folded.failedJobs++;
      if (folded.failed === undefined || later(facts, folded.failed)) folded.failed = facts;
    } else if (facts.status === "Succeeded") {
      if (folded.startedLast === undefined || later(facts, folded.startedLast)) folded.startedLast = facts;
      if (folded.endedLast === undefined || (facts.endMs ?? 0) > (folded.endedLast.endMs ?? 0)) folded.endedLast = facts;
    } else if (facts.status === "Started" && (folded.running === undefined || later(facts, folded.running))) folded.running = facts;
    if (facts.userTriggered && facts.startMs >= this.#dayStartMs) folded.triggeredToday.push(facts.name);
  }

  /** What the jobs say of an item, whether one failed or not; undefined when none was seen. */
  jobsOf(itemKey: string): Pick<Candidate, "newest" | "running" | "successes" | "triggeredToday"> | undefined {
    const folded = this.#items.get(itemKey);
    return folded && { ...stateOf(folded), triggeredToday: folded.triggeredToday };
  }

  /** The items with at least one failed job, in order of their keys. */
  *candidates(): Iterable<Candidate> {
    const failing = [...this.#items].filter(([, { failedJobs }]) => failedJobs > 0);
    for (const [itemKey, folded] of failing.sort(([a], [b]) => (a < b ? -1 : 1))) {
      const { job, failed } = folded;
      if (failed === undefined || job === undefined) continue;
      yield {
        itemKey,
        itemId: job.itemId,
        itemName: job.itemName,
        friendlyName: job.friendlyName,
        vault: job.vault,
        workload: job.workload,
        failedJobs: folded.failedJobs,
        failed,
        ...stateOf(folded),
        triggeredToday: folded.triggeredToday,
      };
    }
  }
}

/** The candidate as the vault itself sees it (C18): jobs that Resource Graph has not shown yet join those that it has. */
export function withVaultJobs(candidate: Candidate, jobs: readonly JobFacts[], nowMs: number): Candidate {
  const dayStartMs = startOfUtcDayMs(nowMs);
  let { failed, newest, failedJobs } = candidate;
  const byName = new Map(jobs.map((job) => [job.name.toLowerCase(), job]));
  // What Resource Graph called running may have ended since; the vault knows.
  let running = candidate.running && (byName.get(candidate.running.name.toLowerCase()) ?? candidate.running);
  if (running?.status !== "Started") running = undefined;
  const successes = [...candidate.successes];
  const triggeredToday = new Set(candidate.triggeredToday.map((name) => name.toLowerCase()));
  for (const job of jobs) {
    if (job.startMs > newest.startMs || job.name.toLowerCase() === newest.name.toLowerCase()) newest = job;
    if (job.status === "Failed" && later(job, failed)) {
      failed = job;
      failedJobs++;
    }
    if (job.status === "Succeeded") successes.push(job);
    if (job.status === "Started" && (running === undefined || later(job, running))) running = job;
    if (job.userTriggered && job.startMs >= dayStartMs) triggeredToday.add(job.name.toLowerCase());
  }
  const { running: _before, ...rest } = candidate;
  return { ...rest, failed, newest, failedJobs, successes, triggeredToday: [...triggeredToday], ...(running && { running }) };
}

/** The success that cures the failure: it started or ended after it. */
export function curingSuccess(candidate: Candidate): JobFacts | undefined {
  const failedAtMs = candidate.failed.endMs ?? candidate.failed.startMs;
  return candidate.successes.find((success) => success.startMs > candidate.failed.startMs || (success.endMs ?? 0) > failedAtMs);
}

interface Folded {
  /** Names the item. Kept of a failed job only: of a hundred items most have none, and the rest of them is small. */
  job?: BackupJob;
  newest: JobFacts;
  failed?: JobFacts;
  running?: JobFacts;
  startedLast?: JobFacts;
  endedLast?: JobFacts;
  failedJobs: number;
  readonly triggeredToday: string[];
}

function stateOf(folded: Folded): Pick<Candidate, "newest" | "running" | "successes"> {
  const successes = [folded.startedLast, folded.endedLast].filter((each) => each !== undefined);
  return { newest: folded.newest, ...(folded.running && { running: folded.running }), successes: [...new Set(successes)] };
}

function later(a: JobFacts, b: JobFacts): boolean {
  return a.startMs > b.startMs || (a.startMs === b.startMs && a.name > b.name);
}

function factsOf(job: BackupJob): JobFacts {
  return {
    name: job.name,
    status: job.status,
    startMs: job.startMs,
    ...(job.endMs !== undefined && { endMs: job.endMs }),
    userTriggered: job.userTriggered,
    ...(job.error && { error: job.error }),
  };
}
