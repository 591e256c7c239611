/** A whole run in one sentence, and how it should feel. In: the report. Out: text of this project's own words; a failed run's problem is not in it. */
import type { RunReport } from "../../policy/report.ts";
import { gapsLeft, gapsSentence } from "./gaps.ts";
import { visibleName } from "./visible.ts";
import { count, formatTime, plural } from "./words.ts";

export interface Verdict {
  readonly tone: "good" | "attention" | "bad";
  /** Two or three words. */
  readonly short: string;
  readonly sentence: string;
}

export function verdictOf(report: RunReport): Verdict {
  if (report.status === "failed") {
    return { tone: "bad", short: "Run failed", sentence: "The run failed before it was finished; below is what was known by then." };
  }
  const { counts } = report;
  const left = counts.failing + counts.running + counts.cancelled > 0;
  const gaps = gapsSentence(report);
  const isWell = !left && gaps === "" && report.coverage.complete && report.status !== "cancelled";
  const sentence = sentenceOf(report, left);
  return { tone: isWell ? "good" : "attention", short: shortOf(report, left), sentence: gaps === "" ? sentence : `${sentence} ${gaps}` };
}

function shortOf(report: RunReport, left: boolean): string {
  const { counts } = report;
  if (report.status === "cancelled") return "Cancelled";
  if (counts.needsPerson > 0) return `${count(counts.needsPerson)} ${counts.needsPerson === 1 ? "needs" : "need"} a person`;
  if (left) return counts.failing > 0 ? `${count(counts.failing)} still failing` : "Not finished";
  if (!report.coverage.complete) return "Incomplete view";
  const gaps = gapsLeft(report).length;
  if (gaps > 0) return `${count(gaps)} without a point in time`;
  return counts.items === 0 && filtersOf(report) !== undefined ? "Nothing matched" : "All well";
}

function sentenceOf(report: RunReport, left: boolean): string {
  const { counts, coverage, window } = report;
  if (counts.items === 0) {
    const filters = filtersOf(report);
    const none = `${filters === undefined ? "No backup failed" : `No failed backup matched the filters (${filters})`} between ${formatTime(window.from)} and ${formatTime(window.to)}`;
    const limit = coverage.complete ? "" : ", as far as could be seen: not everything could be looked at";
    return report.status === "cancelled" ? "The run was cancelled before it had found anything." : `${dryPrefix(report)}${none}${limit}.`;
  }
  const cancelled = report.status === "cancelled" ? "The run was cancelled; " : "";
  const body = report.dryRun ? plannedOf(report) : left ? leftOf(report) : doneOf(report);
  const limit = coverage.complete ? "" : " Not everything could be looked at.";
  const sentence = cancelled === "" && !report.dryRun ? body : `${cancelled}${dryPrefix(report)}${body}`;
  return `${sentence}.${limit}`;
}

/** What the request asked for, so that a name with a typo does not read like good health. */
function filtersOf({ request }: RunReport): string | undefined {
  const lists = [
    ["subscription", request.subscriptions],
    ["resource group", request.resourceGroups],
    ["vault", request.vaults],
    ["item", request.items],
    ["tag", request.tags && Object.entries(request.tags).map(([name, value]) => `${name}=${value}`)],
    ["workload", request.workloads],
    ["management group", request.managementGroup === undefined ? undefined : [request.managementGroup]],
  ] as const;
  const parts = lists.flatMap(([word, values]) =>
    values === undefined ? [] : `${word} ${values.slice(0, 3).map(visibleName).join(", ")}${values.length > 3 ? ", …" : ""}`,
  );
  return parts.length === 0 ? undefined : parts.join("; ");
}

function dryPrefix(report: RunReport): string {
  return report.dryRun ? "Dry run, nothing was sent: " : "";
}

function plannedOf({ counts }: RunReport): string {
  const parts = [`${count(counts.planned)} of ${plural(counts.items, "item")} would be backed up again`];
  const others = counts.failing - counts.needsPerson;
  if (counts.needsPerson > 0) parts.push(`${count(counts.needsPerson)} ${counts.needsPerson === 1 ? "needs" : "need"} a person first`);
  if (others > 0) parts.push(`${count(others)} would be left failing`);
  if (counts.skipped > 0) parts.push(`${count(counts.skipped)} would be skipped`);
  return parts.join("; ");
}

function leftOf({ counts }: RunReport): string {
  const parts: string[] = [];
  if (counts.failing > 0) {
    const person =
      counts.needsPerson === 0
        ? ""
        : counts.needsPerson === counts.failing
          ? " until a person acts"
          : `, ${count(counts.needsPerson)} of them until a person acts`;
    parts.push(`${count(counts.failing)} of ${plural(counts.items, "item")} still ${counts.failing === 1 ? "fails" : "fail"}${person}`);
  }
  if (counts.running > 0) parts.push(`${plural(counts.running, "backup")} still ${counts.running === 1 ? "runs" : "run"}`);
  if (counts.cancelled > 0) parts.push(`${plural(counts.cancelled, "item")} ${counts.cancelled === 1 ? "was" : "were"} cancelled`);
  if (counts.recovered > 0) parts.push(`${count(counts.recovered)} recovered`);
  return parts.join("; ");
}

function doneOf({ counts, items }: RunReport): string {
  // With gaps among them not all had failed.
  const isMixed = items.some(({ gap, failedJobs }) => gap !== undefined && failedJobs === 0);
  const had = isMixed ? "" : " that had failed";
  if (counts.recovered === counts.items) {
    return counts.items === 1
      ? `The one item${had} has a good backup again`
      : `All ${count(counts.items)} items${had} have a good backup again`;
  }
  if (counts.recovered === 0)
    return `${plural(counts.items, "item")} had failed${isMixed ? " or lacked a recovery point" : ""}; none of them was for this run to retry`;
  return `${count(counts.recovered)} of ${plural(counts.items, "item")} recovered, ${count(counts.skipped)} ${counts.skipped === 1 ? "was" : "were"} skipped; nothing that was retried still fails`;
}
