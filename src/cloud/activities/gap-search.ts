/**
 * Looks through the state of every protected item for gaps (F4). In: item and policy rows as they come, and what the jobs said. Out: the items with a gap
 * as candidates, apart from those with a failed job, which are in the run already.
 */
import type { Candidate, CandidateFold } from "../../policy/candidate.ts";
import { findGap, gapAsFailure, objectiveOf } from "../../policy/gaps.ts";
import { isProtected } from "../../policy/plan.ts";
import type { RunRecord } from "../../policy/run.ts";
import { matchesAny } from "../../policy/scope.ts";
import type { ItemState, PolicyState } from "../control-plane.ts";
import { parseItemId } from "../discover/ids.ts";

export interface GapSearch {
  item(state: ItemState): void;
  policy(state: PolicyState): void;
  /** Once all rows were handed in: policies come after items. */
  result(): FoundGaps;
}

export interface FoundGaps {
  readonly gaps: readonly { readonly candidate: Candidate; readonly state: ItemState }[];
  /** Items of which no row tells when they got their last point. */
  readonly unknown: readonly Candidate[];
}

export function createGapSearch(run: RunRecord, fold: CandidateFold, withFailedJob: ReadonlySet<string>): GapSearch {
  const { rules, startedMs } = run;
  const states: ItemState[] = [];
  const intervals = new Map<string, number>();
  const policyKey = (vaultId: string, name: string): string => `${vaultId}/${name}`.toLowerCase();
  return {
    item(state) {
      if (withFailedJob.has(state.itemId.toLowerCase()) || !isProtected(state)) return;
      if (matchesAny(rules.excludeVaults, state.vault.name, state.vault.id)) return;
      if (matchesAny(rules.excludeItems, state.friendlyName, nameOf(state), state.itemId)) return;
      states.push(state);
    },
    policy({ vaultId, name, intervalMs }) {
      if (intervalMs !== undefined) intervals.set(policyKey(vaultId, name), intervalMs);
    },
    result() {
      const gaps: FoundGaps["gaps"][number][] = [];
      const unknown: Candidate[] = [];
      for (const state of states) {
        const { policyName } = state;
        const jobs = fold.jobsOf(state.itemId.toLowerCase());
        const intervalMs = policyName === undefined ? undefined : intervals.get(policyKey(state.vault.id, policyName));
        const objective = objectiveOf(intervalMs, rules.gapObjectiveMs);
        const gap = findGap({
          lastPointMs: state.lastRecoveryPointMs,
          tellsPoints: state.vault.kind === "RecoveryServices",
          successes: jobs?.successes ?? [],
          objective,
          ...(policyName !== undefined && { policyName }),
          nowMs: startedMs,
        });
        if (gap === "in-time") continue;
        const failed = gapAsFailure({ cutoffMs: startedMs - objective.ms });
        const candidate: Candidate = {
          itemKey: state.itemId.toLowerCase(),
          itemId: state.itemId,
          itemName: nameOf(state),
          friendlyName: state.friendlyName,
          vault: state.vault,
          workload: state.workload,
          failedJobs: 0,
          failed,
          newest: jobs?.newest ?? failed,
          ...(jobs?.running && { running: jobs.running }),
          successes: jobs?.successes ?? [],
          triggeredToday: jobs?.triggeredToday ?? [],
          ...(gap !== "unknown" && { gap }),
        };
        if (gap === "unknown") unknown.push(candidate);
        else gaps.push({ candidate, state });
      }
      return { gaps, unknown };
    },
  };
}

function nameOf({ itemId, friendlyName }: ItemState): string {
  return parseItemId(itemId)?.name ?? friendlyName;
}
