/** One protected item: claim it, trigger, wait for the job's end, decide, until it is settled. It never throws: a surprise settles the item too. */
import type { OrchestrationContext } from "durable-functions";
import { decideNext } from "../../policy/decide.ts";
import type { Verdict } from "../../policy/errors.ts";
import type { ItemRef } from "../ledger/keys.ts";
import {
  activity,
  jobEnd,
  nowMs,
  until,
  type AttemptEnd,
  type AttemptInput,
  type ClaimedItem,
  type Following,
  type Settlement,
  type Step,
} from "./steps.ts";

/** More answers than this that only ask to wait, for one attempt: the service is not going to take it in this run. */
const MOST_WAITS = 50;

export function* retryItem(context: OrchestrationContext): Step<Settlement["decision"]> {
  const ref = context.df.getInput<ItemRef>();
  let settlement: Settlement;
  try {
    const claim = yield* activity(context, "claimItem", { ...ref, instanceId: context.df.instanceId });
    if (claim.kind === "settled") return claim.decision;
    settlement =
      claim.kind === "left"
        ? { decision: "skipped", cause: "claimed", reason: claim.reason, attempts: 0, waits: [] }
        : yield* carryOut(context, ref, claim.item);
  } catch (error) {
    settlement = { decision: "failing", reason: `An internal error stopped the retry: ${firstLine(error)}`, attempts: 0, waits: [] };
  }
  try {
    yield* activity(context, "settleItem", { ...ref, settlement });
  } catch {
    // The store is out of reach even after repeats. The report finds no result for the item and says so; the other items go on.
  }
  return settlement.decision;
}

type GivenUp = Pick<Settlement, "decision" | "cause" | "reason" | "verdict">;

type Ending = AttemptEnd | ({ readonly status: "given-up" } & GivenUp);

function* carryOut(context: OrchestrationContext, ref: ItemRef, item: ClaimedItem): Step<Settlement> {
  const instanceId = context.df.instanceId;
  const progress: Progress = { attempts: 0, triggers: 0, answered: new Map(), waits: [], code: item.code };
  let nextMs = item.notBeforeMs;
  let look = item.lookFirst;
  for (;;) {
    if ((yield* until(context, nextMs)) === "cancelled")
      return settle(progress, "cancelled", "The run was cancelled while the item waited.");
    const input: AttemptInput = { ...ref, instanceId, attempt: progress.attempts + 1 };
    const end = yield* attempt(context, input, item, look, progress);
    if (end.status === "Succeeded") return settle(progress, "recovered", recoveredReason(progress));
    if (end.status === "Cancelled") return settle(progress, "failing", "The backup was cancelled by a person; it is not repeated.");
    if (end.status === "running") return settle(progress, "running", "The backup is still running; the next run sees how it ends.");
    if (end.status === "unknown") return settle(progress, "failing", "The backup's end could not be read; look at the vault's jobs.");
    if (end.status === "given-up") {
      if (end.verdict !== undefined) progress.verdict = end.verdict;
      return { ...settle(progress, end.decision, end.reason), ...(end.cause !== undefined && { cause: end.cause }) };
    }
    const { verdict } = end;
    progress.code = verdict.code;
    progress.verdict = verdict;
    const next = decideNext(
      {
        verdict,
        attemptsMade: progress.triggers,
        triesOfCode: progress.answered.get(verdict.code) ?? 0,
        failedAtMs: end.failedAtMs,
        nowMs: nowMs(context),
        jitterSeed: `${item.jitterSeed}/${progress.attempts}`,
      },
      item.bounds,
    );
    if (next.kind === "settle") return settle(progress, next.decision, next.reason);
    progress.waits.push({ attempt: progress.attempts, nextMs: next.atMs, reason: next.reason });
    nextMs = next.atMs;
    look = verdict.kind === "conflict";
  }
}

interface Progress {
  /** Records of attempts, adopted ones included. */
  attempts: number;
  /** Triggers that count against the maximum. */
  triggers: number;
  /** How many triggers answered each code. */
  readonly answered: Map<string, number>;
  readonly waits: { attempt: number; nextMs: number; reason: string }[];
  code: string;
  verdict?: Verdict;
  adopted?: boolean;
}

