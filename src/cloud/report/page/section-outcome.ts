/** The verdict in one sentence, and the counts as a bar and as numbers. In: the report. Out: a section. */
import type { RunCounts, RunReport } from "../../../policy/report.ts";
import type { Decision } from "../../../policy/run.ts";
import { lookedAt } from "../actions.ts";
import { html, type Markup } from "../markup.ts";
import { verdictOf } from "../verdict.ts";
import { between, count, DECISION_LABELS, DECISIONS, formatDuration, formatTime, plural } from "../words.ts";
import { sign } from "./marks.ts";

const BAR_WIDTH = 1_000;
const GAP = 4;

export function outcomeSection(report: RunReport): Markup {
  const parts = DECISIONS.map((decision) => ({ decision, items: countOf(report.counts, decision) })).filter(({ items }) => items > 0);
  return html`<section aria-labelledby="outcome">
    <h2 id="outcome">Outcome</h2>
    <p class="verdict">${verdictOf(report).sentence}</p>
    ${
      parts.length > 0 &&
      html`${bar(parts)}
        <ul class="counts">
          ${parts.map(countEntry)}
        </ul>`
    }
    <p class="about">${facts(report)}</p>
  </section>`;
}

/** `failing` holds those that need a person; here every item counts once. */
function countOf(counts: RunCounts, decision: Decision): number {
  if (decision === "needs-person") return counts.needsPerson;
  if (decision === "failing") return counts.failing - counts.needsPerson;
  return counts[decision];
}

function countEntry({ decision, items }: { readonly decision: Decision; readonly items: number }): Markup {
  return html`<li>
    <a href="#g-${decision}"><b>${count(items)}</b> <span>${sign(decision)} ${DECISION_LABELS[decision]}</span></a>
  </li>`;
}

/** Decoration: the numbers stand below it. */
function bar(parts: readonly { readonly decision: Decision; readonly items: number }[]): Markup {
  const total = parts.reduce((sum, { items }) => sum + items, 0);
  const room = BAR_WIDTH - GAP * (parts.length - 1);
  let x = 0;
  const rects = parts.map(({ decision, items }) => {
    const width = (room * items) / total;
    const rect = html`<rect
      class="c-${decision}"
      x="${x.toFixed(1)}"
      y="0"
      width="${Math.max(2, width).toFixed(1)}"
      height="10"
      fill="currentColor"
    />`;
    x += width + GAP;
    return rect;
  });
  return html`<svg class="bar" viewBox="0 0 ${BAR_WIDTH} 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">
    ${rects}
  </svg>`;
}

function facts(report: RunReport): string {
  const { calls, counts, window } = report;
  const lasted = between(report.startedAt, report.endedAt);
  const found = `${plural(counts.found, "failed backup job")} of ${plural(counts.items, "item")} between ${formatTime(window.from)} and ${formatTime(window.to)}`;
  const sent = report.dryRun
    ? "no backup was triggered"
    : `${plural(counts.attempts, "backup")} triggered for ${plural(counts.retried, "item")}`;
  const what = counts.items === 0 ? ` with ${plural(calls.graph + calls.management, "call")}.` : `: ${found}; ${sent}.`;
  return `Looked at ${lookedAt(report.coverage)}${what}${lasted === undefined ? "" : ` The run took ${formatDuration(lasted)}.`}`;
}
