/**
 * A session: one run of a job, and its retries (J1-J6, J9, J14, the end of R1). In: the start, then events as they happen. Out: the new state, which is the
 * session's record, and what to do next, each with its reason. It reads no clock: times come with the events, and may jump either way. It does not promise
 * that a decision was carried out: after a restart the engine hands in `restarted` and is told again what is to be done.
 */
import { onBlockAcknowledged, onConnectionLost } from "./connection.ts";
import { onClosed, onClosingFailed } from "./close.ts";
import { onCutOff } from "./cut-off.ts";
import type { Step } from "./decisions.ts";
import type { SessionEvent } from "./events.ts";
import { onRetryDue } from "./retry-due.ts";
import { onRestarted, onWoke } from "./sleep.ts";
import type { SessionState } from "./state.ts";
import { onStopped } from "./stop.ts";
import { onRunFailed, onTaskFailed, onTaskSucceeded } from "./task-ended.ts";

export { startSession } from "./start.ts";

export function advance(state: SessionState, event: SessionEvent): Step {
  switch (event.kind) {
    case "task-succeeded":
      return onTaskSucceeded(state, event);
    case "task-failed":
      return onTaskFailed(state, event);
    case "connection-lost":
      return onConnectionLost(state, event);
    case "block-acknowledged":
      return onBlockAcknowledged(state, event);
    case "woke":
      return onWoke(state, event);
    case "restarted":
      return onRestarted(state, event);
    case "cut-off":
      return onCutOff(state, event);
    case "run-failed":
      return onRunFailed(state, event);
    case "closing-failed":
      return onClosingFailed(state, event);
    case "closed":
      return onClosed(state, event);
    case "retry-due":
      return onRetryDue(state, event);
    case "stopped":
      return onStopped(state, event);
  }
}