/** One attempt to its end: a backup that runs already is followed instead of starting another beside it. */
function* attempt(context: OrchestrationContext, input: AttemptInput, item: ClaimedItem, look: boolean, progress: Progress): Step<Ending> {
  const deadlineMs = Math.min(item.bounds.deadlineMs, nowMs(context) + item.jobDeadlineMs);
  const triggered = (look ? yield* adopt(context, input) : undefined) ?? (yield* trigger(context, input, item));
  if (triggered.kind === "ended") {
    if (triggered.sent || triggered.end.status === "Failed") count(progress, input.attempt, triggered.sent);
    return triggered.end;
  }
  progress.adopted = triggered.adopted;
  count(progress, input.attempt, !triggered.adopted);
  const ended = triggered.ended ?? (yield* jobEnd(context, input.attempt, triggered.jobName, deadlineMs));
  if (ended?.cancelled)
    return {
      status: "given-up",
      decision: "running",
      reason: "The run was cancelled; the backup that was started goes on and is left alone.",
    };
  return yield* activity(context, "endAttempt", { ...input, ...(ended && { ended }) });
}

/** An adopted backup or a refusal because another runs uses up a try of its code, but no attempt. */
function count(progress: Progress, attemptNumber: number, isAttempt: boolean): void {
  progress.attempts = attemptNumber;
  if (isAttempt) progress.triggers++;
  progress.answered.set(progress.code, (progress.answered.get(progress.code) ?? 0) + 1);
}

type Triggered = Following | { readonly kind: "ended"; readonly end: Ending; readonly sent: boolean };

/** Triggers and follows the operation until the job is known. */
function* trigger(context: OrchestrationContext, input: AttemptInput, item: ClaimedItem): Step<Triggered> {
  let accepted = false;
  let turnMs: number | undefined;
  for (let waits = 0; waits < MOST_WAITS; waits++) {
    const result = accepted
      ? yield* activity(context, "followOperation", input)
      : yield* activity(context, "trigger", turnMs === undefined ? input : { ...input, turnMs });
    if (result.kind === "following") return result;
    if (result.kind === "failed")
      return {
        kind: "ended",
        sent: accepted || result.verdict.kind !== "conflict",
        end: { status: "Failed", verdict: result.verdict, failedAtMs: result.failedAtMs },
      };
    if (result.kind === "stopped") return givenUp(result, false);
    if (result.kind === "lost") return givenUp({ decision: "failing", reason: result.reason }, true);
    if (result.kind === "accepted") accepted = true;
    else if (result.kind === "wait") turnMs = result.turnMs;
    const untilMs = result.kind === "accepted" ? result.lookMs : result.untilMs;
    if (untilMs > item.bounds.deadlineMs)
      return givenUp(
        {
          decision: "failing",
          reason: `${result.kind === "wait" ? result.reason : "The operation was not done"}; the run's deadline came first, the next run takes it.`,
        },
        accepted,
      );
    // A cancelled run still learns which job its accepted trigger became: the job is listed, not lost.
    if ((yield* until(context, untilMs)) === "cancelled" && !accepted)
      return givenUp({ decision: "cancelled", reason: "The run was cancelled while the trigger waited." }, false);
  }
  return givenUp({ decision: "failing", reason: "The service asked to wait too many times; the next run takes it." }, accepted);
}

function* adopt(context: OrchestrationContext, input: AttemptInput): Step<Triggered | undefined> {
  const found = yield* activity(context, "adopt", input);
  return found.kind === "following" ? found : undefined;
}

function givenUp({ decision, cause, reason, verdict }: GivenUp, sent: boolean): Triggered {
  return {
    kind: "ended",
    sent,
    end: { status: "given-up", decision, ...(cause !== undefined && { cause }), reason, ...(verdict !== undefined && { verdict }) },
  };
}

function settle(progress: Progress, decision: Settlement["decision"], reason: string): Settlement {
  return { decision, reason, attempts: progress.attempts, waits: progress.waits, ...(progress.verdict && { verdict: progress.verdict }) };
}

function recoveredReason(progress: Progress): string {
  if (progress.adopted) return "A backup that was running already was followed; it succeeded.";
  return progress.triggers === 1 ? "The first retry succeeded." : `Retry ${progress.triggers} succeeded.`;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0]?.slice(0, 300) ?? "";
}
