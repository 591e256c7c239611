/** Plain JSON for programs: the summary of the run without its decisions, the verdict, what a person must do, and the first items that still fail. */
import type { ItemReport, RunReport } from "../../policy/report.ts";
import { summarize } from "../report/summary.ts";
import { messageOf, reportPath, shortName, shortProse, type Detail } from "./message.ts";

/** What small receivers take in one request. */
export const PLAIN_MOST_BYTES = 60_000;

const ITEMS_PER_DETAIL = 4;

export function plainBody(report: RunReport, detail: Detail, link: string | undefined): string {
  const { tone, title, sentence, groups, unseen, problem } = messageOf(report, detail, link);
  const { decisions: _decisions, ...summary } = summarize(report, { reportPath: `${link ?? ""}${reportPath(report.runId)}` });
  const failing = report.items.filter(({ decision }) => decision === "needs-person" || decision === "failing");
  const items = failing.slice(0, detail * ITEMS_PER_DETAIL).map(itemOf);
  return JSON.stringify({
    ...summary,
    ...(problem !== undefined && { problem }),
    verdict: { tone, title, sentence },
    actions: groups.map(({ heading, advice, names, more }) => ({ heading, ...(advice !== undefined && { advice }), items: names, more })),
    notLookedAt: unseen,
    topItems: items,
    moreItems: failing.length - items.length,
  });
}

function itemOf(item: ItemReport): Readonly<Record<string, unknown>> {
  return {
    item: shortName(item.item),
    vault: shortName(item.vault),
    workload: shortName(item.workload),
    decision: item.decision,
    reason: shortProse(item.reason),
    ...(item.advice !== undefined && { advice: shortProse(item.advice) }),
    errorCode: item.errorCode === undefined ? null : shortName(item.errorCode),
    attempts: item.attempts.filter(({ trigger }) => trigger === "accepted").length,
  };
}
