/**
 * Sends the on-demand backup of one attempt, at most once as far as anybody can know (C12): the intent is written first, a lost answer is looked up at
 * the vault before anything is sent again, and the day's limit is kept over all runs (C18). May be run again at any point after a crash.
 */
import { dayCapReason } from "../../policy/plan.ts";
import { DAY_MS, startOfUtcDayMs, utcDay } from "../../policy/times.ts";
import type { CloudDependencies } from "../dependencies.ts";
import type { AttemptRecord } from "../ledger/records.ts";
import type { AttemptInput, TriggerResult } from "../orchestrate/steps.ts";
import { findWorkload } from "../workloads/workloads.ts";
import { follow, lookUp, openScene, record, verdictOf, type AttemptScene } from "./attempt.ts";

/** A job shows in the vault's list this long after its trigger at the latest; the pace that the service itself asks for. */
const LOOK_UP_DELAY_MS = 60_000;

export async function trigger(dependencies: CloudDependencies, input: AttemptInput): Promise<TriggerResult> {
  const scene = await openScene(dependencies, input);
  const existing = await dependencies.ledger.readAttempt(scene.key);
  switch (existing?.state) {
    case undefined:
      return begin(dependencies, scene);
    case "accepted":
    case "adopted":
      if (existing.jobName !== undefined) return follow(dependencies, scene, existing.jobName, { adopted: existing.state === "adopted" });
      return { kind: "accepted", lookMs: dependencies.clock.now() };
    case "refused":
      return { kind: "failed", verdict: existing.verdict ?? verdictOf(scene, undefined), failedAtMs: existing.endedMs ?? existing.sentMs };
    case "not-sent":
      if (await dependencies.ledger.isCancelled(input.runId)) return { kind: "cancelled" };
      return post(dependencies, scene, await record(dependencies, scene, { state: "intended", sentMs: dependencies.clock.now() }));
    case "intended":
      return settleDoubt(dependencies, scene, existing);
  }
}

async function begin(dependencies: CloudDependencies, scene: AttemptScene): Promise<TriggerResult> {
  const { clock, ledger } = dependencies;
  const { run, planned, key } = scene;
  const workload = findWorkload(planned.candidate.workload);
  if (workload === undefined) throw new Error(`No workload provider for ${planned.candidate.workload}.`);
  if (await ledger.isCancelled(key.runId)) return { kind: "cancelled" };
  const nowMs = clock.now();
  const capped = await takeDaySlot(dependencies, scene, nowMs);
  if (capped !== undefined) return { kind: "capped", reason: capped };
  const expiryAskedMs = nowMs + run.rules.expiryDays * DAY_MS;
  const request = workload.backupRequest({ askedMs: expiryAskedMs });
  const intent: AttemptRecord = {
    itemKey: planned.candidate.itemKey,
    attempt: key.attempt,
    intentMs: nowMs,
    sentMs: nowMs,
    expiryAskedMs,
    ...(request.sentExpiryMs !== undefined && { expirySentMs: request.sentExpiryMs }),
    ...(request.note !== undefined && { note: request.note }),
    properties: request.properties,
    state: "intended",
    calls: scene.calls,
  };
  if (await ledger.createAttempt(key, intent)) return post(dependencies, scene, intent);
  // The same activity runs twice at once: the other one is about to send.
  return { kind: "wait", untilMs: nowMs + LOOK_UP_DELAY_MS, reason: "Another instance is sending this trigger" };
}

async function post(dependencies: CloudDependencies, scene: AttemptScene, intent: AttemptRecord): Promise<TriggerResult> {
  const { clock, controlPlane } = dependencies;
  const { candidate } = scene.planned;
  const answer = await controlPlane.triggerBackup(
    { vault: candidate.vault, itemId: candidate.itemId, properties: intent.properties },
    scene.calls,
  );
  const nowMs = clock.now();
  switch (answer.kind) {
    case "accepted":
      await record(dependencies, scene, { state: "accepted", operationUrl: answer.operationUrl, triggeredMs: nowMs });
      return { kind: "accepted", lookMs: nowMs + Math.min(answer.retryAfterMs ?? LOOK_UP_DELAY_MS, scene.run.rules.pollMs) };
    case "throttled":
      await record(dependencies, scene, { state: "not-sent" });
      return { kind: "wait", untilMs: nowMs + (answer.afterMs ?? LOOK_UP_DELAY_MS), reason: "The service is throttling triggers" };
    case "uncertain":
      await record(dependencies, scene, {});
      return { kind: "wait", untilMs: nowMs + lookUpDelayMs(scene), reason: `The answer to the trigger was lost (${answer.problem})` };
    case "refused": {
      const verdict = verdictOf(scene, answer.error);
      await record(dependencies, scene, {
        state: "refused",
        verdict,
        endedMs: nowMs,
        ...(answer.error.text !== undefined && { errorText: answer.error.text }),
      });
      await giveBackDaySlot(dependencies, scene, intent);
      if (verdict.kind === "conflict") {
        const found = await lookUp(dependencies, scene, nowMs);
        if (found.kind === "ours" || found.kind === "other")
          return follow(dependencies, scene, found.job.name, { adopted: true, startMs: found.job.startMs });
      }
      return { kind: "failed", verdict, failedAtMs: nowMs };
    }
  }
}

