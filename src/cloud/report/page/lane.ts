/**
 * One item's lane: the failed job, then waits, triggers and backups. In: the item, its row and the scale. Out: SVG. Meanings have shapes of their own:
 * hatched bars failed, plain ones succeeded, outlined ones were still running.
 */
import type { AttemptReport, ItemReport, RunReport } from "../../../policy/report.ts";
import { html, type Markup, type Part } from "../markup.ts";
import { clipToWidth } from "../text-width.ts";
import { visibleName } from "../visible.ts";
import { DECISION_LABELS, formatTimeNear } from "../words.ts";
import type { TimeScale } from "./time-scale.ts";

export const LANE_HEIGHT = 22;
export const LABEL_RIGHT = 226;
const LABEL_CELLS = 29;
const BAR_HALF = 5;
const LEAST_BAR = 5;
const MARK = 4;

const BAR_CLASS: Readonly<Record<AttemptReport["status"], string>> = {
  Succeeded: "bar-good",
  Failed: "bar-bad",
  Cancelled: "bar-cut",
  running: "bar-open",
  refused: "bar-bad",
  unknown: "bar-open",
};

export function lane(item: ItemReport, row: number, report: RunReport, scale: TimeScale): Markup {
  const middle = row * LANE_HEIGHT + LANE_HEIGHT / 2;
  const failedX = scale.x(item.failedAt);
  return html`<g transform="translate(0 ${middle})"
    ><title>${described(item, report)}</title
    ><rect class="hit" x="0" y="${-LANE_HEIGHT / 2}" width="${scale.run.right}" height="${LANE_HEIGHT}" />
    <svg class="c-${item.decision}" x="0" y="-6" width="12" height="12"><use href="#s-${item.decision}" /></svg>
    <svg x="20" y="-11" width="${LABEL_RIGHT - 30}" height="22">
      <text class="lane" x="0" y="15">${clipToWidth(visibleName(item.item), LABEL_CELLS)}</text></svg
    >${failedX !== undefined && cross(failedX, "job-failed")}${attempts(item, report, scale)}</g
  > `;
}

function attempts(item: ItemReport, report: RunReport, scale: TimeScale): readonly Part[] {
  const parts: Part[] = [];
  let waitsFrom: string | undefined = report.startedAt;
  for (const attempt of item.attempts) {
    const at = attempt.triggeredAt ?? attempt.endedAt;
    if (at !== undefined) parts.push(wait(waitsFrom, at, scale));
    parts.push(attemptMarks(attempt, report, scale));
    waitsFrom = attempt.endedAt ?? at;
    if (attempt.nextAt === undefined) waitsFrom = undefined;
  }
  const last = item.attempts.at(-1);
  if (last?.nextAt !== undefined) parts.push(wait(waitsFrom, last.nextAt, scale));
  return parts;
}

function wait(from: string | undefined, to: string, scale: TimeScale): Part {
  const start = from === undefined ? undefined : scale.x(from);
  const end = scale.x(to);
  if (start === undefined || end === undefined || end - start < 1) return undefined;
  return html`<path class="wait" d="M${n(start)} 0H${n(end)}" />`;
}

function attemptMarks(attempt: AttemptReport, report: RunReport, scale: TimeScale): Part {
  const at = attempt.triggeredAt ?? attempt.endedAt;
  const x = at === undefined ? undefined : scale.x(at);
  if (x === undefined || attempt.trigger === "none") return undefined;
  if (attempt.trigger === "refused") return html`<path class="refused" d="M${n(x)} -5 ${n(x + 5)} 0 ${n(x)} 5 ${n(x - 5)} 0Z" />`;
  const open = attempt.endedAt === undefined;
  const end = Math.max(x + LEAST_BAR, scale.x(attempt.endedAt ?? report.endedAt) ?? x);
  const status = BAR_CLASS[attempt.status];
  return html`<rect
      class="${status}"
      x="${n(x)}"
      y="${-BAR_HALF}"
      width="${n(end - x)}"
      height="${2 * BAR_HALF}"
    />${trigger(x, attempt.trigger)}${open ? undefined : endMark(end, attempt.status)}`;
}

/** A triangle: filled when the backup is ours, hollow when one that ran already was followed. */
function trigger(x: number, kind: AttemptReport["trigger"]): Markup {
  return html`<path class="${kind === "adopted" ? "adopted" : "trigger"}" d="M${n(x - 3)} -6 ${n(x + 4)} 0 ${n(x - 3)} 6Z" />`;
}

function endMark(x: number, status: AttemptReport["status"]): Part {
  switch (status) {
    case "Succeeded":
      return html`<circle class="end-good" cx="${n(x)}" cy="0" r="${MARK}" />`;
    case "Failed":
      return cross(x, "end-bad");
    case "Cancelled":
      return html`<rect class="end-cut" x="${n(x - MARK)}" y="${-MARK}" width="${2 * MARK}" height="${2 * MARK}" />`;
    default:
      return undefined;
  }
}

function cross(x: number, kind: string): Markup {
  return html`<path class="${kind}" d="M${n(x - MARK)} -4 ${n(x + MARK)} 4M${n(x + MARK)} -4 ${n(x - MARK)} 4" />`;
}

function described(item: ItemReport, report: RunReport): string {
  const parts = [
    `${visibleName(item.item)}: ${DECISION_LABELS[item.decision].toLowerCase()}`,
    `failed ${formatTimeNear(item.failedAt, report.startedAt)}`,
  ];
  for (const { attempt, triggeredAt, endedAt, status } of item.attempts) {
    const from = triggeredAt === undefined ? "" : ` ${formatTimeNear(triggeredAt, report.startedAt)}`;
    const to = endedAt === undefined ? "" : ` to ${formatTimeNear(endedAt, report.startedAt)}`;
    parts.push(`attempt ${attempt}${from}${to} ${status.toLowerCase()}`);
  }
  return parts.join("; ");
}

function n(value: number): string {
  return value.toFixed(1);
}
