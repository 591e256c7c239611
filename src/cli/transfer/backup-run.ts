/** One session from the command line: from flags to the summary. Interrupted, the next session goes on with what was sent. */
import type { TaskReport } from "../../agent/session/run-task.ts";
import { readPower } from "../../agent/power/power.ts";
import { runSession } from "../../agent/session/run-session.ts";
import type { SessionOutcome, SessionProgress } from "../../agent/session/session-options.ts";
import { openReconnecting } from "../../agent/source/reconnecting-source.ts";
import { openSource } from "../../agent/source/open-source.ts";
import { steadyClock, systemClock } from "../../clock/clock.ts";
import { visibleProse } from "../../cloud/report/visible.ts";
import type { AgentJob } from "../../policy/job/job.ts";
import type { StartedBy } from "../../policy/session/state.ts";
import type { BackupFlags } from "../commands/backup.ts";
import { watchInterruption } from "../interruption.ts";
import { jsonLine } from "../output/json.ts";
import { EXIT, UsageError, type Terminal } from "../terminal.ts";
import { printBackup } from "../output/backup-text.ts";
import { jobSourceOf, withStateStore } from "./job-source.ts";
import { applyRetentionRules } from "./apply-retention.ts";
import { ProgressBoard, onProgressSignal } from "./progress-board.ts";
import { sizeText } from "./sizes.ts";
import { openStore } from "./store-flags.ts";
import { TransferLine } from "./transfer-line.ts";

const STARTS: readonly StartedBy[] = ["schedule", "missed-at-power-on", "manual"];

export async function runBackup(flags: BackupFlags, terminal: Terminal): Promise<number> {
  const startedBy = STARTS.find((each) => each === flags.startedBy);
  if (startedBy === undefined)
    throw new UsageError(`--started-by: found ${JSON.stringify(flags.startedBy)}; allowed: ${STARTS.join(", ")}.`);
  const retries = readRetries(flags.retries);
  const source = await jobSourceOf(flags);
  const { job } = source.file;
  const startedMs = performance.now();
  const line = new TransferLine(terminal, flags.quiet !== true && flags.json !== true);
  const progress = new BackupProgress(line);
  const say = (text: string): void => {
    if (flags.json) terminal.out(jsonLine({ message_type: "note", text }));
    else if (flags.quiet !== true) line.say(visibleProse(text));
  };
  const { repository, drops } = await openStore(job.target, withStateStore(flags, source.file.stateStore), terminal, {
    flag: "--to",
    create: flags.dryRun !== true,
    encrypt: source.file.encrypt,
    encryption: job.encryption,
    reconnect: job.reconnect,
    bytesPerSecond: job.bandwidthBytesPerSecond,
    events: {
      onDrop: ({ reason }) =>
        say(`The connection was lost (${reason}); trying to reconnect for ${Math.round(job.reconnect.forMs / 60_000)} min.`),
      onBack: ({ seconds }) => say(`The connection is back after ${Math.round(seconds)} s; going on where it was lost.`),
    },
  });
  if (flags.dryRun) return dryRun(job, flags, terminal);
  const board = new ProgressBoard();
  const tell = teller(flags, say);
  const stopSignal = onProgressSignal(() => terminal.err(board.text()));
  const watch = watchInterruption();
  const stop = new AbortController();
  void watch.interrupted.then(() => stop.abort(new Error("Stopped by hand.")));
  try {
    const outcome = await runSession({
      repository,
      job,
      startedBy,
      retriesGiven: retries,
      jobNow: source.now,
      power: readPower,
      retention: applyRetentionRules,
      environment: terminal.environment,
      readAll: flags.readAll === true,
      clock: systemClock,
      steady: steadyClock,
      stop: stop.signal,
      drops,
      openSource: (path) =>
        openReconnecting(path, {
          clock: steadyClock,
          signal: stop.signal,
          patience: { attemptEveryMs: job.reconnect.everyMs, patienceMs: job.reconnect.forMs },
        }),
      onEvent: (event) => {
        progress.take(event);
        board.take(job.name, event);
        tell(event);
      },
    });
    line.clear();
    const durationMs = Math.round(performance.now() - startedMs);
    print(outcome, job, durationMs, flags, terminal);
    return stop.signal.aborted ? EXIT.interrupted : exitCodeOf(outcome);
  } finally {
    stopSignal();
    watch.stop();
    line.clear();
  }
}

function readRetries(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) throw new UsageError(`--retries: found ${JSON.stringify(text)}; allowed: a whole number from 0 to 99.`);
  return value;
}

const MOST_REASONS = 5;

