/** A person stops the session: it ends, and nothing retries it, neither here (J4) nor by a command (F2). */
import { andThen, ignore, type Step } from "./decisions.ts";
import { endSession } from "./end.ts";
import type { SessionEvent } from "./events.ts";
import type { SessionState } from "./state.ts";
import { failOpenTasks } from "./task-ended.ts";

export function onStopped(state: SessionState, { atMs, by }: Extract<SessionEvent, { kind: "stopped" }>): Step {
  if (state.phase.kind === "ended") return ignore(state, "The session has ended.");
  const reason = `Stopped by hand (${by}); a session stopped by hand is not retried.`;
  if (state.phase.kind === "closing") return endSession({ ...state, remarks: [...state.remarks, reason] }, atMs, reason, true);
  const fault = { code: "STOPPED", message: `stopped by hand (${by})` };
  return andThen(failOpenTasks(state, atMs, fault), (next) => endSession(next, atMs, reason, true));
}
