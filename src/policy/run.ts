/** A run: what was asked for, and what is fixed when it starts. */

/** The body of `POST /api/runs` and the flags of `reprise retry`, after validation. Absent fields take the settings' values. */
export interface RunRequest {
  readonly runId?: string;
  /** Length of the window before the start. */
  readonly sinceMs?: number;
  readonly subscriptions?: readonly string[];
  readonly managementGroup?: string;
  readonly resourceGroups?: readonly string[];
  readonly vaults?: readonly string[];
  readonly items?: readonly string[];
  readonly tags?: Readonly<Record<string, string>>;
  readonly workloads?: readonly string[];
  readonly maxAttempts?: number;
  readonly expiryDays?: number;
  readonly force?: boolean;
  /** Items without a recovery point in time are retried like failed ones. */
  readonly retryGaps?: boolean;
  readonly dryRun?: boolean;
}

/** Which failed items a run looks at. Names and patterns are compared without case; `*` stands for any run of characters. */
export interface Scope {
  /** Empty: every subscription that the identity can see. */
  readonly subscriptions: readonly string[];
  readonly managementGroup?: string;
  readonly resourceGroups: readonly string[];
  readonly vaults: readonly string[];
  readonly items: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  /** Empty: all. Out of scope by request. */
  readonly workloads: readonly string[];
}

/** The bounds that hold for one run from its first moment; replay and every instance see the same. */
export interface RunRules {
  readonly maxAttempts: number;
  readonly expiryDays: number;
  readonly force: boolean;
  readonly dryRun: boolean;
  /** The workloads that may be retried by settings; others are skipped with that reason. */
  readonly enabledWorkloads: readonly string[];
  readonly excludeVaults: readonly string[];
  readonly excludeItems: readonly string[];
  readonly pollMs: number;
  /** Replaces the first delay of every code when set. */
  readonly backoffFirstMs?: number;
  readonly backoffMaxMs: number;
  readonly jobDeadlineMs: number;
  readonly dayCap: number;
  /** Absent in runs that an earlier version started. */
  readonly retryGaps?: boolean;
  /** In place of what the policies say. */
  readonly gapObjectiveMs?: number;
}

export interface RunRecord {
  readonly runId: string;
  readonly origin: "schedule" | "http" | "command-line";
  readonly request: RunRequest;
  readonly scope: Scope;
  readonly rules: RunRules;
  readonly startedMs: number;
  /** Jobs that started or ended in [fromMs, toMs) are looked at. */
  readonly window: { readonly fromMs: number; readonly toMs: number };
  /** Waits that would end later are not started. */
  readonly deadlineMs: number;
}

export const RUN_ID_PATTERN = /^[a-z0-9-]{1,40}$/;

export type RunStatus = "pending" | "running" | "completed" | "failed" | "cancelled";

export type Decision = "planned" | "recovered" | "failing" | "needs-person" | "skipped" | "cancelled" | "running";

/** Why an item was left alone; groups the report. */
export type SkipCause =
  | "cured"
  | "running"
  | "cancelled-by-person"
  | "excluded"
  | "unsupported"
  | "not-protected"
  | "self-healing"
  | "claimed"
  | "unknown-status";
