/** What a message says, whatever its format. In: the report. Out: short texts in which nothing is hidden; each format escapes them in its own way. */
import type { RunReport } from "../../policy/report.ts";
import { actionGroups, coverageProblems, type ActionGroup } from "../report/actions.ts";
import { changesText } from "../report/changes.ts";
import { clipToWidth } from "../report/text-width.ts";
import { verdictOf, type Verdict } from "../report/verdict.ts";
import { visibleName, visibleProse } from "../report/visible.ts";
import { count, formatTime } from "../report/words.ts";

export interface Message {
  readonly tone: Verdict["tone"];
  readonly title: string;
  readonly sentence: string;
  /** What stopped a failed run. */
  readonly problem?: string;
  readonly facts: readonly { readonly label: string; readonly value: string }[];
  readonly groups: readonly MessageGroup[];
  /** What could not be looked at. */
  readonly unseen: readonly string[];
  /** What was left out to keep the message short, in words. */
  readonly rest?: string;
  /** Of the report. */
  readonly link?: string;
}

export interface MessageGroup {
  readonly heading: string;
  readonly advice?: string;
  readonly names: readonly string[];
  /** How many more items there are. */
  readonly more: number;
}

/** How much a message tells. Largest first; the next one is taken when a format's limit would be passed. */
export const DETAILS = [8, 5, 3, 1, 0] as const;
export type Detail = (typeof DETAILS)[number];

const NAME_WIDTH = 100;
const PROSE_WIDTH = 400;

/** A name of this width at most, everything in it visible. */
export const shortName = (text: string): string => clipToWidth(visibleName(text), NAME_WIDTH);
export const shortProse = (text: string): string => clipToWidth(visibleProse(text), PROSE_WIDTH);

/** `link` is the app's address, without a slash at its end. */
export function messageOf(report: RunReport, detail: Detail, link: string | undefined): Message {
  const verdict = verdictOf(report);
  const groups = actionGroups(report);
  const unseen = coverageProblems(report.coverage);
  const left = [leftOut(groups.length - detail, "cause"), leftOut(unseen.length - detail, "gap in what was seen", "gaps in what was seen")];
  const rest = left.filter((text) => text !== "").join(" and ");
  return {
    tone: verdict.tone,
    title: `Reprise: ${verdict.short}`,
    sentence: verdict.sentence,
    ...(report.problem !== undefined && { problem: shortProse(report.problem) }),
    facts: factsOf(report),
    groups: groups.slice(0, detail).map((group) => groupOf(group, detail)),
    unseen: unseen.slice(0, detail).map(({ subject, problem }) => `${shortName(subject)}: ${shortProse(problem)}`),
    ...(rest !== "" && { rest: `${rest} more: see the report.` }),
    ...(link !== undefined && { link: `${link}${reportPath(report.runId)}` }),
  };
}

export function reportPath(runId: string): string {
  return `/api/runs/${runId}/report`;
}

function leftOut(number: number, one: string, many = `${one}s`): string {
  return number > 0 ? `${count(number)} ${number === 1 ? one : many}` : "";
}

function groupOf({ kind, errorCode, advice, reason, items }: ActionGroup, detail: Detail): MessageGroup {
  const what = kind === "act" ? "A person must act" : "Still failing";
  const text = advice ?? reason;
  return {
    heading: errorCode === undefined ? what : `${what}: ${shortName(errorCode)}`,
    ...(text !== undefined && { advice: shortProse(text) }),
    names: items.slice(0, detail).map(({ item, vault }) => `${shortName(item)} (${shortName(vault)})`),
    more: Math.max(0, items.length - detail),
  };
}

function factsOf({ runId, startedAt, endedAt, dryRun, counts, changes }: RunReport): Message["facts"] {
  return [
    { label: "Run", value: dryRun ? `${runId} (dry run)` : runId },
    { label: "Started", value: formatTime(startedAt) },
    { label: "Ended", value: formatTime(endedAt) },
    { label: "Items with a failed backup", value: count(counts.items) },
    { label: "Recovered", value: count(counts.recovered) },
    { label: "Failing", value: count(counts.failing) },
    { label: "Skipped", value: count(counts.skipped) },
    ...(counts.gaps === undefined || counts.gaps === 0 ? [] : [{ label: "Without a recovery point in time", value: count(counts.gaps) }]),
    ...(changes === undefined ? [] : [{ label: "Since the run before", value: changesText(changes) }]),
  ];
}
