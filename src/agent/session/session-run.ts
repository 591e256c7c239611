/** One session under way: the loop between decisions and events, and the record of each step. */
import type { AgentJob } from "../../policy/job/job.ts";
import type { SessionDecision, Step } from "../../policy/session/decisions.ts";
import type { SessionEvent } from "../../policy/session/events.ts";
import { advance, startSession } from "../../policy/session/session.ts";
import { resultOf } from "../../policy/session/end.ts";
import type { SessionState } from "../../policy/session/state.ts";
import { LockLostError } from "../repository/machine-lock.ts";
import { taskKey, processTasks } from "./process-tasks.ts";
import { runHook } from "./hooks.ts";
import { SessionSuspended, type SessionOptions, type SessionOutcome } from "./session-options.ts";
import type { TaskReport } from "./run-task.ts";
import { SessionRecorder } from "./session-record.ts";
import { watchSleep, type SleepWatch } from "./sleep-watch.ts";

/** A wait is looked at this often: a timer does not count the time that a machine sleeps, nor a clock that is set. */
const LOOK_MS = 5_000;

export class SessionRun {
  readonly #options: SessionOptions;
  readonly #session: string;
  readonly #recorder: SessionRecorder;
  readonly #reports = new Map<string, TaskReport>();
  readonly #todo: SessionDecision[] = [];
  readonly #sleep: SleepWatch;
  #job: AgentJob;
  #state: SessionState | undefined;
  #runError: Error | undefined;
  /** The command before the backup was carried out, the one after it not yet. */
  #isOpen = false;

  constructor(options: SessionOptions, session: string, steps: number) {
    this.#options = options;
    this.#session = session;
    this.#job = options.job;
    this.#recorder = new SessionRecorder(options.repository, steps);
    this.#sleep = watchSleep({ steady: options.steady, wall: options.clock, onWake: (sleptMs) => this.#woke(sleptMs) });
  }