/** The POST may have been accepted: only the vault knows. */
async function settleDoubt(dependencies: CloudDependencies, scene: AttemptScene, intent: AttemptRecord): Promise<TriggerResult> {
  const { clock, ledger } = dependencies;
  const soonestMs = intent.sentMs + lookUpDelayMs(scene);
  if (clock.now() < soonestMs) return { kind: "wait", untilMs: soonestMs, reason: "The answer to the trigger was lost" };
  const found = await lookUp(dependencies, scene, intent.intentMs);
  switch (found.kind) {
    case "ours":
      return follow(dependencies, scene, found.job.name, { adopted: false, startMs: found.job.startMs });
    case "other":
      await giveBackDaySlot(dependencies, scene, intent);
      return follow(dependencies, scene, found.job.name, { adopted: true, startMs: found.job.startMs });
    case "refused": {
      await record(dependencies, scene, {});
      if (found.refusal.kind === "unreachable")
        return {
          kind: "wait",
          untilMs: clock.now() + LOOK_UP_DELAY_MS,
          reason: `The vault's jobs cannot be read (${found.refusal.message})`,
        };
      return {
        kind: "failed",
        verdict: verdictOf(scene, {
          symbol: found.refusal.code ?? (found.refusal.kind === "gone" ? "ResourceNotFound" : "AuthorizationFailed"),
          text: found.refusal.message,
        }),
        failedAtMs: clock.now(),
      };
    }
    case "none":
      if (await ledger.isCancelled(scene.key.runId)) return { kind: "cancelled" };
      return post(dependencies, scene, await record(dependencies, scene, { sentMs: clock.now() }));
  }
}

function lookUpDelayMs(scene: AttemptScene): number {
  return Math.min(LOOK_UP_DELAY_MS, scene.run.rules.pollMs);
}

/** Takes one of the day's on-demand backups; the reason when none is left. Repeating it for the same attempt takes nothing more. */
async function takeDaySlot({ ledger }: CloudDependencies, scene: AttemptScene, nowMs: number): Promise<string | undefined> {
  const { runId, attempt, item } = scene.key;
  const { candidate, checkedMs } = scene.planned;
  const cap = scene.run.rules.dayCap;
  const seenNow = utcDay(checkedMs) === utcDay(nowMs) ? candidate.triggeredToday : [];
  let made = 0;
  let taken = false;
  await ledger.updateDay(utcDay(nowMs), item, (current) => {
    const seenJobs = [...new Set([...(current?.seenJobs ?? []), ...seenNow].map((name) => name.toLowerCase()))];
    const triggers = current?.triggers ?? [];
    taken = triggers.some((trigger) => trigger.runId === runId && trigger.attempt === attempt);
    if (taken) return undefined;
    made = seenJobs.length + triggers.filter(({ jobName }) => jobName === undefined || !seenJobs.includes(jobName.toLowerCase())).length;
    if (made >= cap) return undefined;
    taken = true;
    return { seenJobs, triggers: [...triggers, { runId, attempt }] };
  });
  return taken ? undefined : dayCapReason(made, cap, startOfUtcDayMs(nowMs));
}

async function giveBackDaySlot({ ledger }: CloudDependencies, scene: AttemptScene, intent: AttemptRecord): Promise<void> {
  const { runId, attempt, item } = scene.key;
  await ledger.updateDay(
    utcDay(intent.intentMs),
    item,
    (current) =>
      current && { ...current, triggers: current.triggers.filter((trigger) => trigger.runId !== runId || trigger.attempt !== attempt) },
  );
}
