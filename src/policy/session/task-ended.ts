/** A task ends with one outcome, and with the last one of a run the run closes. */
import { sameTask, taskWords, type TaskId } from "../job/job.ts";
import { andThen, ignore, step, type SessionDecision, type Step } from "./decisions.ts";
import type { SessionEvent } from "./events.ts";
import type { Fault, SessionResult, SessionState, TaskState } from "./state.ts";

export function onTaskSucceeded(state: SessionState, { atMs, task, remarks }: Extract<SessionEvent, { kind: "task-succeeded" }>): Step {
  if (openTask(state, task) === undefined) return notOpen(state, task);
  const warned = remarks.length > 0;
  const reason = warned ? `${taskWords(task)} was processed with remarks: ${remarks.join(" ")}` : `${taskWords(task)} was processed.`;
  const processed = { status: warned ? ("warning" as const) : ("success" as const), remarks: [...remarks] };
  const ended = step(settle(state, task, processed), atMs, taskEnded(task, processed.status, reason));
  return andThen(ended, (next) => closeIfDone(next, atMs));
}

export function onTaskFailed(state: SessionState, { atMs, task, fault }: Extract<SessionEvent, { kind: "task-failed" }>): Step {
  if (openTask(state, task) === undefined) return notOpen(state, task);
  return failTask(state, atMs, task, fault);
}

/** The run cannot go on: every task that is still open fails with it. */
export function onRunFailed(state: SessionState, { atMs, fault }: Extract<SessionEvent, { kind: "run-failed" }>): Step {
  if (state.phase.kind !== "running") return ignore(state, `No task is open: ${fault.message}`);
  return andThen(failOpenTasks(state, atMs, fault), (next) => closeIfDone(next, atMs));
}

export function failTask(state: SessionState, atMs: number, task: TaskId, fault: Fault): Step {
  return andThen(settleFailed(state, atMs, task, fault), (next) => closeIfDone(next, atMs));
}

export function failOpenTasks(state: SessionState, atMs: number, fault: Fault): Step {
  return state.tasks
    .filter(({ status }) => status === "open")
    .reduce<Step>((done, task) => andThen(done, (next) => settleFailed(next, atMs, task, fault)), { state, decisions: [] });
}

function settleFailed(state: SessionState, atMs: number, task: TaskId, fault: Fault): Step {
  const reason = `${taskWords(task)} failed: ${fault.message} (${fault.code})`;
  return step(settle(state, task, { status: "failed", fault: { ...fault } }), atMs, taskEnded(task, "failed", reason));
}

export function openTask(state: SessionState, task: TaskId): TaskState | undefined {
  return state.phase.kind === "running" ? state.tasks.find((each) => sameTask(each, task) && each.status === "open") : undefined;
}

export function notOpen(state: SessionState, task: TaskId): Step {
  return ignore(
    state,
    state.tasks.some((each) => sameTask(each, task))
      ? `${taskWords(task)} has ended already.`
      : `${taskWords(task)} is no task of this session.`,
  );
}

/** The only place where a task gets its outcome. */
function settle(state: SessionState, task: TaskId, outcome: Partial<TaskState>): SessionState {
  return {
    ...state,
    restarts: 0,
    tasks: state.tasks.map((each) => {
      if (!sameTask(each, task)) return each;
      const { drop: _drop, fault: _fault, ...rest } = each;
      return { ...rest, ...outcome };
    }),
  };
}

function closeIfDone(state: SessionState, atMs: number): Step {
  if (state.tasks.some(({ status }) => status === "open")) return { state, decisions: [] };
  return step({ ...state, phase: { kind: "closing" } }, atMs, { kind: "close", reason: "All tasks of the run have ended." });
}

function taskEnded(task: TaskId, outcome: SessionResult, reason: string): SessionDecision {
  return { kind: "task-ended", task: { machine: task.machine, disk: task.disk }, outcome, reason };
}
