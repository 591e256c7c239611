/** Asked before anything else of a trigger: have the caps of the subscription and the vault room for it, and does the vault take any (C14)? */
import type { Verdict } from "../../policy/errors.ts";
import type { CloudDependencies } from "../dependencies.ts";
import type { LimitedVault } from "../limits/limits.ts";
import type { TriggerResult } from "../orchestrate/steps.ts";
import type { AttemptScene } from "./attempt.ts";

/** Undefined: go on, the turn is taken. */
export async function notYet({ limits }: CloudDependencies, scene: AttemptScene): Promise<TriggerResult | undefined> {
  const turn = await limits.triggerTurn(limitedVault(scene), scene.input.turnMs);
  switch (turn.kind) {
    case "go":
      return undefined;
    case "wait":
      return turn;
    case "stop":
      return { kind: "stopped", decision: "needs-person", reason: turn.reason, verdict: turn.verdict };
  }
}

/** A refusal because another backup of the item runs says nothing about the vault. */
export async function tellRefusal({ limits }: CloudDependencies, scene: AttemptScene, verdict: Verdict): Promise<void> {
  if (verdict.kind !== "conflict" && verdict.kind !== "throttled")
    await limits.triggerEnded(limitedVault(scene), { passed: false, verdict });
}

export async function tellAccepted({ limits }: CloudDependencies, scene: AttemptScene): Promise<void> {
  await limits.triggerEnded(limitedVault(scene), { passed: true });
}

export function limitedVault({ key, planned }: AttemptScene): LimitedVault {
  return { subscriptionId: planned.candidate.vault.subscriptionId, vault: key.vault };
}
