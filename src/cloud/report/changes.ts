/** What changed since the run before, in words. In: the report. Out: text; names are as they came. */
import type { ChangeReport, ItemReport } from "../../policy/report.ts";
import { between, count, formatDuration, plural } from "./words.ts";

/** `Since the run before (20 Nov …): 2 newly failing, 5 still failing, 11 recovered.`, without the time. */
export function changesText({ newlyFailing, stillFailing, recovered, gone }: ChangeReport): string {
  const parts = [`${count(newlyFailing)} newly failing`, `${count(stillFailing)} still failing`, `${count(recovered)} recovered`];
  if (gone > 0) parts.push(`${count(gone)} without a failed backup any more`);
  return parts.join(", ");
}

/** `failing for 4 runs, 3 d`; empty for what is new or not open. */
export function openFor({ openRuns, openSince }: Pick<ItemReport, "openRuns" | "openSince">, endedAt: string): string {
  if (openRuns === undefined || openRuns < 2) return "";
  const since = between(openSince, endedAt);
  return `failing for ${plural(openRuns, "run")}${since === undefined ? "" : `, ${formatDuration(since)}`}`;
}