/** What is said while the session goes on. Why tasks failed is said when they are to be retried: at the end all results are printed anyway. */
function teller(flags: BackupFlags, say: (text: string) => void): (event: SessionProgress) => void {
  const everything = flags.verbose === true || flags.debug === true;
  let failures: string[] = [];
  return (event) => {
    if (event.kind === "unrecorded") return say(`The session's record could not be written: ${event.error.message}`);
    if (event.kind === "cut-off") return say(`Session ${event.session} was cut off; this one goes on with what it had sent.`);
    if (event.kind !== "decision") return;
    const { decision } = event;
    if (everything) return say(decision.reason);
    if (decision.kind === "task-ended" && decision.outcome === "failed") failures.push(decision.reason);
    if (decision.kind === "wait") {
      failures.slice(0, MOST_REASONS).forEach(say);
      failures = [];
    }
    if (decision.kind === "wait" || decision.kind === "drop-retry" || decision.kind === "advise") say(decision.reason);
  };
}

function exitCodeOf({ state, tasks, runError }: SessionOutcome): number {
  const isLocked = (code: string | undefined): boolean => code === "STORE_LOCKED";
  if (isLocked(codeOf(runError))) return EXIT.locked;
  if (tasks.length > 0 && tasks.every(({ result, errorCode }) => result === "failed" && isLocked(errorCode))) return EXIT.locked;
  const failed = state.tasks.filter(({ status }) => status === "failed" || status === "open").length;
  // What is not in the point although it should be is incomplete coverage; other remarks are not.
  if (failed === 0) return tasks.some(({ unread = 0 }) => unread > 0) ? EXIT.partly : EXIT.ok;
  return tasks.some(({ result }) => result !== "failed") ? EXIT.partly : EXIT.failed;
}

function codeOf(error: NodeJS.ErrnoException | undefined): string | undefined {
  return error?.code;
}

function print(outcome: SessionOutcome, job: AgentJob, durationMs: number, flags: BackupFlags, terminal: Terminal): void {
  const { state, tasks, runError } = outcome;
  const result = state.phase.kind === "ended" ? state.phase.result : "failed";
  const hasPoint = tasks.some((task) => task.result !== "failed");
  const summary = {
    message_type: "summary",
    session: state.session,
    job: job.name,
    result,
    ...(hasPoint && { point: state.session }),
    retries: state.retriesUsed,
    tasks: tasks.map(({ errorCode: _errorCode, ...task }) => task),
    reason: state.log.findLast(({ kind }) => kind === "end")?.reason,
    ...(runError !== undefined && { error: runError.message }),
    durationMs,
  };
  if (flags.json) terminal.out(jsonLine(summary));
  else printBackup({ result, session: state.session, tasks, durationMs, error: runError?.message, quiet: flags.quiet === true }, terminal);
}

async function dryRun(job: AgentJob, flags: BackupFlags, terminal: Terminal): Promise<number> {
  const tasks: { machine: string; disk: string; path: string; sizeBytes?: number; error?: string }[] = [];
  for (const { name, disks, folders } of job.machines)
    for (const part of [...disks, ...folders]) {
      const row = { machine: name, disk: part.name, path: part.path };
      try {
        const source = await openSource(part.path);
        tasks.push({ ...row, ...(source.kind === "disk" && { sizeBytes: source.sizeBytes }) });
        await source.close();
      } catch (error) {
        tasks.push({ ...row, error: (error as Error).message });
      }
    }
  if (flags.json) terminal.out(jsonLine({ message_type: "summary", dryRun: true, job: job.name, tasks }));
  else
    for (const { machine, disk, path, sizeBytes, error } of tasks)
      terminal.out(`${machine}  ${disk}  ${path}  ${error ?? (sizeBytes === undefined ? "folder" : sizeText(sizeBytes))}\n`);
  const failed = tasks.filter(({ error }) => error !== undefined).length;
  return failed === 0 ? EXIT.ok : failed === tasks.length ? EXIT.failed : EXIT.partly;
}

/** Adds up what the tasks tell. */
class BackupProgress {
  readonly #line: TransferLine;
  #what = "";
  #done = 0;
  #total: number | undefined;

  constructor(line: TransferLine) {
    this.#line = line;
  }

  take(event: SessionProgress): void {
    if (event.kind === "task-started") {
      this.#what = event.task.disk;
      this.#done = 0;
      this.#total = event.sizeBytes;
    } else if (event.kind === "read") {
      this.#done += event.bytes;
      this.#line.update({ what: this.#what, doneBytes: this.#done, totalBytes: this.#total, details: detailsOf(event.counts) });
    }
  }
}

function detailsOf({
  bytesSent,
  blocksReused,
  blocksResumed,
}: Pick<TaskReport, "bytesSent" | "blocksReused" | "blocksResumed">): readonly string[] {
  const details = [`sent ${sizeText(bytesSent)}`];
  if (blocksReused > blocksResumed) details.push(`${blocksReused - blocksResumed} blocks reused`);
  if (blocksResumed > 0) details.push(`${blocksResumed} resumed`);
  return details;
}
