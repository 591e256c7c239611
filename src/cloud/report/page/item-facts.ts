/** What the row of an item says, in words. In: the item and its report. Out: text, and numbers. */
import type { ItemReport, RunReport } from "../../../policy/report.ts";
import { openFor } from "../changes.ts";
import { between, count, formatDuration, formatTimeNear } from "../words.ts";
import { changeOf } from "./facets.ts";

export function triesOf(item: ItemReport): number {
  return item.attempts.filter(({ trigger }) => trigger !== "none").length;
}

/** `Failed twice, last 07:10. Last recovery point 30 h old. Failing for 4 runs, 3 d.` */
export function historyOf(item: ItemReport, report: RunReport): string {
  const age = item.decision === "recovered" || item.cause === "cured" ? undefined : between(item.lastRecoveryPoint, report.endedAt);
  const point = age === undefined ? "" : ` Last recovery point ${formatDuration(age)} old.`;
  return `${failedText(item, report)}.${point}${changeText(item, report)}`;
}

function failedText(item: ItemReport, report: RunReport): string {
  if (item.gap !== undefined && item.failedJobs === 0) return "No job of it failed in the window";
  const failed = item.failedJobs === 1 ? "Failed" : `Failed ${count(item.failedJobs)} times, last`;
  return `${failed} ${formatTimeNear(item.failedAt, report.startedAt)}`;
}

function changeText(item: ItemReport, report: RunReport): string {
  const open = openFor(item, report.endedAt);
  if (open !== "") return ` ${open.replace("failing", "Failing")}.`;
  return changeOf(item, report) === 1 ? " New since the run before." : "";
}
