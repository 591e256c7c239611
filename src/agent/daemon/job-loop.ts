/**
 * One job of the agent: waits for its due times and runs its sessions, one at a time. In: a job file, which is read again at each look. Out: sessions, and
 * the job's record in the store. A session that the agent's end cut off goes on when it starts again, under its own id; the waits of its retries too.
 */
import { scheduleWords } from "../../policy/job/words.ts";
import type { StartedBy } from "../../policy/session/state.ts";
import { DAY_MS, utcMinute } from "../../policy/times.ts";
import { nextDueMs } from "../../schedule/due-times.ts";
import type { JobFile } from "../job-file/parse-job.ts";
import { JobFileError } from "../job-file/read-job-file.ts";
import { StoreLockedError, lockMachine } from "../repository/machine-lock.ts";
import { runSession } from "../session/run-session.ts";
import { SessionSuspended, type SessionOutcome } from "../session/session-options.ts";
import { hasEnded, newestSession, type RecordedSession } from "../session/session-record.ts";
import type { AgentPorts } from "./agent.ts";
import { AgentRecordKeeper, agentLockName } from "./agent-record.ts";
import { whatIsDue } from "./due.ts";

const LOOK_MS = 5_000;
/** A run that is due and could not begin: somebody runs the job by hand. */
const LATE_LOOK_MS = 1_000;
/** A session cut off longer ago is not gone on with: the next one is. */
const RESUME_MS = DAY_MS;

/** Ends when the agent stops. @throws StoreLockedError when another agent has the job */
export async function runJobLoop(path: string, ports: AgentPorts): Promise<void> {
  while (!ports.stop.aborted) {
    const file = await ports.readJob(path);
    const { repository } = await ports.open(file);
    const { name, target } = file.job;
    const lease = await lockMachine(repository, agentLockName(repository, name), `the agent of job ${name}`, ports.steady);
    try {
      const keeper = await AgentRecordKeeper.open(repository, name, () => ports.clock.now());
      const stop = AbortSignal.any([ports.stop, lease.lost]);
      await new JobLoop(path, { ...ports, stop }, keeper, file).run((now) => now.job.target !== target || now.job.name !== name);
      lease.lost.throwIfAborted();
    } finally {
      await lease.release();
    }
  }
}

class JobLoop {
  readonly #path: string;
  readonly #ports: AgentPorts;
  readonly #keeper: AgentRecordKeeper;
  #file: JobFile;
  #said = "";
  #lookedMs: number | undefined;

  constructor(path: string, ports: AgentPorts, keeper: AgentRecordKeeper, file: JobFile) {
    this.#path = path;
    this.#ports = ports;
    this.#keeper = keeper;
    this.#file = file;
  }

