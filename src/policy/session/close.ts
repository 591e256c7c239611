/** A run has ended: what failed after its tasks is a remark (J2), and failed tasks are retried while the session has retries (J1). */
import { utcMinute } from "../times.ts";
import { ignore, step, type Step } from "./decisions.ts";
import { endSession, failedTasks, failedWords, resultOf } from "./end.ts";
import type { SessionEvent } from "./events.ts";
import type { SessionState } from "./state.ts";

export function onClosingFailed(state: SessionState, { atMs, what, fault }: Extract<SessionEvent, { kind: "closing-failed" }>): Step {
  if (state.phase.kind !== "closing") return ignore(state, `Nothing is being closed: ${fault.message}`);
  const remark = `${what === "hook" ? "The command after the backup" : "Retention"} failed: ${fault.message} (${fault.code})`;
  const said = { kind: "remark" as const, reason: `${remark}; this came after the tasks and is not retried.` };
  return step({ ...state, remarks: state.remarks.includes(remark) ? state.remarks : [...state.remarks, remark] }, atMs, said);
}

export function onClosed(state: SessionState, { atMs }: Extract<SessionEvent, { kind: "closed" }>): Step {
  if (state.phase.kind !== "closing") return ignore(state, "Nothing is being closed.");
  if (failedTasks(state).length > 0) return waitOrEnd(state, atMs, failedWords(state));
  const result = resultOf(state);
  return endSession(
    state,
    atMs,
    result === "success" ? "All tasks were processed." : "All tasks were processed, with remarks; that is not retried.",
  );
}

/** The next retry, or the end when there is none. `why`: what happened, without a full stop. */
export function waitOrEnd(state: SessionState, atMs: number, why: string): Step {
  const { retries } = state.rules;
  if (retries.count === 0) return endSession(state, atMs, `${why}; not retried: ${retries.why}.`);
  if (state.retriesUsed >= retries.count) return endSession(state, atMs, `${why}; all ${retries.count} retries are used (${retries.why}).`);
  const retry = state.retriesUsed + 1;
  const dueMs = atMs + retries.waitMs;
  return step({ ...state, phase: { kind: "waiting", sinceMs: atMs, dueMs } }, atMs, {
    kind: "wait",
    retry,
    dueMs,
    reason: `${why}; retry ${retry} of ${retries.count} at ${utcMinute(dueMs)}.`,
  });
}