  /** `before`: the state of a session that was cut off. */
  async carryOut(before: SessionState | undefined): Promise<SessionOutcome> {
    const { clock, startedBy, retriesGiven, only, stop, onEvent } = this.#options;
    onEvent({ kind: "began", session: this.#session, resumed: before !== undefined });
    try {
      if (before === undefined)
        this.#take(
          startSession({
            session: this.#session,
            atMs: clock.now(),
            job: this.#job,
            startedBy,
            ...(retriesGiven !== undefined && { retriesGiven }),
            ...(only !== undefined && { only }),
          }),
        );
      else this.#take(advance(before, { kind: "restarted", atMs: clock.now() }));
      await this.#record();
      for (let decision = this.#todo.shift(); decision !== undefined; decision = this.#todo.shift()) {
        await this.#carryOut(decision);
        if (!stop.aborted || this.#now.phase.kind === "ended") continue;
        await this.#afterStop();
        if (stop.reason instanceof SessionSuspended || stop.reason instanceof LockLostError) break;
        this.#tell({ kind: "stopped", atMs: clock.now(), by: "the user" });
      }
    } finally {
      this.#sleep.stop();
    }
    const error = this.#runError;
    return { state: this.#now, tasks: [...this.#reports.values()], ...(error !== undefined && { runError: error }) };
  }

  get #now(): SessionState {
    if (this.#state === undefined) throw new Error("The session has not begun.");
    return this.#state;
  }

  async #carryOut(decision: SessionDecision): Promise<void> {
    switch (decision.kind) {
      case "run":
      case "continue":
        return this.#run(decision);
      case "close":
        return this.#close();
      case "wait":
        return this.#wait(decision.dueMs);
      case "end":
        return this.#record();
      default:
    }
  }

  async #run({ tasks }: Extract<SessionDecision, { kind: "run" | "continue" }>): Promise<void> {
    const { clock, stop } = this.#options;
    this.#runError = undefined;
    try {
      const hooked = await this.#open();
      await processTasks({
        options: this.#options,
        job: this.#job,
        session: this.#session,
        startedMs: this.#now.startedMs,
        tasks,
        hooked,
        onReport: async (task, report) => {
          this.#reports.set(taskKey(task), report);
          this.#options.onEvent({ kind: "task-ended", report });
          const atMs = clock.now();
          if (report.result === "failed")
            this.#tell({ kind: "task-failed", atMs, task, fault: { code: report.errorCode ?? "FAILED", message: report.error ?? "" } });
          else this.#tell({ kind: "task-succeeded", atMs, task, remarks: report.remarks });
          await this.#record();
        },
      });
    } catch (error) {
      if (stop.aborted) return;
      this.#runError = error instanceof Error ? error : new Error(String(error));
      if (this.#now.phase.kind === "running") this.#tell({ kind: "run-failed", atMs: clock.now(), fault: faultOf(this.#runError) });
      await this.#record();
    }
  }

  /** True when a command was carried out before the backup. */
  async #open(): Promise<boolean> {
    const { before, after } = this.#job.hooks;
    this.#isOpen = before !== undefined || after !== undefined;
    if (before === undefined) return false;
    await this.#hook("before", before, {});
    return true;
  }

  async #close(): Promise<void> {
    const { clock, retention } = this.#options;
    const { hooks, machines, retention: rules } = this.#job;
    const failed = (what: "hook" | "retention", error: unknown): void =>
      this.#tell({ kind: "closing-failed", atMs: clock.now(), what, fault: faultOf(error) });
    this.#isOpen = false;
    if (hooks.after !== undefined)
      await this.#hook("after", hooks.after, { REPRISE_RESULT: resultOf(this.#now) }).catch((error: unknown) => failed("hook", error));
    if (Object.values(rules).some((count) => count !== undefined))
      await retention({
        repository: this.#options.repository,
        rules,
        machines: machines.map(({ name }) => name),
        signal: this.#options.stop,
      }).catch((error: unknown) => failed("retention", error));
    if (this.#options.stop.aborted) return;
    this.#tell({ kind: "closed", atMs: clock.now() });
    await this.#record();
  }

  /** What the command before the backup made (a snapshot, say) is not left over. */
  async #afterStop(): Promise<void> {
    const { after } = this.#job.hooks;
    if (!this.#isOpen || after === undefined) return;
    this.#isOpen = false;
    await this.#hook("after", after, { REPRISE_RESULT: "failed" }, false).catch(() => {});
  }

  async #hook(
    when: "before" | "after",
    hook: { command: readonly string[]; limitMs: number },
    facts: Record<string, string>,
    stops = true,
  ) {
    const { environment, stop, repository } = this.#options;
    await runHook({
      what: `The command ${when} the backup`,
      hook,
      environment,
      facts: {
        REPRISE_HOOK: when,
        REPRISE_SESSION: this.#session,
        REPRISE_JOB: this.#job.name,
        REPRISE_RETRY: String(this.#now.retriesUsed),
        REPRISE_ENCRYPTED: repository.key.encrypts ? "1" : "0",
        ...facts,
      },
      ...(stops && { signal: stop }),
    });
  }

  async #wait(dueMs: number): Promise<void> {
    const { clock, steady, stop, jobNow, power } = this.#options;
    const { phase } = this.#now;
    const sinceMs = phase.kind === "waiting" ? phase.sinceMs : clock.now();
    // A clock that was set back ends the wait too: policy begins it again on the new time.
    while (clock.now() < dueMs && clock.now() >= sinceMs) {
      await steady.sleep(Math.min(LOOK_MS, Math.max(0, dueMs - clock.now())), stop).catch(() => {});
      if (stop.aborted) return;
    }
    const [now, level] = await Promise.all([jobNow(), power().catch(() => undefined)]);
    if (now.valid) this.#job = now.job;
    this.#tell({ kind: "retry-due", atMs: clock.now(), job: now, ...(level !== undefined && { power: level }) });
    await this.#record();
  }

  #tell(event: SessionEvent): void {
    this.#sleep.look();
    this.#take(advance(this.#now, event));
  }

  /** What is under way goes on by itself: nothing is begun twice. */
  #woke(sleptMs: number): void {
    if (this.#state === undefined) return;
    const { state, decisions } = advance(this.#state, { kind: "woke", atMs: this.#options.clock.now(), sleptMs });
    this.#state = state;
    for (const decision of decisions) this.#options.onEvent({ kind: "decision", decision });
  }

  #take({ state, decisions }: Step): void {
    this.#state = state;
    for (const decision of decisions) this.#options.onEvent({ kind: "decision", decision });
    this.#todo.push(...decisions);
  }

  async #record(): Promise<void> {
    const error = await this.#recorder.record(this.#now);
    if (error !== undefined) this.#options.onEvent({ kind: "unrecorded", error });
  }
}

function faultOf(error: unknown): { readonly code: string; readonly message: string } {
  const { message, code } = error instanceof Error ? (error as NodeJS.ErrnoException) : { message: String(error), code: undefined };
  return { code: typeof code === "string" ? code : "FAILED", message };
}
