/** What an ended run leaves for people, taken from its report: one sentence, what is to be done, and what could not be seen. Texts are as they came. */
import type { RunReport } from "../../policy/report.ts";
import { actionGroups, coverageProblems, headingOf } from "../report/actions.ts";
import { changesText } from "../report/changes.ts";
import { gapsLeft } from "../report/gaps.ts";
import { verdictOf, type Verdict } from "../report/verdict.ts";

/** Of each list only so many entries are shown; the report has all. */
const MOST_SHOWN = 50;

export interface ActionView {
  /** `act`: something must be done; `watch`: it still fails, and nothing is known that a person could do. */
  readonly kind: "act" | "watch";
  /** What happened, in one sentence. */
  readonly heading: string;
  readonly errorCode?: string;
  readonly advice?: string;
  readonly reason?: string;
  readonly itemCount: number;
  /** At most 50. */
  readonly items: readonly { readonly item: string; readonly vault: string }[];
}

export interface OutcomeView {
  readonly verdict: Verdict;
  /** At most 50, the pressing ones first; `actionCount` counts all. */
  readonly actions: readonly ActionView[];
  readonly actionCount: number;
  readonly notSeen: readonly { readonly subject: string; readonly problem: string }[];
  readonly notSeenCount: number;
  /** Protected items without a recovery point in time, whose backups did not fail; at most 50. */
  readonly gaps: readonly { readonly item: string; readonly vault: string; readonly reason: string }[];
  readonly gapCount: number;
  /** Since the run before, in words. */
  readonly changes?: string;
}

export function outcomeView(report: RunReport): OutcomeView {
  const groups = actionGroups(report);
  const notSeen = coverageProblems(report.coverage);
  const gaps = gapsLeft(report);
  return {
    verdict: verdictOf(report),
    actions: groups.slice(0, MOST_SHOWN).map(({ items, ...group }) => ({
      ...group,
      heading: headingOf(group),
      itemCount: items.length,
      items: items.slice(0, MOST_SHOWN).map(({ item, vault }) => ({ item, vault })),
    })),
    actionCount: groups.length,
    notSeen: notSeen.slice(0, MOST_SHOWN).map(({ subject, problem }) => ({ subject, problem })),
    notSeenCount: notSeen.length,
    gaps: gaps.slice(0, MOST_SHOWN).map(({ item, vault, reason }) => ({ item, vault, reason })),
    gapCount: gaps.length,
    ...(report.changes && { changes: changesText(report.changes) }),
  };
}
