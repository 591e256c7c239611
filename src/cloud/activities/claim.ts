/**
 * An item belongs to one run at a time, also while it waits (C17). The claim expires with the run, so that a run that died blocks nothing for long; a
 * run whose claim has gone to another sends nothing more.
 */
import type { RunRecord } from "../../policy/run.ts";
import type { CloudDependencies } from "../dependencies.ts";
import { hashOf, type ItemRef } from "../ledger/keys.ts";
import type { ClaimRecord, PlannedItem } from "../ledger/records.ts";
import type { ActivityMap } from "../orchestrate/steps.ts";

/** A run settles its last items a little after its deadline. */
export const SETTLING_MS = 3_600_000;

export type ClaimResult = ActivityMap["claimItem"]["output"];

export async function claimItem({ clock, ledger }: CloudDependencies, ref: ItemRef): Promise<ClaimResult> {
  const run = await ledger.run(ref.runId);
  const { candidate, decision, verdict, checkedMs } = await ledger.item(ref);
  if (decision.kind !== "start") throw new Error("An item that is not to be started was handed to an orchestration.");
  const item = hashOf(candidate.itemKey);
  const nowMs = clock.now();
  const claim = await ledger.updateClaim(item, (current) => {
    const ours: ClaimRecord = { runId: ref.runId, expiresMs: run.deadlineMs + SETTLING_MS };
    if (current === undefined) return ours;
    // Once settled it stays so, whoever comes late: a claim that is opened again would keep later runs away.
    if (current.runId === ref.runId) return current.settledMs === undefined ? ours : undefined;
    return (current.settledMs === undefined ? current.expiresMs > nowMs : current.settledMs >= checkedMs) ? undefined : ours;
  });
  if (claim !== undefined && claim.runId !== ref.runId) return { kind: "left", reason: leftReason(claim) };
  if (claim?.settledMs !== undefined) {
    const result = await ledger.readResult(ref.runId, ref.vault, item);
    if (result !== undefined) return { kind: "settled", decision: result.decision };
  }
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

/** What another run is retrying right now is left to it, and its name is the reason: its running backup, or the day's limit that it used up, is not. */
export async function leftToOther({ clock, ledger }: CloudDependencies, run: RunRecord, planned: PlannedItem): Promise<PlannedItem> {
  const { decision, candidate } = planned;
  if (decision.kind === "start" || (decision.kind === "skip" && decision.cause !== "running")) return planned;
  const claim = await ledger.readClaim(hashOf(candidate.itemKey));
  if (claim === undefined || claim.runId === run.runId || claim.settledMs !== undefined || claim.expiresMs <= clock.now()) return planned;
  return { ...planned, decision: { kind: "skip", cause: "claimed", reason: leftReason(claim) } };
}

export function leftReason({ runId, settledMs }: ClaimRecord): string {
  return `Left alone: the run ${runId} ${settledMs === undefined ? "is retrying it" : "dealt with it after this run had begun"}.`;
}
