/** What the engine is to do next. Every decision carries a reason that a person can read (F5); those that do something are kept in the session's log. */
import type { TaskId } from "../job/job.ts";
import type { LogEntry, SessionResult, SessionState } from "./state.ts";

export type SessionDecision =
  /** Process these tasks, and no others. Retry 0 is the first run. */
  | { readonly kind: "run"; readonly retry: number; readonly tasks: readonly TaskId[]; readonly reason: string }
  /** Try to reconnect at `nextTryMs` at the latest; `connection-lost` again when it fails. The task is given up at `untilMs`. */
  | { readonly kind: "reconnect"; readonly task: TaskId; readonly nextTryMs: number; readonly untilMs: number; readonly reason: string }
  | { readonly kind: "reconnected"; readonly task: TaskId; readonly reason: string }
  | { readonly kind: "task-ended"; readonly task: TaskId; readonly outcome: SessionResult; readonly reason: string }
  /** Go on with these tasks where they stand. */
  | { readonly kind: "continue"; readonly tasks: readonly TaskId[]; readonly reason: string }
  /** Carry out the command after the backup and retention, then hand in `closed`. */
  | { readonly kind: "close"; readonly reason: string }
  | { readonly kind: "remark"; readonly reason: string }
  /** Hand in `retry-due` at `dueMs`. */
  | { readonly kind: "wait"; readonly retry: number; readonly dueMs: number; readonly reason: string }
  | { readonly kind: "drop-retry"; readonly retry: number; readonly reason: string }
  | { readonly kind: "advise"; readonly changes: readonly string[]; readonly reason: string }
  | { readonly kind: "end"; readonly result: SessionResult; readonly reason: string }
  /** The event changed nothing. Not kept. */
  | { readonly kind: "ignore"; readonly reason: string };

export interface Step {
  readonly state: SessionState;
  readonly decisions: readonly SessionDecision[];
}

/** The state with the decisions in its log. */
export function step(state: SessionState, atMs: number, ...decisions: readonly SessionDecision[]): Step {
  return {
    state: { ...state, log: decisions.reduce((log, decision) => withEntry(log, state.retriesUsed, atMs, decision), state.log) },
    decisions,
  };
}

/** Two steps as one: what the second decided follows what the first did. */
export function andThen(first: Step, next: (state: SessionState) => Step): Step {
  const second = next(first.state);
  return { state: second.state, decisions: [...first.decisions, ...second.decisions] };
}

export function ignore(state: SessionState, reason: string): Step {
  return { state, decisions: [{ kind: "ignore", reason }] };
}

function withEntry(log: readonly LogEntry[], retry: number, atMs: number, decision: SessionDecision): readonly LogEntry[] {
  if (decision.kind === "ignore") return log;
  const { kind, reason } = decision;
  const task = "task" in decision ? { machine: decision.task.machine, disk: decision.task.disk } : undefined;
  const at = log.findLastIndex(
    (entry) =>
      entry.kind === kind &&
      entry.retry === retry &&
      entry.task?.machine === task?.machine &&
      entry.task?.disk === task?.disk &&
      (kind !== "remark" || entry.reason === reason),
  );
  const known = log[at];
  if (known !== undefined) return log.with(at, { ...known, lastMs: atMs, times: known.times + 1, reason });
  return [...log, { atMs, lastMs: atMs, times: 1, retry, kind, reason, ...(task && { task }) }];
}
