/**
 * A session: carries out what `policy/session` decides, and tells it what happened. In: a job, an opened store, how it was started. Out: the outcome, and a
 * record in the store for every step of the way, so that anybody can read what happened to a session that was cut off.
 */
import { randomBytes } from "node:crypto";
import type { Clock } from "../../clock/clock.ts";
import type { AgentJob, TaskId } from "../../policy/job/job.ts";
import type { SessionDecision, Step } from "../../policy/session/decisions.ts";
import type { JobNow, Power, SessionEvent } from "../../policy/session/events.ts";
import { advance, startSession } from "../../policy/session/session.ts";
import type { SessionState, StartedBy } from "../../policy/session/state.ts";
import { opaqueName } from "../format/data-key.ts";
import { places } from "../format/places.ts";
import { noCounts, type TaskCounts } from "../backup/counts.ts";
import { readCatalog } from "../repository/catalog.ts";
import { lockMachine } from "../repository/machine-lock.ts";
import { thisProcess } from "../repository/process-identity.ts";
import type { Repository } from "../repository/repository.ts";
import type { Source } from "../source/source.ts";
import { carryOutTask, type TaskReport } from "./run-task.ts";

export interface SessionOptions {
  readonly repository: Repository;
  readonly job: AgentJob;
  readonly startedBy: StartedBy;
  readonly retriesGiven?: number | undefined;
  /** The job as it is when a retry starts (J14). */
  readonly jobNow: () => Promise<JobNow>;
  readonly power: () => Promise<Power | undefined>;
  /** The command after the backup, and retention; rejects with what failed. */
  readonly close: (state: SessionState) => Promise<readonly { readonly what: "hook" | "retention"; readonly error: Error }[]>;
  /** The command before the backup: rejects when the run cannot begin. */
  readonly open: () => Promise<void>;
  readonly readAll: boolean;
  readonly clock: Clock;
  /** Aborted by hand. */
  readonly stop: AbortSignal;
  readonly drops: () => number;
  readonly openSource: (path: string) => Promise<Source>;
  readonly onEvent: (event: SessionProgress) => void;
}

export type SessionProgress =
  | { readonly kind: "decision"; readonly decision: SessionDecision }
  | { readonly kind: "task-started"; readonly task: TaskId; readonly sizeBytes: number | undefined }
  | { readonly kind: "read"; readonly task: TaskId; readonly bytes: number; readonly counts: TaskCounts }
  | { readonly kind: "task-ended"; readonly report: TaskReport };

export interface SessionOutcome {
  readonly state: SessionState;
  /** The last report of each task. */
  readonly tasks: readonly TaskReport[];
  /** Why no task could be carried out, when it was not the tasks: the lock, the command before. */
  readonly runError?: Error;
}

/** Sorts by time, and nobody else has it. */
export function newSessionId(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z-${randomBytes(4).toString("hex")}`;
}

export async function runSession(options: SessionOptions): Promise<SessionOutcome> {
  const { repository, clock, startedBy, retriesGiven, stop } = options;
  const session = newSessionId(clock.now());
  const reports = new Map<string, TaskReport>();
  let job = options.job;
  let runError: Error | undefined;
  let steps = 0;
  const record = async (state: SessionState): Promise<void> => {
    await repository.createRecord(places.session(session, ++steps), { ...state, process: thisProcess() });
  };
  const todo: SessionDecision[] = [];
  let state: SessionState;
  const take = (step: Step): void => {
    state = step.state;
    for (const decision of step.decisions) options.onEvent({ kind: "decision", decision });
    todo.push(...step.decisions);
  };
  const tell = (event: SessionEvent): void => take(advance(state, event));
  const start = startSession({ session, atMs: clock.now(), job, startedBy, ...(retriesGiven !== undefined && { retriesGiven }) });
  ({ state } = start);
  take(start);
  await record(state);

  for (let decision = todo.shift(); decision !== undefined; decision = todo.shift()) {
    switch (decision.kind) {
      case "run":
      case "continue":
        runError = await processTasks(decision.tasks);
        if (runError !== undefined && state.phase.kind === "running")
          tell({ kind: "run-failed", atMs: clock.now(), fault: { code: codeOf(runError), message: runError.message } });
        break;
      case "close":
        for (const { what, error } of await options.close(state))
          tell({ kind: "closing-failed", atMs: clock.now(), what, fault: { code: codeOf(error), message: error.message } });
        tell({ kind: "closed", atMs: clock.now() });
        await record(state);
        break;
      case "wait": {
        const stopped = await clock.sleep(Math.max(0, decision.dueMs - clock.now()), stop).then(
          () => false,
          () => true,
        );
        if (stopped) break;
        const [now, power] = await Promise.all([options.jobNow(), options.power()]);
        if (now.valid) ({ job } = now);
        tell({ kind: "retry-due", atMs: clock.now(), job: now, ...(power !== undefined && { power }) });
        await record(state);
        break;
      }
      case "end":
        await record(state);
        break;
      default:
    }
    if (stop.aborted && state.phase.kind !== "ended") tell({ kind: "stopped", atMs: clock.now(), by: "the user" });
  }
  return { state, tasks: [...reports.values()], ...(runError !== undefined && { runError }) };

  async function processTasks(tasks: readonly TaskId[]): Promise<Error | undefined> {
    try {
      await options.open();
      for (const machine of new Set(tasks.map((task) => task.machine)))
        await processMachine(
          machine,
          tasks.filter((task) => task.machine === machine),
        );
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  async function processMachine(name: string, tasks: readonly TaskId[]): Promise<void> {
    const machine = job.machines.find((each) => each.name === name);
    if (machine === undefined) return;
    const lock = await lockMachine(repository, opaqueName(repository.key, "machine", name), `session ${session}`, clock);
    try {
      const signal = AbortSignal.any([stop, lock.lost]);
      for (const task of tasks) {
        const part = [...machine.disks, ...machine.folders].find((each) => each.name === task.disk);
        if (part === undefined) continue;
        const counts = noCounts();
        const report = await carryOutTask({
          repository,
          job,
          machine,
          part,
          session,
          startedAt: new Date(state.startedMs).toISOString(),
          catalog: await readCatalog(repository),
          readAll: options.readAll,
          consistency: job.hooks.before === undefined ? "crash-consistent" : "application-consistent",
          clock,
          signal,
          confirmLock: () => lock.confirm(),
          drops: options.drops,
          counts,
          openSource: options.openSource,
          onSource: (source) =>
            options.onEvent({ kind: "task-started", task, sizeBytes: source.kind === "disk" ? source.sizeBytes : undefined }),
          onProgress: (bytes) => options.onEvent({ kind: "read", task, bytes, counts }),
        });
        reports.set(JSON.stringify(task), report);
        options.onEvent({ kind: "task-ended", report });
        const atMs = clock.now();
        if (report.result === "failed")
          tell({ kind: "task-failed", atMs, task, fault: { code: report.errorCode ?? "FAILED", message: report.error ?? "" } });
        else tell({ kind: "task-succeeded", atMs, task, remarks: report.remarks });
        await record(state);
      }
    } finally {
      await lock.release();
    }
  }
}

function codeOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === "string" ? code : "FAILED";
}