  /** Until the agent stops, or the job is another one by now. */
  async run(isOther: (file: JobFile) => boolean): Promise<void> {
    const { stop, steady, say } = this.#ports;
    const { name } = this.#file.job;
    say(name, `schedule: ${scheduleWords(this.#file.job.schedule)}`);
    await this.#goOn();
    while (!stop.aborted) {
      await this.#readAgain();
      if (isOther(this.#file)) return say(name, "The job has another name or target now; it begins anew.");
      await this.#look().catch((error: unknown) => this.#problem((error as Error).message));
      await steady.sleep(this.#untilNextLook(), stop).catch(() => {});
    }
  }

  #untilNextLook(): number {
    const { nextAt } = this.#keeper.record;
    const leftMs = nextAt === undefined ? LOOK_MS : Date.parse(nextAt) - this.#ports.clock.now();
    return Math.min(LOOK_MS, leftMs > 0 ? leftMs : LATE_LOOK_MS);
  }

  async #readAgain(): Promise<void> {
    try {
      this.#file = await this.#ports.readJob(this.#path);
    } catch (error) {
      if (!(error instanceof JobFileError)) throw error;
      await this.#problem(`The job file is not valid any more; the job as it was goes on. ${error.message}`);
    }
  }

  /** What the end of an earlier agent cut off. */
  async #goOn(): Promise<void> {
    const { clock } = this.#ports;
    const { repository } = await this.#ports.open(this.#file);
    const cut = await newestSession(repository, this.#file.job.name);
    if (cut === undefined || hasEnded(cut) || !this.#mayGoOn(cut)) {
      if (this.#keeper.record.running !== undefined) await this.#keeper.set({ running: undefined });
      return;
    }
    await this.#session(cut.state.startedBy, clock.now());
  }

  /** What a person started is left to persons. */
  #mayGoOn({ state }: RecordedSession): boolean {
    return state.startedBy !== "manual" && this.#ports.clock.now() - state.startedMs < RESUME_MS;
  }

  async #look(): Promise<void> {
    const { clock, say } = this.#ports;
    const { name, schedule } = this.#file.job;
    const nowMs = clock.now();
    const lookedMs = this.#lookedMs;
    this.#lookedMs = nowMs;
    if (schedule === undefined) return;
    const due = whatIsDue({ schedule, markMs: this.#keeper.record.markMs, lookedMs, nowMs });
    if (due.kind === "run") return this.#session(due.missed ? "missed-at-power-on" : "schedule", due.markMs);
    if (due.note !== undefined) say(name, due.note);
    const next = nextDueMs(schedule, nowMs);
    const nextAt = next === undefined ? undefined : new Date(next).toISOString();
    // The mark itself moves at each look: it is written when something else is.
    if (due.note !== undefined || this.#keeper.record.markMs === undefined || this.#keeper.record.nextAt !== nextAt)
      await this.#keeper.set({ markMs: due.markMs, nextAt });
  }

  async #session(startedBy: StartedBy, markMs: number): Promise<void> {
    const { clock, steady, stop, say, open, sessionPorts } = this.#ports;
    const { job } = this.#file;
    const sinceMs = clock.now();
    const { repository, drops } = await open(this.#file);
    let outcome: SessionOutcome;
    const began: Promise<void>[] = [];
    try {
      outcome = await runSession({
        ...sessionPorts(this.#file, stop),
        repository,
        drops,
        job,
        startedBy,
        resume: (cut) => this.#mayGoOn(cut),
        jobNow: () => this.#ports.jobNow(this.#path),
        clock,
        steady,
        stop,
        onEvent: (event) => {
          if (event.kind === "began") {
            say(job.name, `session ${event.session} ${event.resumed ? "goes on where it was cut off" : `started (${startedBy})`}`);
            const running = { session: event.session, startedBy, since: new Date(sinceMs).toISOString() };
            began.push(this.#keeper.set({ markMs, running, problem: undefined }).catch((error: unknown) => say(job.name, String(error))));
          }
          this.#ports.onEvent(job.name, event);
        },
      });
    } catch (error) {
      if (!(error instanceof StoreLockedError)) throw error;
      // Somebody runs it by hand: this run waits for its end.
      return this.#problem(error.message);
    } finally {
      await Promise.all(began);
    }
    if (stop.aborted && stop.reason instanceof SessionSuspended && outcome.state.phase.kind !== "ended")
      return say(job.name, `session ${outcome.state.session} is cut off here; it goes on at the next start`);
    await this.#ended(outcome, startedBy, markMs);
  }

  async #ended({ state }: SessionOutcome, startedBy: StartedBy, markMs: number): Promise<void> {
    const { clock, say } = this.#ports;
    const { name, schedule } = this.#file.job;
    const nowMs = clock.now();
    this.#lookedMs = nowMs;
    const result = state.phase.kind === "ended" ? state.phase.result : "failed";
    const reason = state.log.findLast(({ kind }) => kind === "end")?.reason ?? "";
    say(name, `session ${state.session}: ${result}. ${reason}`);
    const next = schedule === undefined ? undefined : nextDueMs(schedule, markMs);
    if (next !== undefined && next <= nowMs)
      say(name, `The run of ${utcMinute(next)} was due while session ${state.session} ran; it is left out.`);
    const following = schedule === undefined ? undefined : nextDueMs(schedule, nowMs);
    this.#said = "";
    await this.#keeper.set({
      markMs: Math.max(nowMs, markMs),
      nextAt: following === undefined ? undefined : new Date(following).toISOString(),
      running: undefined,
      problem: undefined,
      last: { session: state.session, startedBy: state.startedBy ?? startedBy, endedAt: new Date(nowMs).toISOString(), result, reason },
    });
  }

  /** Said once, however often it is met. */
  async #problem(problem: string): Promise<void> {
    if (problem === this.#said) return;
    this.#said = problem;
    this.#ports.say(this.#file.job.name, problem);
    await this.#keeper.set({ problem: problem.slice(0, 8_000) }).catch(() => {});
  }
}
