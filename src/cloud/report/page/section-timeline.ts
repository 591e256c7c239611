/** Attempts over time as a picture: one lane per item that was tried. In: the report. Out: a section; a sentence when there is nothing to draw. */
import type { ItemReport, RunReport } from "../../../policy/report.ts";
import { html, type Markup, type Part } from "../markup.ts";
import { formatTime, plural } from "../words.ts";
import { LABEL_RIGHT, lane, LANE_HEIGHT } from "./lane.ts";
import { type Panel, ticks, timeScale } from "./time-scale.ts";

const MOST_LANES = 60;
const WIDTH = 1_080;
const RIGHT = WIDTH - 14;
const AXIS_HEIGHT = 36;

export function timelineSection(report: RunReport): Markup {
  if (report.dryRun || report.items.length === 0) return html``;
  const tried = report.items.filter(isDrawable);
  const drawn = tried.slice(0, MOST_LANES);
  return html`<section aria-labelledby="time">
    <h2 id="time">Attempts over time</h2>
    ${drawn.length === 0 ? html`<p class="calm">No backup was triggered, so there is nothing to draw.</p>` : picture(drawn, report)}
    <p class="more">${leftOut(tried.length - drawn.length, report.items.length - tried.length)}</p>
  </section>`;
}

function isDrawable(item: ItemReport): boolean {
  return item.attempts.some(({ trigger }) => trigger !== "none");
}

function leftOut(more: number, untried: number): string {
  const parts: string[] = [];
  if (more > 0) parts.push(`Left out: ${plural(more, "more item")} that ${more === 1 ? "was" : "were"} tried; the table above has them.`);
  if (untried > 0) parts.push(`${plural(untried, "item")} without an attempt ${untried === 1 ? "is" : "are"} not drawn.`);
  return parts.join(" ");
}

function picture(items: readonly ItemReport[], report: RunReport): Markup {
  const scale = timeScale(report, LABEL_RIGHT, RIGHT);
  const lanesHeight = items.length * LANE_HEIGHT;
  const height = AXIS_HEIGHT + lanesHeight + 6;
  return html`<div class="scroll" role="region" aria-label="Attempts over time" tabindex="0">
      <svg class="timeline" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="tl-title tl-desc">
        <title id="tl-title">Attempts over time</title>
        <desc id="tl-desc">
          ${plural(items.length, "lane")}, one per item, from the failed job on the left over waits and triggered backups to their ends. The
          run began ${formatTime(report.startedAt)} and ended ${formatTime(report.endedAt)}. The table above says the same in words.
        </desc>
        <defs>
          <pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect class="hatch-back" width="5" height="5" />
            <rect class="hatch-line" width="2" height="5" />
          </pattern>
        </defs>
        ${panel(scale.before, "before the run", lanesHeight)}${panel(scale.run, "the run (UTC)", lanesHeight)}
        <g transform="translate(0 ${AXIS_HEIGHT})">${items.map((item, row) => lane(item, row, report, scale))}</g>
      </svg>
    </div>
    ${legend()}`;
}

function panel(bounds: Panel, title: string, lanesHeight: number): Markup {
  const bottom = AXIS_HEIGHT + lanesHeight;
  return html`<text class="axis-title" x="${bounds.left}" y="10">${title}</text>
    <rect
      class="panel"
      x="${bounds.left.toFixed(1)}"
      y="${AXIS_HEIGHT}"
      width="${(bounds.right - bounds.left).toFixed(1)}"
      height="${lanesHeight}"
    />
    ${ticks(bounds).map(
      ({ x, label }) =>
        html`<path class="tick" d="M${x.toFixed(1)} ${AXIS_HEIGHT - 4}V${bottom}" /><text
            class="axis"
            x="${x.toFixed(1)}"
            y="${AXIS_HEIGHT - 8}"
            text-anchor="middle"
            >${label}</text
          >`,
    )}`;
}

function legend(): Markup {
  const entries: readonly (readonly [Part, string])[] = [
    [html`<path class="job-failed" d="M6 -4 14 4M14 -4 6 4" />`, "failed job"],
    [html`<path class="wait" d="M1 0H29" />`, "wait"],
    [html`<path class="trigger" d="M7 -6 14 0 7 6Z" />`, "triggered"],
    [html`<path class="adopted" d="M7 -6 14 0 7 6Z" />`, "running backup followed"],
    [html`<path class="refused" d="M12 -5 17 0 12 5 7 0Z" />`, "trigger refused"],
    [html`<rect class="bar-good" x="1" y="-5" width="24" height="10" /><circle class="end-good" cx="25" cy="0" r="4" />`, "succeeded"],
    [html`<rect class="bar-bad" x="1" y="-5" width="24" height="10" /><path class="end-bad" d="M21 -4 29 4M29 -4 21 4" />`, "failed"],
    [
      html`<rect class="bar-cut" x="1" y="-5" width="24" height="10" /><rect class="end-cut" x="21" y="-4" width="8" height="8" />`,
      "cancelled",
    ],
    [html`<rect class="bar-open" x="1" y="-5" width="26" height="10" />`, "still running"],
  ];
  return html`<ul class="legend" aria-label="Signs">
    ${entries.map(
      ([mark, word]) =>
        html`<li><svg width="30" height="14" viewBox="0 -7 30 14" aria-hidden="true" focusable="false">${mark}</svg> ${word}</li>`,
    )}
  </ul>`;
}
