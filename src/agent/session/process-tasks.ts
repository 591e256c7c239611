/** The tasks of one run, machine by machine, each machine under its lock. A machine that another process writes fails alone; the others go on. */
import type { AgentJob, MachineScope, TaskId } from "../../policy/job/job.ts";
import { noCounts } from "../backup/counts.ts";
import { opaqueName } from "../format/data-key.ts";
import { readCatalog } from "../repository/catalog.ts";
import { StoreLockedError, lockMachine, type HeldLock } from "../repository/machine-lock.ts";
import type { SessionOptions } from "./session-options.ts";
import { carryOutTask, type TaskReport } from "./run-task.ts";

export interface TasksToProcess {
  readonly options: SessionOptions;
  /** As it is in this run. */
  readonly job: AgentJob;
  readonly session: string;
  readonly startedMs: number;
  readonly tasks: readonly TaskId[];
  /** A command before the backup was carried out. */
  readonly hooked: boolean;
  readonly onReport: (task: TaskId, report: TaskReport) => Promise<void>;
}

/** One text per task; JSON, because names may hold any character. */
export function taskKey({ machine, disk }: TaskId): string {
  return JSON.stringify([machine, disk]);
}

/** Rejects when the session is stopped. */
export async function processTasks(work: TasksToProcess): Promise<void> {
  for (const [name, tasks] of Map.groupBy(work.tasks, ({ machine }) => machine)) {
    const machine = work.job.machines.find((each) => each.name === name);
    if (machine === undefined) await failAll(work, tasks, "GONE", "the job does not hold it any more");
    else await processMachine(work, machine, tasks);
  }
}

async function processMachine(work: TasksToProcess, machine: MachineScope, tasks: readonly TaskId[]): Promise<void> {
  const { repository, steady } = work.options;
  let lock: HeldLock;
  try {
    lock = await lockMachine(repository, opaqueName(repository.key, "machine", machine.name), `session ${work.session}`, steady);
  } catch (error) {
    if (!(error instanceof StoreLockedError)) throw error;
    return failAll(work, tasks, error.code, error.message);
  }
  try {
    for (const task of tasks) await processTask(work, machine, task, lock);
  } finally {
    await lock.release();
  }
}

async function processTask(work: TasksToProcess, machine: MachineScope, task: TaskId, lock: HeldLock): Promise<void> {
  const { options, job, session, startedMs, hooked } = work;
  const { repository, clock, onEvent } = options;
  const part = [...machine.disks, ...machine.folders].find((each) => each.name === task.disk);
  if (part === undefined) return failAll(work, [task], "GONE", "the job does not hold it any more");
  const counts = noCounts();
  const report = await carryOutTask({
    repository,
    job,
    machine,
    part,
    session,
    startedAt: new Date(startedMs).toISOString(),
    catalog: await readCatalog(repository),
    readAll: options.readAll,
    consistency: hooked ? "application-consistent" : "crash-consistent",
    clock,
    signal: AbortSignal.any([options.stop, lock.lost]),
    confirmLock: () => lock.confirm(),
    drops: options.drops,
    counts,
    openSource: options.openSource,
    onSource: (source) => onEvent({ kind: "task-started", task, sizeBytes: source.kind === "disk" ? source.sizeBytes : undefined }),
    onProgress: (bytes) => onEvent({ kind: "read", task, bytes, counts }),
  });
  await work.onReport(task, report);
}

async function failAll(work: TasksToProcess, tasks: readonly TaskId[], code: string, message: string): Promise<void> {
  for (const { machine, disk } of tasks)
    await work.onReport(
      { machine, disk },
      { machine, disk, result: "failed", ...noCounts(), remarks: [], error: message, errorCode: code },
    );
}
