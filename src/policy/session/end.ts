/** The end of a session and its result (J2): failed if a task failed or none could start, warning if all were processed with remarks, else success. */
import { taskWords, type TaskId } from "../job/job.ts";
import { step, type Step } from "./decisions.ts";
import type { SessionResult, SessionState, TaskState } from "./state.ts";

export function resultOf({ tasks, remarks }: Pick<SessionState, "tasks" | "remarks">): SessionResult {
  if (tasks.length === 0 || tasks.some(({ status }) => status === "failed" || status === "open")) return "failed";
  return remarks.length > 0 || tasks.some(({ status }) => status === "warning") ? "warning" : "success";
}

/** Only when no task is open. `why`: why nothing more is done, one sentence. */
export function endSession(state: SessionState, atMs: number, why: string, stoppedByHand = false): Step {
  const result = resultOf(state);
  return step({ ...state, phase: { kind: "ended", atMs, result, stoppedByHand } }, atMs, { kind: "end", result, reason: why });
}

export function failedTasks(state: SessionState): readonly TaskState[] {
  return state.tasks.filter(({ status }) => status === "failed");
}

/** `2 of 5 tasks failed (data of m1, data of m2)`; more than a few are counted. */
export function failedWords(state: SessionState): string {
  const failed = failedTasks(state);
  return `${failed.length} of ${state.tasks.length} ${state.tasks.length === 1 ? "task" : "tasks"} failed (${taskList(failed)})`;
}

const MOST_NAMES = 5;

export function taskList(tasks: readonly TaskId[]): string {
  const names = tasks.slice(0, MOST_NAMES).map(taskWords).join(", ");
  return tasks.length > MOST_NAMES ? `${names} and ${tasks.length - MOST_NAMES} more` : names;
}
