/** A session as its record keeps it: plain JSON, nothing that time or chance gave without being handed in. Times are milliseconds since the epoch, UTC. */
import type { AgentJob, TaskId } from "../job/job.ts";

/** `command`: the cloud part retries what failed elsewhere (F2). */
export type StartedBy = "schedule" | "missed-at-power-on" | "manual" | "command";

export type SessionResult = "success" | "warning" | "failed";

/** What went wrong. The message may come from a service, a file system or a hook: untrusted text. */
export interface Fault {
  readonly code: string;
  readonly message: string;
}

export interface TaskState extends TaskId {
  /** `open`: to be processed in the run that goes on. A task that was processed (`success`, `warning`) never changes again. */
  readonly status: "open" | SessionResult;
  /** How many runs took it. */
  readonly runs: number;
  readonly remarks: readonly string[];
  /** Why it failed, last. */
  readonly fault?: Fault;
  /** While its connection is lost: since when, and from when the time for reconnecting counts (a wake counts anew). */
  readonly drop?: { readonly sinceMs: number; readonly countedFromMs: number };
}

export type SessionPhase =
  | { readonly kind: "running" }
  /** All tasks of the run have ended; the command after the backup and retention are carried out. */
  | { readonly kind: "closing" }
  | { readonly kind: "waiting"; readonly sinceMs: number; readonly dueMs: number }
  | { readonly kind: "ended"; readonly atMs: number; readonly result: SessionResult; readonly stoppedByHand: boolean };

export interface SessionState {
  readonly session: string;
  readonly startedBy: StartedBy;
  readonly startedMs: number;
  /** `--retries N`, where it was given. */
  readonly retriesGiven?: number;
  /** The job of the first attempt, without what a record must not hold (`recordedJob`). */
  readonly job: AgentJob;
  /** What is in force: of the job as it was when the run that goes on began. */
  readonly rules: SessionRules;
  readonly phase: SessionPhase;
  /** Retries that ran or were dropped; while one runs its number. */
  readonly retriesUsed: number;
  /** Restarts of the process in this run without a task having ended between. */
  readonly restarts: number;
  readonly tasks: readonly TaskState[];
  /** Failures outside the tasks: of the command after the backup, of retention. */
  readonly remarks: readonly string[];
  readonly log: readonly LogEntry[];
}

export interface SessionRules {
  readonly retries: { readonly count: number; readonly waitMs: number; readonly why: string };
  readonly reconnect: { readonly everyMs: number; readonly forMs: number };
}

/** A decision as `sessions show` prints it. The same decision taken again for the same task in the same run is one entry: a line may drop for days. */
export interface LogEntry {
  readonly atMs: number;
  readonly lastMs: number;
  readonly times: number;
  readonly retry: number;
  readonly kind: string;
  readonly task?: TaskId;
  readonly reason: string;
}
