/** The gaps of a run for its report: as found, each with what the run did about it where it was retried. */
import { gapReason, type Gap } from "../../policy/gaps.ts";
import type { GapFacts, GapReport, GapsReport, ItemReport } from "../../policy/report.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { DiscoveryRecord } from "../ledger/records.ts";

const iso = (epochMs: number): string => new Date(epochMs).toISOString();

export function gapFacts({ lastPointMs, objectiveMs, objectiveFrom, policyName }: Gap): GapFacts {
  return {
    ...(lastPointMs !== undefined && { lastRecoveryPoint: iso(lastPointMs) }),
    objectiveHours: objectiveMs / 3_600_000,
    objectiveFrom,
    ...(policyName !== undefined && { policy: policyName }),
  };
}

/** Undefined when nothing was discovered, or an earlier version did it. */
export async function gatherGaps(
  ledger: Ledger,
  runId: string,
  discovery: DiscoveryRecord | undefined,
  items: readonly ItemReport[],
): Promise<GapsReport | undefined> {
  if (discovery?.gaps === undefined) return undefined;
  const retried = new Map(items.filter(({ gap }) => gap !== undefined).map((item) => [item.itemId.toLowerCase(), item]));
  const found: GapReport[] = [];
  for (let page = 0; page < discovery.gaps.pages; page++)
    for (const { candidate } of await ledger.gaps.read(runId, discovery.draft, page)) {
      const { gap } = candidate;
      if (gap === undefined) continue;
      const decision = retried.get(candidate.itemKey)?.decision;
      found.push({
        item: candidate.friendlyName,
        itemId: candidate.itemId,
        vault: candidate.vault.name,
        vaultId: candidate.vault.id,
        subscriptionId: candidate.vault.subscriptionId,
        workload: candidate.workload,
        ...gapFacts(gap),
        reason: gapReason(gap),
        ...(decision !== undefined && { decision }),
      });
    }
  // The oldest point first, and before it those that never had one.
  found.sort((a, b) => compare(a.lastRecoveryPoint ?? "", b.lastRecoveryPoint ?? "") || compare(a.itemId, b.itemId));
  return { total: found.length, unknown: discovery.gaps.unknown, items: found };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
