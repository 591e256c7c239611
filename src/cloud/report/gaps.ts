/** Protected items that still lack a recovery point after a run. In: the report. Out: plain data and words; texts of items are as they came. */
import type { GapReport, RunReport } from "../../policy/report.ts";
import { plural } from "./words.ts";

/** Without those that the run itself has given a point. */
export function gapsLeft({ gaps }: RunReport): readonly GapReport[] {
  return (gaps?.items ?? []).filter(({ decision }) => decision !== "recovered");
}

/** `3 protected items have no recovery point in time, although no backup of them failed.`; empty when there is none. */
export function gapsSentence(report: RunReport): string {
  const left = gapsLeft(report).length;
  if (left === 0) return "";
  return left === 1
    ? "1 protected item has no recovery point in time, although no backup of it failed."
    : `${plural(left, "protected item")} have no recovery point in time, although no backup of them failed.`;
}
