/** Plays a session event by event, at times of its own, and remembers every decision. */
import type { TaskId } from "../../src/policy/job/job.ts";
import type { SessionDecision, Step } from "../../src/policy/session/decisions.ts";
import type { JobNow, Power, SessionEvent } from "../../src/policy/session/events.ts";
import { advance, startSession } from "../../src/policy/session/session.ts";
import type { SessionStart } from "../../src/policy/session/start.ts";
import type { SessionState } from "../../src/policy/session/state.ts";
import { agentJob } from "./agent-jobs.ts";

export const START_MS = Date.parse("2026-11-20T22:00:00Z");
export const MINUTE = 60_000;
export const M1: TaskId = { machine: "m1", disk: "data" };
export const M2: TaskId = { machine: "m2", disk: "data" };
export const NO_ANSWER = { code: "ETIMEDOUT", message: "no answer" };
export const NO_SPACE = { code: "ENOSPC", message: "no space left" };

export class Play {
  state: SessionState;
  nowMs = START_MS;
  readonly decisions: SessionDecision[] = [];

  constructor(start: Partial<SessionStart> = {}) {
    this.state = this.#take(startSession({ session: "s1", atMs: START_MS, job: agentJob(), startedBy: "schedule", ...start }));
  }

  after(ms: number): this {
    this.nowMs += ms;
    return this;
  }

  send(event: SessionEvent): this {
    this.state = this.#take(advance(this.state, event));
    return this;
  }

  ok(task: TaskId, ...remarks: string[]): this {
    return this.send({ kind: "task-succeeded", atMs: this.nowMs, task, remarks });
  }

  fail(task: TaskId, fault = NO_SPACE): this {
    return this.send({ kind: "task-failed", atMs: this.nowMs, task, fault });
  }

  lose(task: TaskId): this {
    return this.send({ kind: "connection-lost", atMs: this.nowMs, task, fault: NO_ANSWER });
  }

  acknowledge(task: TaskId): this {
    return this.send({ kind: "block-acknowledged", atMs: this.nowMs, task });
  }

  closed(): this {
    return this.send({ kind: "closed", atMs: this.nowMs });
  }

  /** Waits until the retry is due, and says so. */
  due(job: JobNow = { valid: true, job: agentJob() }, power?: Power): this {
    if (this.state.phase.kind === "waiting") this.nowMs = this.state.phase.dueMs;
    return this.send({ kind: "retry-due", atMs: this.nowMs, job, ...(power && { power }) });
  }

  get last(): SessionDecision | undefined {
    return this.decisions.at(-1);
  }

  of<Kind extends SessionDecision["kind"]>(kind: Kind): Extract<SessionDecision, { kind: Kind }>[] {
    return this.decisions.filter((decision): decision is Extract<SessionDecision, { kind: Kind }> => decision.kind === kind);
  }

  /** The record as it would be read back. */
  #take({ state, decisions }: Step): SessionState {
    this.decisions.push(...decisions);
    return JSON.parse(JSON.stringify(state)) as SessionState;
  }
}
