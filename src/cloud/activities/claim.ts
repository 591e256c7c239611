/** An item belongs to one run at a time, also while it waits (C17). The claim expires with the run, so that a run that died blocks nothing for long. */
import type { CloudDependencies } from "../dependencies.ts";
import { hashOf, type ItemRef } from "../ledger/keys.ts";
import type { ClaimedItem } from "../orchestrate/steps.ts";

/** A run settles its last items a little after its deadline. */
const SETTLING_MS = 3_600_000;

export type ClaimResult = { kind: "claimed"; item: ClaimedItem } | { kind: "left"; runId: string; since: "running" | "settled" };

export async function claimItem({ clock, ledger }: CloudDependencies, ref: ItemRef): Promise<ClaimResult> {
  const run = await ledger.run(ref.runId);
  const { candidate, decision, verdict, checkedMs } = await ledger.item(ref);
  if (decision.kind !== "start") throw new Error("An item that is not to be started was handed to an orchestration.");
  const nowMs = clock.now();
  const claim = await ledger.updateClaim(hashOf(candidate.itemKey), (current) => {
    if (current === undefined || current.runId === ref.runId) return { runId: ref.runId, expiresMs: run.deadlineMs + SETTLING_MS };
    if (current.settledMs === undefined ? current.expiresMs > nowMs : current.settledMs >= checkedMs) return undefined;
    return { runId: ref.runId, expiresMs: run.deadlineMs + SETTLING_MS };
  });
  if (claim !== undefined && claim.runId !== ref.runId)
    return { kind: "left", runId: claim.runId, since: claim.settledMs === undefined ? "running" : "settled" };
  return {
    kind: "claimed",
    item: {
      jitterSeed: `${run.startedMs}/${candidate.itemKey}`,
      bounds: { maxAttempts: run.rules.maxAttempts, backoffMaxMs: run.rules.backoffMaxMs, deadlineMs: run.deadlineMs },
      jobDeadlineMs: run.rules.jobDeadlineMs,
      notBeforeMs: decision.notBeforeMs,
      lookFirst: decision.lookFirst,
      code: verdict.code,
    },
  };
}
