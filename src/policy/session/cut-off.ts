/** A session whose process ended before it did, and that nobody goes on with: its open tasks have failed, and the session with them. What was sent is kept. */
import { andThen, ignore, type Step } from "./decisions.ts";
import { endSession } from "./end.ts";
import type { SessionEvent } from "./events.ts";
import type { SessionState } from "./state.ts";
import { failOpenTasks } from "./task-ended.ts";

export function onCutOff(state: SessionState, { atMs, by }: Extract<SessionEvent, { kind: "cut-off" }>): Step {
  if (state.phase.kind === "ended") return ignore(state, "The session has ended.");
  const reason = `The session was cut off: its process ended before it did. Session ${by} goes on with what was sent.`;
  return andThen(failOpenTasks(state, atMs, { code: "INTERRUPTED", message: "the process ended before the task did" }), (next) =>
    endSession(next, atMs, reason),
  );
}
