/**
 * The report of a run as data: `report.json` is this, `report.html` shows it, the summary is taken from it. Times are ISO 8601 UTC so that the file
 * reads well. All texts may come from Azure and are untrusted: whoever shows them escapes them.
 */
import type { Decision, RunRequest, SkipCause } from "./run.ts";

export interface AttemptReport {
  readonly attempt: number;
  /** Absent when nothing was accepted. */
  readonly triggeredAt?: string;
  readonly endedAt?: string;
  /** `accepted`: our backup; `adopted`: a backup that ran already was followed; `refused`: the service took none. */
  readonly trigger: "accepted" | "adopted" | "refused" | "none";
  readonly jobId?: string;
  readonly status: "Succeeded" | "Failed" | "Cancelled" | "running" | "refused" | "unknown";
  /** What was asked for and what was sent; they differ where the service cannot take it. */
  readonly expiryAsked?: string;
  readonly expirySent?: string;
  readonly errorCode?: string;
  readonly errorText?: string;
  /** When the decision after this attempt was to wait: until when, and why. */
  readonly nextAt?: string;
  readonly reason?: string;
}

export interface ItemReport {
  /** The friendly name. */
  readonly item: string;
  readonly itemId: string;
  readonly vault: string;
  readonly vaultId: string;
  readonly subscriptionId: string;
  readonly workload: string;
  readonly decision: Decision;
  /** Only with `skipped`. */
  readonly cause?: SkipCause;
  readonly reason: string;
  /** What a person must do; present with `needs-person`, and with `failing` where something is known. */
  readonly advice?: string;
  /** The symbol whenever known. */
  readonly errorCode?: string;
  readonly errorText?: string;
  /** False: the catalogue does not know the code. */
  readonly errorKnown?: boolean;
  /** Failed jobs of the item in the window. */
  readonly failedJobs: number;
  /** The newest failed job: when it ended. */
  readonly failedAt: string;
  readonly lastRecoveryPoint?: string;
  /** It was found for want of a recovery point, not by a failed job: then `failedJobs` is 0 (or what the vault showed later) and `failedAt` the missed objective. */
  readonly gap?: GapFacts;
  /** Of what is open after this run: since which failure, and after how many runs in a row, this one counted. */
  readonly openSince?: string;
  readonly openRuns?: number;
  readonly attempts: readonly AttemptReport[];
}

export interface GapFacts {
  /** Absent: the item never had a point. */
  readonly lastRecoveryPoint?: string;
  /** A point at least every so many hours is expected. */
  readonly objectiveHours: number;
  readonly objectiveFrom: "setting" | "policy" | "default";
  readonly policy?: string;
}

/** A protected item without a recovery point in time, and without a failed job in the window. */
export interface GapReport extends GapFacts {
  readonly item: string;
  readonly itemId: string;
  readonly vault: string;
  readonly vaultId: string;
  readonly subscriptionId: string;
  readonly workload: string;
  readonly reason: string;
  /** Where the run had it in its plan (`retryGaps`): what came of it; `items` tells the rest. */
  readonly decision?: Decision;
}

export interface GapsReport {
  readonly total: number;
  /** Items of which nothing tells when they got their last point. */
  readonly unknown: number;
  /** Those without any point first, then by the age of the last one. */
  readonly items: readonly GapReport[];
}

/** Against the newest earlier run that looked at the same. */
export interface ChangeReport {
  readonly previousRunId: string;
  readonly previousStartedAt: string;
  readonly newlyFailing: number;
  readonly stillFailing: number;
  /** Open after the run before, and a backup has succeeded since. */
  readonly recovered: number;
  /** Open after the run before; no job of it failed in the window, and it lacks no recovery point. */
  readonly gone: number;
  /** Of each at most 1,000. `runs`: after so many runs it was open. */
  readonly recoveredItems: readonly OpenBefore[];
  readonly goneItems: readonly OpenBefore[];
}

interface OpenBefore {
  readonly item: string;
  readonly vault: string;
  readonly since: string;
  readonly runs: number;
}

export interface CoverageReport {
  /** False: something that was to be looked at could not be seen. */
  readonly complete: boolean;
  readonly subscriptions: readonly {
    readonly id: string;
    readonly name?: string;
    readonly state: "seen" | "no-backup-rows" | "not-visible";
    readonly failedJobs: number;
    readonly items: number;
  }[];
  readonly vaults: readonly {
    readonly id: string;
    readonly name: string;
    readonly subscriptionId: string;
    /** `forbidden` and `gone`: seen in Resource Graph, refused by the vault itself; `unreachable`: gave up after retries. */
    readonly state: "read" | "not-needed" | "forbidden" | "gone" | "unreachable";
    readonly problem?: string;
  }[];
  /** Rows that could not be read: which, and why. At most 100 of them. */
  readonly badRows: readonly { readonly id: string; readonly problem: string }[];
  readonly badRowCount: number;
  /** Anything else that limits what this report can say. */
  readonly notes: readonly string[];
}

export interface RunReport {
  readonly version: 1;
  readonly runId: string;
  readonly status: "completed" | "failed" | "cancelled";
  /** With `failed`: what stopped the run. */
  readonly problem?: string;
  readonly origin: string;
  readonly request: RunRequest;
  readonly dryRun: boolean;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly window: { readonly from: string; readonly to: string };
  readonly counts: RunCounts;
  readonly calls: { readonly graph: number; readonly management: number; readonly retried: number };
  readonly coverage: CoverageReport;
  /** Sorted: what needs a person first, then failing, running, cancelled, recovered, planned, skipped; by vault and item inside. */
  readonly items: readonly ItemReport[];
  /** Absent where nothing was discovered, and in reports of earlier versions. */
  readonly gaps?: GapsReport;
  /** Absent when there is no run to compare with. */
  readonly changes?: ChangeReport;
}

export interface RunCounts {
  /** Failed backup jobs in scope. */
  readonly found: number;
  /** Items with a failed job in scope = recovered + failing + skipped + cancelled + running + planned. */
  readonly items: number;
  readonly recovered: number;
  /** Holds `needsPerson`. */
  readonly failing: number;
  readonly needsPerson: number;
  readonly skipped: number;
  readonly cancelled: number;
  readonly running: number;
  /** Only in a dry run. */
  readonly planned: number;
  /** Items with an accepted trigger. */
  readonly retried: number;
  /** Backups accepted, adopted jobs excluded. */
  readonly attempts: number;
  /** Protected items without a recovery point in time and without a failed job. They are no part of `items`, unless the run was asked to retry them. */
  readonly gaps?: number;
}
