/**
 * A connection is lost and comes back (R1, as far as it decides when a task fails). Reconnecting uses no retry, however the session began. The time for it
 * counts from the drop; a new drop counts anew only once a block was acknowledged, so that a line which connects and drops at once is given up too.
 */
import { sameTask, taskWords, type TaskId } from "../job/job.ts";
import { durationWords } from "../job/words.ts";
import { utcMinute } from "../times.ts";
import { ignore, step, type SessionDecision, type Step } from "./decisions.ts";
import type { SessionEvent } from "./events.ts";
import type { SessionState, TaskState } from "./state.ts";
import { failTask, notOpen, openTask } from "./task-ended.ts";

export const CONNECTION_LOST = "CONNECTION_LOST";

export function onConnectionLost(state: SessionState, { atMs, task, fault }: Extract<SessionEvent, { kind: "connection-lost" }>): Step {
  const open = openTask(state, task);
  if (open === undefined) return notOpen(state, task);
  const { forMs } = state.rules.reconnect;
  const before = open.drop ?? { sinceMs: atMs, countedFromMs: atMs };
  // A clock that was set back must not lengthen the time by what it lost.
  const drop = { ...before, countedFromMs: Math.min(before.countedFromMs, atMs) };
  if (open.drop !== undefined && atMs - drop.countedFromMs >= forMs) {
    const message = `connection lost: no block was acknowledged for ${durationWords(forMs)}, last ${fault.message}`;
    return failTask(state, atMs, task, { code: CONNECTION_LOST, message });
  }
  return step(withDrop(state, task, drop), atMs, reconnect(state, task, drop, atMs + state.rules.reconnect.everyMs, fault.message));
}

export function onBlockAcknowledged(state: SessionState, { atMs, task }: Extract<SessionEvent, { kind: "block-acknowledged" }>): Step {
  const open = openTask(state, task);
  if (open === undefined) return notOpen(state, task);
  if (open.drop === undefined) return ignore(state, `The connection of ${taskWords(task)} was not lost.`);
  const lostMs = Math.max(0, atMs - open.drop.sinceMs);
  return step(withDrop(state, task, undefined), atMs, {
    kind: "reconnected",
    task: { machine: task.machine, disk: task.disk },
    reason: `${taskWords(task)}: the connection is back after ${durationWords(lostMs)}; the transfer goes on where it was lost.`,
  });
}

export function reconnect(
  state: SessionState,
  task: TaskId,
  drop: NonNullable<TaskState["drop"]>,
  nextTryMs: number,
  why: string,
): Extract<SessionDecision, { kind: "reconnect" }> {
  const untilMs = drop.countedFromMs + state.rules.reconnect.forMs;
  return {
    kind: "reconnect",
    task: { machine: task.machine, disk: task.disk },
    nextTryMs: Math.min(nextTryMs, untilMs),
    untilMs,
    reason: `${taskWords(task)}: the connection was lost (${why}); it is tried again until ${utcMinute(untilMs)}. This uses no retry.`,
  };
}

export function withDrop(state: SessionState, task: TaskId, drop: TaskState["drop"]): SessionState {
  return {
    ...state,
    tasks: state.tasks.map((each) => {
      if (!sameTask(each, task)) return each;
      const { drop: _drop, ...rest } = each;
      return { ...rest, ...(drop && { drop }) };
    }),
  };
}
