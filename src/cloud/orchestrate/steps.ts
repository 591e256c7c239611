/**
 * The steps that orchestrators are made of, typed by one map of activities: each step yields one durable task. In: a context and a step's input.
 * Out: the step's result. No clock, no randomness, no I/O: everything here is replayed.
 */
import { RetryOptions, type OrchestrationContext, type Task } from "durable-functions";
import type { RunCounts } from "../../policy/report.ts";
import type { Decision, SkipCause } from "../../policy/run.ts";
import type { Verdict } from "../../policy/errors.ts";
import type { RetryBounds } from "../../policy/decide.ts";
import type { ItemRef } from "../ledger/keys.ts";
import { activities, events } from "./names.ts";

/** What an item's orchestration has to know; small, because it stands in its history. */
export interface ClaimedItem {
  readonly jitterSeed: string;
  readonly bounds: RetryBounds;
  readonly jobDeadlineMs: number;
  readonly notBeforeMs: number;
  readonly lookFirst: boolean;
  /** The code that the first trigger answers. */
  readonly code: string;
}

export type AttemptInput = ItemRef & {
  readonly attempt: number;
  readonly instanceId: string;
  /** The turn that the caps gave this trigger, when it was asked for before. */
  readonly turnMs?: number;
};

export interface Following {
  readonly kind: "following";
  readonly jobName: string;
  readonly adopted: boolean;
  /** The job's end is on record already: this was done before. */
  readonly ended?: JobEnded;
}

export type TriggerResult =
  /** Accepted: the operation leads to the job; look not before `lookMs`. */
  | { readonly kind: "accepted"; readonly lookMs: number }
  /** The job is known already: found by a look-up, or adopted. */
  | Following
  /** Throttled, not its turn yet, or the answer was lost: ask again at that time, for the same attempt. */
  | { readonly kind: "wait"; readonly untilMs: number; readonly turnMs?: number; readonly reason: string }
  | { readonly kind: "failed"; readonly verdict: Verdict; readonly failedAtMs: number }
  /** Nothing may be sent: the run was cancelled, is over or past its deadline, the day's limit is reached, the item is another run's, its vault takes none. */
  | {
      readonly kind: "stopped";
      readonly decision: Decision;
      readonly cause?: SkipCause;
      readonly reason: string;
      readonly verdict?: Verdict;
    };

export type OperationResult =
  | Following
  | { readonly kind: "wait"; readonly untilMs: number; readonly turnMs?: never; readonly reason: string }
  | { readonly kind: "failed"; readonly verdict: Verdict; readonly failedAtMs: number }
  | { readonly kind: "lost"; readonly reason: string };

export interface JobEnded {
  readonly jobName: string;
  readonly status: string;
  readonly endMs?: number;
  /** The run was cancelled: stop waiting, leave the job alone. */
  readonly cancelled?: boolean;
}

export type AttemptEnd =
  | { readonly status: "Succeeded" }
  | { readonly status: "Cancelled" }
  | { readonly status: "running" }
  | { readonly status: "unknown" }
  | { readonly status: "Failed"; readonly verdict: Verdict; readonly failedAtMs: number };

export interface Settlement {
  readonly decision: Decision;
  readonly cause?: SkipCause;
  readonly reason: string;
  /** Records of attempts made: 1 to this number. */
  readonly attempts: number;
  readonly verdict?: Verdict;
  /** The waits between attempts, for the report. */
  readonly waits: readonly { readonly attempt: number; readonly nextMs: number; readonly reason: string }[];
}

export interface ActivityMap {
  find: { input: { runId: string }; output: { ok: true; candidatePages: number } | { ok: false; problem: string } };
  plan: { input: { runId: string }; output: { vaults: number } };
  listVaults: { input: { runId: string; from: number; count: number }; output: { vaults: readonly string[] } };
  checkVault: { input: { runId: string; vault: string }; output: { pages: readonly number[]; draft: string } };
  startWatcher: { input: { runId: string; vault: string; pollMs: number }; output: undefined };
  watchVault: { input: { runId: string; vault: string }; output: { done: boolean } };
  closeVault: { input: { runId: string; vault: string }; output: undefined };
  claimItem: {
    input: ItemRef & { readonly instanceId: string };
    output:
      | { kind: "claimed"; item: ClaimedItem }
      | { kind: "left"; reason: string }
      /** By this run, before: the run was started again. */
      | { kind: "settled"; decision: Decision };
  };
  trigger: { input: AttemptInput; output: TriggerResult };
  adopt: { input: AttemptInput; output: Following | { kind: "none" } };
  followOperation: { input: AttemptInput; output: OperationResult };
  endAttempt: { input: AttemptInput & { readonly ended?: JobEnded }; output: AttemptEnd };
  settleItem: { input: ItemRef & { readonly settlement: Settlement }; output: undefined };
  report: { input: { runId: string; problem?: string }; output: { status: "completed" | "failed" | "cancelled"; counts: RunCounts } };
}

export type Step<T> = Generator<Task, T, unknown>;

/** Activities are written to be run again: the host does so three more times when one throws, which is always a surprise (a store out of reach). */
const SURPRISES = (() => {
  const options = new RetryOptions(5_000, 4);
  options.backoffCoefficient = 3;
  return options;
})();

export function* activity<K extends keyof ActivityMap>(
  context: OrchestrationContext,
  name: K,
  input: ActivityMap[K]["input"],
): Step<ActivityMap[K]["output"]> {
  return (yield context.df.callActivityWithRetry(activities[name], SURPRISES, input)) as ActivityMap[K]["output"];
}

/** Waits; `cancelled` when the run was cancelled meanwhile. */
export function* until(context: OrchestrationContext, epochMs: number): Step<"time" | "cancelled"> {
  if (epochMs <= context.df.currentUtcDateTime.getTime()) return "time";
  const timer = context.df.createTimer(new Date(epochMs));
  const cancelled = context.df.waitForExternalEvent(events.cancelled);
  if ((yield context.df.Task.any([cancelled, timer])) !== cancelled) return "time";
  timer.cancel();
  return "cancelled";
}

/** Waits for the end of this attempt's job; undefined at the deadline. Events of other jobs are passed over. */
export function* jobEnd(context: OrchestrationContext, attempt: number, jobName: string, deadlineMs: number): Step<JobEnded | undefined> {
  for (;;) {
    if (deadlineMs <= context.df.currentUtcDateTime.getTime()) return undefined;
    const timer = context.df.createTimer(new Date(deadlineMs));
    const event = context.df.waitForExternalEvent(events.jobEnded(attempt));
    if ((yield context.df.Task.any([event, timer])) !== event) return undefined;
    timer.cancel();
    const ended = event.result as JobEnded | undefined | null;
    if (ended?.cancelled || ended?.jobName === jobName) return ended;
  }
}

export function nowMs(context: OrchestrationContext): number {
  return context.df.currentUtcDateTime.getTime();
}
