/**
 * Sends the on-demand backup of one attempt, at most once as far as anybody can know (C12): the intent is written first, a lost answer is looked up at
 * the vault before anything is sent again, and the day's limit is kept over all runs (C18). May be executed again at any point, also at the same time:
 * whoever sends has won the attempt's record just before (`sends`), and nobody looks up while that POST may be under way.
 */
import type { Candidate } from "../../policy/candidate.ts";
import { DAY_MS, utcDay } from "../../policy/times.ts";
import type { CloudDependencies } from "../dependencies.ts";
import type { AttemptRecord } from "../ledger/records.ts";
import type { AttemptInput, TriggerResult } from "../orchestrate/steps.ts";
import { findWorkload } from "../workloads/workloads.ts";
import { follow, lookUp, openScene, record, refusedLookUp, verdictOf, type AttemptScene } from "./attempt.ts";
import { giveBackDaySlot, takeDaySlot } from "./day-slot.ts";
import { adopt } from "./follow.ts";
import { curedMeanwhile, lateView } from "./late-view.ts";
import { answerByMs, lookUpDelayMs, LOOK_UP_DELAY_MS, send } from "./send.ts";
import { reasonNotToSend } from "./stop.ts";
import { notYet } from "./turn.ts";

/** So many lists in a row without a job of ours before the POST is repeated. */
const LOOKS_BEFORE_REPEAT = 2;

export async function trigger(dependencies: CloudDependencies, input: AttemptInput): Promise<TriggerResult> {
  const scene = await openScene(dependencies, input);
  const existing = await dependencies.ledger.readAttempt(scene.key);
  switch (existing?.state) {
    case undefined:
      return begin(dependencies, scene);
    case "accepted":
    case "adopted":
      if (existing.jobName !== undefined)
        return follow(dependencies, scene, { jobName: existing.jobName, adopted: existing.state === "adopted" });
      return { kind: "accepted", lookMs: dependencies.clock.now() };
    case "refused":
      return { kind: "failed", verdict: existing.verdict ?? verdictOf(scene, undefined), failedAtMs: existing.endedMs ?? existing.sentMs };
    case "not-sent":
      return sendAgain(dependencies, scene, existing);
    case "intended":
      return settleDoubt(dependencies, scene, existing);
  }
}

async function begin(dependencies: CloudDependencies, scene: AttemptScene): Promise<TriggerResult> {
  const { clock, ledger } = dependencies;
  const { run, planned, key } = scene;
  const workload = findWorkload(planned.candidate.workload);
  if (workload === undefined) throw new Error(`No workload provider for ${planned.candidate.workload}.`);
  const early = await notYet(dependencies, scene);
  if (early !== undefined) return early;
  const view = await lateView(dependencies, scene);
  if (view.running !== undefined) {
    const adopted = await adopt(dependencies, scene.input);
    if (adopted.kind === "following") return adopted;
  }
  const stopped = await mayNotSend(dependencies, scene, view);
  if (stopped !== undefined) return stopped;
  const nowMs = clock.now();
  const expiryAskedMs = nowMs + run.rules.expiryDays * DAY_MS;
  const request = workload.backupRequest({ askedMs: expiryAskedMs });
  const intent: AttemptRecord = {
    itemKey: planned.candidate.itemKey,
    attempt: key.attempt,
    intentMs: nowMs,
    sentMs: nowMs,
    sends: 1,
    answerByMs: answerByMs(dependencies, nowMs),
    expiryAskedMs,
    ...(request.sentExpiryMs !== undefined && { expirySentMs: request.sentExpiryMs }),
    ...(request.note !== undefined && { note: request.note }),
    properties: request.properties,
    state: "intended",
    calls: scene.calls,
  };
  return (await ledger.createAttempt(key, intent)) ? send(dependencies, scene, intent) : anotherSends(dependencies, scene);
}

