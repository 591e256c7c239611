/** The shapes of a run's records. They are written and read by this system only; times are milliseconds since the epoch. */
import type { Candidate } from "../../policy/candidate.ts";
import type { Verdict } from "../../policy/errors.ts";
import type { VaultRef } from "../../policy/job.ts";
import type { PlanDecision, Protection } from "../../policy/plan.ts";
import type { CoverageReport, ItemReport, RunCounts } from "../../policy/report.ts";
import type { WaveStart } from "../../policy/waves.ts";
import type { CallCounts, VaultJob } from "../control-plane.ts";

/** Where the pages of one execution of an activity stand; the record that was there first says which pages count. */
interface Drafted {
  readonly draft: string;
}

export interface DiscoveryRecord extends Drafted {
  readonly found: number;
  readonly items: number;
  readonly candidatePages: number;
  /** Absent where an earlier version discovered. `unknown`: items of which no row tells their last point. */
  readonly gaps?: { readonly pages: number; readonly unknown: number };
  readonly coverage: Omit<CoverageReport, "vaults" | "complete">;
  /** Something that was asked for could not be seen. */
  readonly incomplete: boolean;
  readonly calls: CallCounts;
}

/** An item with a failed job in scope, as found. */
export interface FoundItem {
  readonly candidate: Candidate;
  readonly protection?: Protection & { readonly lastRecoveryPointMs?: number };
}

export interface PlannedItem extends FoundItem {
  readonly verdict: Verdict;
  readonly decision: PlanDecision;
  /** Where more items fail than may be started at once: this one's turn. */
  readonly start?: WaveStart;
}

/** A planned item after the vault's own view of it was read. */
export interface CheckedItem extends PlannedItem {
  readonly checkedMs: number;
}

export interface PlanRecord extends Drafted {
  readonly vaults: readonly { readonly hash: string; readonly vault: VaultRef; readonly pages: number; readonly items: number }[];
  readonly skippedPages: number;
  readonly skipped: number;
  /** Of those that are not started: how many need a person or fail for another reason. */
  readonly failing: number;
}

/** What the vault itself said just before its first triggers. */
export interface CheckedRecord extends Drafted {
  readonly state: CoverageReport["vaults"][number]["state"];
  readonly problem?: string;
  /** Pages of items that will be started. */
  readonly pages: readonly { readonly items: number }[];
  /** Items that are not started after all. */
  readonly settled: readonly ItemReport[];
  readonly calls: CallCounts;
}

export interface AttemptRecord {
  readonly itemKey: string;
  readonly attempt: number;
  /** When the intent was written; a look-up takes jobs that began after it for ours. */
  readonly intentMs: number;
  readonly expiryAskedMs: number;
  readonly expirySentMs?: number;
  readonly note?: string;
  /** The body's properties: a repeat sends the same. */
  readonly properties: Readonly<Record<string, unknown>>;
  /**
   * `intended`: the POST may be under way or lost; `not-sent`: certainly nothing was accepted yet; `accepted`: 202, or found by a look-up; `adopted`: a
   * backup that ran already is followed; `refused`: the service took none.
   */
  readonly state: "intended" | "not-sent" | "accepted" | "adopted" | "refused";
  readonly operationUrl?: string;
  readonly jobName?: string;
  readonly triggeredMs?: number;
  readonly endedMs?: number;
  readonly status?: "Succeeded" | "Failed" | "Cancelled" | "running" | "unknown";
  readonly verdict?: Verdict;
  readonly errorText?: string;
  /** When the POST was last sent, or about to be. */
  readonly sentMs: number;
  /** How often it was sent. Who sends again raises it first; who finds it raised is no longer the sender. */
  readonly sends: number;
  /** Look-ups since the last POST that found nothing. */
  readonly emptyLooks?: number;
  /** The last POST may be under way until then. */
  readonly answerByMs: number;
  readonly calls: CallCounts;
}

/** A job that an item waits for; the watcher raises its end until the record is gone. */
export interface OpenJobRecord {
  readonly jobName: string;
  /** The job began at this time or later: bounds the watcher's list. */
  readonly sinceMs: number;
  readonly instanceId: string;
  readonly attempt: number;
}

export interface ClaimRecord {
  readonly runId: string;
  readonly expiresMs: number;
  /** Set when that run is done with the item; the record stays, so that a run whose view of the item is older leaves it alone. */
  readonly settledMs?: number;
}

/** The vault's own list of jobs since its check, shared by the triggers that come late. */
export interface ListingRecord {
  readonly readMs: number;
  readonly jobs: readonly VaultJob[];
  /** Of all its readings: which trigger asked is chance, and a trigger that sends nothing keeps no count of its own. */
  readonly calls?: CallCounts;
}

/** On-demand backups of an item on one UTC day, over all runs. */
export interface DayRecord {
  /** Jobs seen at the vault that a user triggered. */
  readonly seenJobs: readonly string[];
  /** Our triggers, each with its job's name once known. */
  readonly triggers: readonly { readonly runId: string; readonly attempt: number; readonly jobName?: string }[];
}

export interface ProgressRecord {
  readonly triggered: number;
  readonly recovered: number;
  readonly failing: number;
  readonly skipped: number;
  readonly cancelled: number;
  readonly running: number;
  /** Calls of the watcher so far. */
  readonly calls: CallCounts;
}

export interface OutcomeRecord {
  readonly status: "completed" | "failed" | "cancelled";
  readonly endedMs: number;
  readonly problem?: string;
  readonly counts: RunCounts;
  /** When the earliest of the items failed that this run leaves to the next one. */
  readonly leftSinceMs?: number;
  /** False: something could not be looked at. */
  readonly complete?: boolean;
}

/** The newest runs of one scope, newest first. */
export interface StandingsRecord {
  readonly runs: readonly { readonly runId: string; readonly startedMs: number }[];
}

export interface HousekeepingRecord {
  /** Histories of instances that were created before this time are purged. */
  readonly historyToMs?: number;
  /** The last claim that was looked at; absent: begin with the first. */
  readonly claimsAfter?: string;
}

/** For `readJson`: the records are our own, so their shape is trusted once they are objects at all. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the record that the key holds
export function recordOf<T extends object>(value: unknown): T {
  if (typeof value !== "object" || value === null)
    throw new TypeError(`expected an object, found ${value === null ? "null" : typeof value}`);
  return value as T;
}
