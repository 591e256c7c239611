/** Protected items without a recovery point in time, whose backups did not even fail. In: the report. Out: a section; nothing when there are none. */
import type { GapReport, RunReport } from "../../../policy/report.ts";
import { GAP_ADVICE } from "../../../policy/gaps.ts";
import { gapsLeft } from "../gaps.ts";
import { html, type Markup, name, prose } from "../markup.ts";
import { visibleProse } from "../visible.ts";
import { between, count, formatDuration, plural } from "../words.ts";

const MOST_ROWS = 200;

export function gapsSection(report: RunReport): Markup {
  const left = gapsLeft(report);
  const unknown = report.gaps?.unknown ?? 0;
  if (left.length === 0) return html``;
  const rows = left.slice(0, MOST_ROWS).map((gap) => gapRow(gap, report));
  return html`<section aria-labelledby="gaps">
    <h2 id="gaps">No recovery point in time, although no backup failed <span class="n">${count(left.length)}</span></h2>
    <p class="advice">${prose(GAP_ADVICE)}</p>
    <table class="items" role="table">
      <thead role="rowgroup">
        <tr role="row">
          <th scope="col" role="columnheader" class="w-item">Item</th>
          <th scope="col" role="columnheader" class="w-code">Last recovery point</th>
          <th scope="col" role="columnheader">Why it is here</th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${rows}
      </tbody>
    </table>
    ${left.length > MOST_ROWS && html`<p class="more">${plural(left.length - MOST_ROWS, "more item")} in <code>report.json</code>.</p>`}
    ${unknown > 0 && html`<p class="more">${unknownText(unknown)}</p>`}
  </section>`;
}

function unknownText(unknown: number): string {
  const what = unknown === 1 ? "1 more protected item is" : `${count(unknown)} more protected items are`;
  return `${what} in a Backup vault; Resource Graph does not tell when it got its last point, and no backup of it ended in the window.`;
}

function gapRow(gap: GapReport, report: RunReport): Markup {
  const age = between(gap.lastRecoveryPoint, report.endedAt);
  return html`<tr role="row">
    <th scope="row" role="rowheader">${name(gap.item)} <small>${name(gap.vault)} · ${name(gap.workload)}</small></th>
    <td role="cell">${age === undefined ? "never" : `${formatDuration(age)} old`}</td>
    <td role="cell"><bdi>${visibleProse(gap.reason)}</bdi></td>
  </tr> `;
}
