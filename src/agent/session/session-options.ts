/** What a session is given, and what it tells and answers. */
import type { Clock } from "../../clock/clock.ts";
import type { AgentJob, RetentionRules, TaskId } from "../../policy/job/job.ts";
import type { SessionDecision } from "../../policy/session/decisions.ts";
import type { JobNow, Power } from "../../policy/session/events.ts";
import type { SessionState, StartedBy } from "../../policy/session/state.ts";
import type { TaskCounts } from "../backup/counts.ts";
import type { Repository } from "../repository/repository.ts";
import type { Source } from "../source/source.ts";
import type { TaskReport } from "./run-task.ts";
import type { RecordedSession } from "./session-record.ts";

export interface RetentionWish {
  readonly repository: Repository;
  readonly rules: RetentionRules;
  /** Of the job. */
  readonly machines: readonly string[];
  readonly signal: AbortSignal;
}

export interface SessionOptions {
  readonly repository: Repository;
  readonly job: AgentJob;
  readonly startedBy: StartedBy;
  readonly retriesGiven?: number | undefined;
  /** Only these tasks of the job. */
  readonly only?: readonly TaskId[];
  /** Goes on with the job's newest session when that was cut off and is to be gone on with; else that one is recorded as cut off. */
  readonly resume?: (cut: RecordedSession) => boolean;
  /** The job as it is when a retry starts (J14). */
  readonly jobNow: () => Promise<JobNow>;
  readonly power: () => Promise<Power | undefined>;
  /** Applies the job's rules after its tasks; rejects with what failed. */
  readonly retention: (wish: RetentionWish) => Promise<void>;
  /** Of the commands before and after. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly readAll: boolean;
  readonly clock: Clock;
  /** Nobody sets it. */
  readonly steady: Clock;
  /** Aborted by hand; or, with `SessionSuspended` as its reason, because the process ends and the next one goes on. */
  readonly stop: AbortSignal;
  readonly drops: () => number;
  readonly openSource: (path: string) => Promise<Source>;
  readonly onEvent: (event: SessionProgress) => void;
}

export type SessionProgress =
  | { readonly kind: "began"; readonly session: string; readonly resumed: boolean }
  /** A session before this one was cut off. */
  | { readonly kind: "cut-off"; readonly session: string }
  | { readonly kind: "decision"; readonly decision: SessionDecision }
  | { readonly kind: "task-started"; readonly task: TaskId; readonly sizeBytes: number | undefined }
  | { readonly kind: "read"; readonly task: TaskId; readonly bytes: number; readonly counts: TaskCounts }
  /** A step could not be written down; the next one is tried again. */
  | { readonly kind: "unrecorded"; readonly error: Error }
  | { readonly kind: "task-ended"; readonly report: TaskReport };

export interface SessionOutcome {
  readonly state: SessionState;
  /** The last report of each task. */
  readonly tasks: readonly TaskReport[];
  /** Why no task could be carried out, when it was not the tasks: the command before. */
  readonly runError?: Error;
}

/** The process ends; the session does not, and the next process goes on with it. */
export class SessionSuspended extends Error {
  constructor() {
    super("The process is ending; the session goes on when it is started again.");
    this.name = "SessionSuspended";
  }
}