/** The POST may have been accepted: only the vault knows. */
async function settleDoubt(dependencies: CloudDependencies, scene: AttemptScene, intent: AttemptRecord): Promise<TriggerResult> {
  const { clock, ledger } = dependencies;
  const soonestMs = intent.answerByMs + lookUpDelayMs(scene);
  if (clock.now() < soonestMs) return { kind: "wait", untilMs: soonestMs, reason: "The answer to the trigger was lost" };
  const found = await lookUp(dependencies, scene, intent.intentMs);
  if (!found.ok) {
    await record(dependencies, scene, () => ({}));
    const verdict = refusedLookUp(scene, found.refusal);
    if (verdict !== undefined) return { kind: "failed", verdict, failedAtMs: clock.now() };
    const reason = `The vault's jobs cannot be read (${found.refusal.message})`;
    return { kind: "wait", untilMs: clock.now() + LOOK_UP_DELAY_MS, reason };
  }
  const { ours, running } = found;
  if (ours) return follow(dependencies, scene, { jobName: ours.name, adopted: false, startMs: ours.startMs });
  if (running) {
    await giveBackDaySlot(ledger, scene.key, intent.sentMs);
    return follow(dependencies, scene, { jobName: running.name, adopted: true, startMs: running.startMs });
  }
  // One empty list may be a late one.
  const { emptyLooks = 0 } = intent;
  if (emptyLooks + 1 < LOOKS_BEFORE_REPEAT) {
    await record(dependencies, scene, (current) =>
      current.sends === intent.sends ? { emptyLooks: emptyLooks + 1, answerByMs: clock.now() } : undefined,
    );
    return { kind: "wait", untilMs: clock.now() + lookUpDelayMs(scene), reason: "The answer to the trigger was lost" };
  }
  return sendAgain(dependencies, scene, intent);
}

/** Nothing came of the last POST. The same body goes again, if it may still go, and if nobody else is about to send it. */
async function sendAgain(dependencies: CloudDependencies, scene: AttemptScene, before: AttemptRecord): Promise<TriggerResult> {
  const { clock, ledger } = dependencies;
  const early = await notYet(dependencies, scene);
  if (early?.kind === "wait") return early;
  const stillThere = (current: AttemptRecord): boolean => current.sends === before.sends && current.state === before.state;
  const stopped = early ?? (await mayNotSend(dependencies, scene, await lateView(dependencies, scene)));
  const nowMs = clock.now();
  if (stopped !== undefined) {
    const { changed } = await record(dependencies, scene, (current) => (stillThere(current) ? { state: "not-sent" } : undefined));
    if (changed) await giveBackDaySlot(ledger, scene.key, before.sentMs);
    return stopped;
  }
  if (utcDay(nowMs) !== utcDay(before.sentMs)) await giveBackDaySlot(ledger, scene.key, before.sentMs);
  const { record: intent, changed } = await record(dependencies, scene, (current) =>
    stillThere(current)
      ? { state: "intended", sends: current.sends + 1, emptyLooks: 0, sentMs: nowMs, answerByMs: answerByMs(dependencies, nowMs) }
      : undefined,
  );
  return changed ? send(dependencies, scene, intent) : anotherSends(dependencies, scene);
}

/** The same activity is executed twice at once. */
function anotherSends({ clock }: CloudDependencies, scene: AttemptScene): TriggerResult {
  return { kind: "wait", untilMs: clock.now() + lookUpDelayMs(scene), reason: "Another instance is sending this trigger" };
}

/** Also takes the day's slot when nothing else stands against sending. */
async function mayNotSend(dependencies: CloudDependencies, scene: AttemptScene, view: Candidate): Promise<TriggerResult | undefined> {
  const stopped = (await reasonNotToSend(dependencies, scene)) ?? curedMeanwhile(scene, view);
  if (stopped !== undefined) return stopped;
  const { clock, ledger } = dependencies;
  const nowMs = clock.now();
  const capped = await takeDaySlot(ledger, scene.key, {
    nowMs,
    cap: scene.run.rules.dayCap,
    seenJobs: view.triggeredToday,
  });
  return capped === undefined ? undefined : { kind: "stopped", decision: "failing", reason: capped };
}
