/** One item's attempts in words. In: the item and the run's start. Out: a list; nothing when there was no attempt. */
import type { AttemptReport, ItemReport } from "../../../policy/report.ts";
import { errorCode, html, type Markup, type Part } from "../markup.ts";
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
    ${item.attempts.map((attempt) => html`<li value="${attempt.attempt}">${attemptText(attempt, item, startedAt)}</li>`)}
  </ol>`;
}

/** The same without markup, a line per attempt. */
export function attemptLines(item: ItemReport, startedAt: string): readonly string[] {
  return item.attempts.map((attempt) => {
    const { nextAt, reason, errorCode: code, errorText: text, jobId, status } = attempt;
    const from = attempt.triggeredAt === undefined ? "" : `${formatTimeNear(attempt.triggeredAt, startedAt)} `;
    const newCode = code !== undefined && code !== item.errorCode ? `: ${visibleName(code)}` : "";
    const newText = text !== undefined && text !== item.errorText ? ` “${visibleProse(text)}”` : "";
    const waited = nextAt === undefined ? "" : ` Waited until ${formatTimeNear(nextAt, startedAt)}.`;
    const why = reason === undefined ? "" : ` ${visibleProse(reason)}`;
    const job = jobId === undefined || status === "Succeeded" ? "" : ` Job ${visibleName(jobId)}`;
    return `${from}${TRIGGERS[attempt.trigger]}${endOf(attempt)}${newCode}${newText}.${expiry(attempt, startedAt)}${waited}${why}${job}`;
  });
}

function attemptText(attempt: AttemptReport, item: ItemReport, startedAt: string): Markup {
  const { nextAt, reason } = attempt;
  const from = attempt.triggeredAt === undefined ? "" : `${formatTimeNear(attempt.triggeredAt, startedAt)} `;
  const waited = nextAt === undefined ? "" : ` Waited until ${formatTimeNear(nextAt, startedAt)}.`;
  return html`${from}${TRIGGERS[attempt.trigger]}${endOf(attempt)}${errorOf(attempt, item)}.${expiry(attempt, startedAt)}${waited}${
    reason !== undefined && html` <bdi>${visibleProse(reason)}</bdi>`
  }${jobOf(attempt)}`;
}

function endOf(attempt: AttemptReport): string {
  if (attempt.trigger === "refused" || attempt.trigger === "none") return "";
  const lasted = between(attempt.triggeredAt, attempt.endedAt);
  return `, ${STATUS[attempt.status]}${lasted === undefined ? "" : ` after ${formatDuration(lasted)}`}`;
}

/** Only what the item's row does not say already. */
function errorOf(attempt: AttemptReport, item: ItemReport): readonly Part[] {
  const isNewCode = attempt.errorCode !== undefined && attempt.errorCode !== item.errorCode;
  const isNewText = attempt.errorText !== undefined && attempt.errorText !== item.errorText;
  return [isNewCode && html`: ${errorCode(attempt.errorCode)}`, isNewText && html` <q><bdi>${visibleProse(attempt.errorText)}</bdi></q>`];
}

/** Nobody looks up a job that went well. */
function jobOf({ jobId, status }: AttemptReport): Part {
  if (jobId === undefined || status === "Succeeded") return undefined;
  return html` <small>Job ${errorCode(jobId)}</small>`;
}

function expiry({ expiryAsked, expirySent }: AttemptReport, startedAt: string): string {
  if (expiryAsked === undefined || expirySent === expiryAsked) return "";
  const apart = between(expiryAsked, expirySent);
  if (apart !== undefined && Math.abs(apart) < SAME_EXPIRY_MS) return "";
  const sent =
    expirySent === undefined ? "none was sent (the policy decides)" : `${visibleName(formatTimeNear(expirySent, startedAt))} was sent`;
  return ` Expiry ${visibleName(formatTimeNear(expiryAsked, startedAt))} was asked, ${sent}.`;
}
