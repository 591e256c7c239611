/** One item's attempts in words. In: the item and the run's start. Out: a list; nothing when there was no attempt. */
import type { AttemptReport, ItemReport } from "../../../policy/report.ts";
import { html, type Markup, type Part } from "../markup.ts";
import { visibleName, visibleProse } from "../visible.ts";
import { between, formatDuration, formatTimeNear } from "../words.ts";

const TRIGGERS: Readonly<Record<AttemptReport["trigger"], string>> = {
  accepted: "backup triggered",
  adopted: "followed a backup that ran already",
  refused: "the service took no backup",
  none: "nothing was sent",
};

const STATUS: Readonly<Record<AttemptReport["status"], string>> = {
  Succeeded: "succeeded",
  Failed: "failed",
  Cancelled: "was cancelled",
  running: "still ran when the run ended",
  refused: "refused",
  unknown: "its end is not known",
};

/** Days that are the same after rounding are no difference: the two times are taken moments apart. */
const SAME_EXPIRY_MS = 60_000;

export function attemptList(item: ItemReport, startedAt: string): Part {
  if (item.attempts.length === 0) return undefined;
  return html`<ol class="attempts">
    ${item.attempts.map((attempt) => html`<li value="${attempt.attempt}">${attemptText(attempt, startedAt)}</li>`)}
  </ol>`;
}

function attemptText(attempt: AttemptReport, startedAt: string): Markup {
  const { errorCode, errorText, jobId, reason } = attempt;
  const lasted = between(attempt.triggeredAt, attempt.endedAt);
  const from = attempt.triggeredAt === undefined ? "" : `${formatTimeNear(attempt.triggeredAt, startedAt)} `;
  const took = lasted === undefined ? "" : ` after ${formatDuration(lasted)}`;
  const status = attempt.trigger === "refused" || attempt.trigger === "none" ? "" : `, ${STATUS[attempt.status]}${took}`;
  return html`${from}${TRIGGERS[attempt.trigger]}${status}${errorCode !== undefined && html`: <code><bdi>${visibleProse(errorCode)}</bdi></code>`}${
    errorText !== undefined && html` <q><bdi>${visibleProse(errorText)}</bdi></q>`
  }.${expiry(attempt, startedAt)}${attempt.nextAt !== undefined && html` Waited until ${formatTimeNear(attempt.nextAt, startedAt)}.`}${
    reason !== undefined && html` <bdi>${visibleProse(reason)}</bdi>`
  }${
    jobId !== undefined &&
    html` <small
      >job <code><bdi>${visibleName(jobId)}</bdi></code></small
    >`
  }`;
}

function expiry({ expiryAsked, expirySent }: AttemptReport, startedAt: string): string {
  if (expiryAsked === undefined || expirySent === expiryAsked) return "";
  const apart = between(expiryAsked, expirySent);
  if (apart !== undefined && Math.abs(apart) < SAME_EXPIRY_MS) return "";
  const sent =
    expirySent === undefined ? "none was sent (the policy decides)" : `${visibleName(formatTimeNear(expirySent, startedAt))} was sent`;
  return ` Expiry ${visibleName(formatTimeNear(expiryAsked, startedAt))} was asked, ${sent}.`;
}
