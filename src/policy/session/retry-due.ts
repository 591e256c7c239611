/** A retry is due: whether it runs, and which tasks it takes (J3, J6, J14). */
import { describeChanges } from "../job/changes.ts";
import { sameTask, tasksOf, type AgentJob } from "../job/job.ts";
import { utcMinute } from "../times.ts";
import { waitOrEnd } from "./close.ts";
import { andThen, ignore, step, type Step } from "./decisions.ts";
import { endSession, failedTasks, failedWords, taskList } from "./end.ts";
import type { Power, SessionEvent } from "./events.ts";
import { rulesOf } from "./start.ts";
import type { SessionState } from "./state.ts";

/** On battery strictly below this no retry runs. */
export const LOWEST_BATTERY_PERCENT = 20;

export function onRetryDue(state: SessionState, { atMs, job, power }: Extract<SessionEvent, { kind: "retry-due" }>): Step {
  const { phase } = state;
  if (phase.kind !== "waiting") return ignore(state, "No retry is waited for.");
  // A clock that was set back (by a year, say) would make the wait as long: it begins again, on the new time.
  if (atMs < phase.sinceMs) return waitOrEnd(state, atMs, "The clock was set back while a retry was waited for");
  if (atMs < phase.dueMs) return ignore(state, `The retry is not due before ${utcMinute(phase.dueMs)}.`);
  const retry = state.retriesUsed + 1;
  if (isLow(power)) return dropRetry(state, atMs, retry, `the device is on battery at ${power.percent} %`);
  if (!job.valid)
    return endSession(
      state,
      atMs,
      `${failedWords(state)}; retry ${retry} cannot run, because the job is not valid any more: ${job.problems.join(" ")}`,
    );
  return startRetry(state, atMs, retry, job.job);
}

/** A level that cannot be read stops nothing. */
function isLow(power: Power | undefined): power is Power & { readonly percent: number } {
  return power !== undefined && power.onBattery && power.percent !== undefined && power.percent < LOWEST_BATTERY_PERCENT;
}

function dropRetry(state: SessionState, atMs: number, retry: number, why: string): Step {
  const reason = `Retry ${retry} is dropped: ${why}, below ${LOWEST_BATTERY_PERCENT} %.`;
  const dropped = step(state, atMs, { kind: "drop-retry", retry, reason });
  return andThen(dropped, (next) => waitOrEnd({ ...next, retriesUsed: retry }, atMs, `Retry ${retry} was dropped, ${failedWords(next)}`));
}

function startRetry(state: SessionState, atMs: number, retry: number, job: AgentJob): Step {
  const changes = describeChanges(state.job, job);
  const ruled = { ...state, rules: rulesOf(job, state.startedBy, state.retriesGiven) };
  const told =
    changes.length === 0
      ? { state: ruled, decisions: [] }
      : step(ruled, atMs, {
          kind: "advise",
          changes,
          reason: `The job changed since the first attempt: ${changes.join(" ")} The retry uses the job as it is now, for the failed tasks only; start it by hand to back up all of it.`,
        });
  return andThen(told, (next) => runFailed(next, atMs, retry, job));
}

function runFailed(state: SessionState, atMs: number, retry: number, job: AgentJob): Step {
  const { retries } = state.rules;
  if (retry > retries.count) return waitOrEnd(state, atMs, failedWords(state));
  const inJob = tasksOf(job);
  const taken = failedTasks(state).filter((task) => inJob.some((each) => sameTask(each, task)));
  if (taken.length === 0) return endSession(state, atMs, `${failedWords(state)}; the job does not hold them any more.`);
  const tasks = state.tasks.map((task) => (taken.includes(task) ? { ...task, status: "open" as const, runs: task.runs + 1 } : task));
  const begun: SessionState = { ...state, phase: { kind: "running" }, retriesUsed: retry, restarts: 0, tasks };
  return step(begun, atMs, {
    kind: "run",
    retry,
    tasks: taken.map(({ machine, disk }) => ({ machine, disk })),
    reason: `Retry ${retry} of ${retries.count} takes what failed: ${taskList(taken)}.`,
  });
}
