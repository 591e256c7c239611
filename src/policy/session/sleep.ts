/** A machine that slept (J9) and a process that was killed: the session goes on where it stopped. Neither is a retry, and the time of R1 counts from here. */
import { durationWords } from "../job/words.ts";
import { utcMinute } from "../times.ts";
import { reconnect, withDrop } from "./connection.ts";
import { andThen, ignore, step, type Step } from "./decisions.ts";
import type { SessionEvent } from "./events.ts";
import type { SessionState } from "./state.ts";
import { onRunFailed } from "./task-ended.ts";

/**
 * A task that kills its process each time would be taken up for ever. After this many restarts without any task having ended the open ones fail, and the
 * rules of retries decide; what was transferred is kept all the same.
 */
export const MOST_RESTARTS = 5;

export function onWoke(state: SessionState, { atMs, sleptMs }: Extract<SessionEvent, { kind: "woke" }>): Step {
  return goOn(state, atMs, `The machine slept for ${durationWords(sleptMs)}`);
}

export function onRestarted(state: SessionState, { atMs }: Extract<SessionEvent, { kind: "restarted" }>): Step {
  if (state.phase.kind !== "running") return goOn(state, atMs, "The process was started again");
  const counted = { ...state, restarts: state.restarts + 1 };
  if (counted.restarts > MOST_RESTARTS)
    return onRunFailed(counted, {
      kind: "run-failed",
      atMs,
      fault: { code: "INTERRUPTED", message: `the process ended ${counted.restarts} times before any task had` },
    });
  return goOn(counted, atMs, "The process was started again");
}

function goOn(state: SessionState, atMs: number, what: string): Step {
  const { phase } = state;
  switch (phase.kind) {
    case "running":
      return goOnRunning(state, atMs, what);
    case "closing":
      return step(state, atMs, { kind: "close", reason: `${what} after all tasks of the run had ended.` });
    case "waiting": {
      const reason = `${what}; the retry ${phase.dueMs <= atMs ? "is due now" : `is due at ${utcMinute(phase.dueMs)}`}.`;
      return step(state, atMs, { kind: "wait", retry: state.retriesUsed + 1, dueMs: phase.dueMs, reason });
    }
    case "ended":
      return ignore(state, "The session has ended.");
  }
}

function goOnRunning(state: SessionState, atMs: number, what: string): Step {
  const open = state.tasks.filter(({ status }) => status === "open");
  const begun = step(state, atMs, {
    kind: "continue",
    tasks: open.map(({ machine, disk }) => ({ machine, disk })),
    reason: `${what}; the session goes on where it stopped, and uses no retry for it.`,
  });
  return open.reduce<Step>((done, task) => {
    if (task.drop === undefined) return done;
    const drop = { ...task.drop, countedFromMs: atMs };
    return andThen(done, (next) => step(withDrop(next, task, drop), atMs, reconnect(next, task, drop, atMs, what)));
  }, begun);
}
