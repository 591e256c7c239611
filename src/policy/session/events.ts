/** What happens to a session. The engine hands events in as they happen; one handed in twice, late, or for a task that has ended changes nothing. */
import type { AgentJob, TaskId } from "../job/job.ts";
import type { Fault } from "./state.ts";

export type SessionEvent =
  /** The task's point is published. With remarks it is a warning. */
  | { readonly kind: "task-succeeded"; readonly atMs: number; readonly task: TaskId; readonly remarks: readonly string[] }
  | { readonly kind: "task-failed"; readonly atMs: number; readonly task: TaskId; readonly fault: Fault }
  /** A drop (R4), or a try to reconnect that failed. */
  | { readonly kind: "connection-lost"; readonly atMs: number; readonly task: TaskId; readonly fault: Fault }
  /** After a drop a block arrived: only that ends the drop, not a connection alone (R1). */
  | { readonly kind: "block-acknowledged"; readonly atMs: number; readonly task: TaskId }
  /** The machine slept or hibernated. Handed in before anything that the sleep caused. */
  | { readonly kind: "woke"; readonly atMs: number; readonly sleptMs: number }
  /** The process was killed, and a new one has read the session's record. */
  | { readonly kind: "restarted"; readonly atMs: number }
  /** The process was killed, and another session of the job, `by`, begins in its place. */
  | { readonly kind: "cut-off"; readonly atMs: number; readonly by: string }
  /** The run cannot process its tasks: the command before the backup failed, the target is not there, the store is locked. */
  | { readonly kind: "run-failed"; readonly atMs: number; readonly fault: Fault }
  /** While closing: what came after the tasks failed. */
  | { readonly kind: "closing-failed"; readonly atMs: number; readonly what: "hook" | "retention"; readonly fault: Fault }
  /** The command after the backup and retention were carried out, or failed and were said to have. */
  | { readonly kind: "closed"; readonly atMs: number }
  /** The wait is over. The job and the power are read at this moment. */
  | { readonly kind: "retry-due"; readonly atMs: number; readonly job: JobNow; readonly power?: Power }
  | { readonly kind: "stopped"; readonly atMs: number; readonly by: string };

export type JobNow = { readonly valid: true; readonly job: AgentJob } | { readonly valid: false; readonly problems: readonly string[] };

/** Absent where a device has no battery. `percent` is absent where the system does not say it. */
export interface Power {
  readonly onBattery: boolean;
  readonly percent?: number;
}
