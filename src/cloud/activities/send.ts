/** The one POST of an attempt, and what its answer is recorded as. In: an intent that this execution has just won. Out: what the item does next. */
import { classify } from "../../policy/catalogue/catalogue.ts";
import type { CloudDependencies } from "../dependencies.ts";
import type { AttemptRecord } from "../ledger/records.ts";
import type { TriggerResult } from "../orchestrate/steps.ts";
import { follow, lookUp, record, verdictOf, type AttemptScene } from "./attempt.ts";
import { triggerAnswered, triggerSent } from "../telemetry/item-facts.ts";
import { giveBackDaySlot } from "./day-slot.ts";
import { tellRefusal } from "./turn.ts";

/** A job shows in the vault's list this long after its trigger at the latest; the pace that the service itself asks for. */
export const LOOK_UP_DELAY_MS = 60_000;
/** An intent that is older is not sent any more: whoever looks the answer up counts on it. */
const SEND_WITHIN_MS = 5_000;

export function lookUpDelayMs(scene: AttemptScene): number {
  return Math.min(LOOK_UP_DELAY_MS, scene.run.rules.pollMs);
}

/** Until then a POST that was intended at `sentMs` may be under way. */
export function answerByMs({ requestTimeoutMs }: CloudDependencies, sentMs: number): number {
  return sentMs + SEND_WITHIN_MS + requestTimeoutMs;
}

export async function send(dependencies: CloudDependencies, scene: AttemptScene, intent: AttemptRecord): Promise<TriggerResult> {
  const { clock, controlPlane, ledger, telemetry } = dependencies;
  const { candidate } = scene.planned;
  /** Refuses once another execution has sent again: what this one has to say is out of date then. */
  const ifCurrent =
    (change: Partial<AttemptRecord>) =>
    (current: AttemptRecord): Partial<AttemptRecord> | undefined =>
      current.sends === intent.sends && current.state === "intended" ? change : undefined;
  const takeBack = async (change: Partial<AttemptRecord>): Promise<void> => {
    if ((await ledger.readAttempt(scene.key))?.sends === intent.sends) await giveBackDaySlot(ledger, scene.key, intent.sentMs);
    await record(dependencies, scene, ifCurrent(change));
  };

  if (clock.now() > intent.sentMs + SEND_WITHIN_MS) {
    await takeBack({ state: "not-sent" });
    return { kind: "wait", untilMs: clock.now(), reason: "The trigger was held up before it was sent" };
  }
  triggerSent(telemetry, intent.sends, intent.expiryAskedMs);
  const answer = await controlPlane.triggerBackup(
    { vault: candidate.vault, itemId: candidate.itemId, properties: intent.properties },
    scene.calls,
  );
  const nowMs = clock.now();
  if (answer.kind !== "refused") triggerAnswered(telemetry, answer);
  switch (answer.kind) {
    case "accepted":
      // True whatever was recorded meanwhile, unless the job itself was found.
      await record(dependencies, scene, ({ jobName }) =>
        jobName === undefined
          ? { state: "accepted", triggeredMs: nowMs, ...(answer.operationUrl !== undefined && { operationUrl: answer.operationUrl }) }
          : undefined,
      );
      return { kind: "accepted", lookMs: nowMs + Math.min(answer.retryAfterMs ?? LOOK_UP_DELAY_MS, scene.run.rules.pollMs) };
    case "throttled":
      await takeBack({ state: "not-sent" });
      if (answer.afterMs !== undefined)
        await dependencies.limits.heldBack(candidate.vault.subscriptionId, "triggers", nowMs + answer.afterMs);
      return { kind: "wait", untilMs: nowMs + (answer.afterMs ?? lookUpDelayMs(scene)), reason: "The service is throttling triggers" };
    case "uncertain":
      await record(dependencies, scene, ifCurrent({ answerByMs: nowMs }));
      await tellRefusal(dependencies, scene, { ...verdictOf(scene, undefined), code: answer.problem.split(":", 1)[0] ?? "" });
      return { kind: "wait", untilMs: nowMs + lookUpDelayMs(scene), reason: `The answer to the trigger was lost (${answer.problem})` };
    case "refused": {
      // The trigger's 404 is about the vault or the protected item, not about the machine that the same code means in a job.
      const verdict = answer.status === 404 ? classify(answer.error, "") : verdictOf(scene, answer.error);
      triggerAnswered(telemetry, answer, verdict.code);
      const found = verdict.kind === "conflict" ? await lookUp(dependencies, scene, intent.sends > 1 ? intent.intentMs : nowMs) : undefined;
      // An earlier POST of this attempt, whose answer was lost, is what this one is in conflict with.
      if (found?.ok && found.ours && intent.sends > 1)
        return follow(dependencies, scene, { jobName: found.ours.name, adopted: false, startMs: found.ours.startMs });
      await takeBack({
        state: "refused",
        verdict,
        endedMs: nowMs,
        ...(answer.error.text !== undefined && { errorText: answer.error.text }),
      });
      await tellRefusal(dependencies, scene, verdict);
      const other = found?.ok ? (found.running ?? found.ours) : undefined;
      if (other) return follow(dependencies, scene, { jobName: other.name, adopted: true, startMs: other.startMs });
      return { kind: "failed", verdict, failedAtMs: nowMs };
    }
  }
}
