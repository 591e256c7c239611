/** The beginning of a session, and how many retries it has (J1, J4, J5, F2). */
import { recordedJob, sameTask, taskWords, tasksOf, type AgentJob, type TaskId } from "../job/job.ts";
import { step, type Step } from "./decisions.ts";
import { endSession } from "./end.ts";
import type { SessionRules, SessionState, StartedBy } from "./state.ts";

export interface SessionStart {
  /** Unique; the id of the session's points. */
  readonly session: string;
  readonly atMs: number;
  readonly job: AgentJob;
  readonly startedBy: StartedBy;
  /** `--retries N` */
  readonly retriesGiven?: number;
  /** Only these tasks of the job: what a command of the cloud retries. */
  readonly only?: readonly TaskId[];
}

export function startSession({ session, atMs, job, startedBy, retriesGiven, only }: SessionStart): Step {
  const tasks = tasksOf(job).filter((task) => only === undefined || only.some((wanted) => sameTask(wanted, task)));
  const state: SessionState = {
    session,
    startedBy,
    startedMs: atMs,
    ...(retriesGiven !== undefined && { retriesGiven }),
    job: recordedJob(job),
    rules: rulesOf(job, startedBy, retriesGiven),
    phase: { kind: "running" },
    retriesUsed: 0,
    restarts: 0,
    tasks: tasks.map((task) => ({ ...task, status: "open" as const, runs: 1, remarks: [] })),
    remarks: [],
    log: [],
  };
  if (tasks.length === 0)
    return endSession(
      state,
      atMs,
      only === undefined ? "The job names nothing to back up." : `The job does not hold ${only.map(taskWords).join(", ")} any more.`,
    );
  const { retries } = state.rules;
  const reason = `${STARTS[startedBy]}; ${retries.count === 0 ? "no retries" : `up to ${retries.count} ${retries.count === 1 ? "retry" : "retries"}`}: ${retries.why}.`;
  return step(state, atMs, { kind: "run", retry: 0, tasks, reason });
}

const STARTS: Readonly<Record<StartedBy, string>> = {
  schedule: "Started by the schedule",
  "missed-at-power-on": "Started at power-on, in place of a run that was missed",
  manual: "Started by hand",
  command: "Started by a command of the cloud part",
};

/** What a job says for a session, seen with how the session began. Asked again when a retry starts: the job may be another by then (J14). */
export function rulesOf(job: AgentJob, startedBy: StartedBy, given: number | undefined): SessionRules {
  return { retries: { ...retriesOf(job, startedBy, given), waitMs: job.retries.waitMs }, reconnect: { ...job.reconnect } };
}

function retriesOf(job: AgentJob, startedBy: StartedBy, given: number | undefined): { readonly count: number; readonly why: string } {
  if (startedBy === "command") return { count: 0, why: "the cloud part counts the attempts and commands the next one" };
  if (startedBy === "missed-at-power-on") return { count: 0, why: "a run made up at power-on is not retried" };
  if (given !== undefined) return { count: given, why: `--retries ${given} was given` };
  if (startedBy === "manual") return { count: 0, why: "a session started by hand is not retried unless --retries is given" };
  return { count: job.retries.count, why: `the job allows ${job.retries.count}` };
}
