/**
 * What failed, what was done and why: one table per decision. In: the report and how many bytes the rows may take. Out: a section. When the rows do not
 * fit, later ones are shown without their attempts, then only counted; `report.json` always holds all.
 */
import type { ItemReport, RunReport } from "../../../policy/report.ts";
import type { Decision } from "../../../policy/run.ts";
import { errorCode, html, type Markup, name, type Part } from "../markup.ts";
import { visibleProse } from "../visible.ts";
import { between, count, DECISIONS, formatDuration, formatTimeNear, plural } from "../words.ts";
import { attemptList } from "./attempt-list.ts";
import { signed } from "./marks.ts";

/** The share of the bytes that rows with their attempts may take. */
const DETAILED_SHARE = 0.6;
/** A larger group starts folded: browsers take seconds to lay out thousands of rows, and skipped items are rarely what somebody came for. */
const OPEN_ROWS = 300;
const OPEN_SKIPPED = 25;

export function itemsSection(report: RunReport, roomBytes: number): Markup {
  if (report.items.length === 0) return html``;
  const room = { left: roomBytes, detailedUntil: roomBytes * (1 - DETAILED_SHARE) };
  const byDecision = Map.groupBy(report.items, ({ decision }) => decision);
  const tables = DECISIONS.map((decision) => group(decision, byDecision.get(decision) ?? [], report, room));
  return html`<section aria-labelledby="items">
    <h2 id="items">What failed, what was ${report.dryRun ? "planned" : "done"}, and why</h2>
    <p id="filter" hidden>
      <label for="words">Show only rows with</label> <input id="words" type="search" autocomplete="off" spellcheck="false" />
      <output id="shown" for="words"></output>
    </p>
    ${tables}
  </section>`;
}

interface Room {
  left: number;
  readonly detailedUntil: number;
}

function group(decision: Decision, items: readonly ItemReport[], report: RunReport, room: Room): Part {
  if (items.length === 0) return undefined;
  const rows: Markup[] = [];
  for (const item of items) {
    if (room.left <= 0) break;
    const row = itemRow(item, report, room.left > room.detailedUntil);
    room.left -= Buffer.byteLength(row.source);
    rows.push(row);
  }
  const left = items.length - rows.length;
  const open = items.length <= (decision === "skipped" ? OPEN_SKIPPED : OPEN_ROWS);
  return html`<details class="group" id="g-${decision}" ${open && html` open`}>
    <summary>
      <h3>${signed(decision)} <span class="n">${count(items.length)}</span></h3>
    </summary>
    ${rows.length > 0 && table(rows)}
    ${left > 0 && html`<p class="more">${plural(left, "more item")} of this group in <code>report.json</code>.</p>`}
  </details>`;
}

function table(rows: readonly Markup[]): Markup {
  // The roles repeat what the elements say: a narrow screen shows rows as blocks, and some browsers then forget that it is a table.
  return html`<table class="items" role="table">
    <thead role="rowgroup">
      <tr role="row">
        <th scope="col" role="columnheader" class="w-item">Item</th>
        <th scope="col" role="columnheader" class="w-code">Error code</th>
        <th scope="col" role="columnheader" class="w-n">Attempts</th>
        <th scope="col" role="columnheader">Reason</th>
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${rows}
    </tbody>
  </table>`;
}

function itemRow(item: ItemReport, report: RunReport, detailed: boolean): Markup {
  const code = item.errorCode === undefined ? html`<span class="none">none</span>` : errorCode(item.errorCode);
  const unknown = item.errorKnown === false && html` <em class="tag">not in the catalogue</em>`;
  return html`<tr role="row">
    <th scope="row" role="rowheader">${name(item.item)} <small>${name(item.vault)} · ${name(item.workload)}</small></th>
    <td role="cell">${code}${unknown}</td>
    <td role="cell" class="n">${attemptsOf(item)}</td>
    <td role="cell">${reasonOf(item, report, detailed)}</td>
  </tr> `;
}

function attemptsOf(item: ItemReport): Part {
  const tried = item.attempts.filter(({ trigger }) => trigger !== "none").length;
  return tried === 0 ? html`<span class="none">0</span>` : tried;
}

function reasonOf(item: ItemReport, report: RunReport, detailed: boolean): Markup {
  const reason = html`<p><bdi>${visibleProse(item.reason)}</bdi></p>`;
  if (!detailed) return reason;
  const text =
    item.errorText !== undefined &&
    html`<p class="about">
      <q><bdi>${visibleProse(item.errorText)}</bdi></q>
    </p>`;
  return html`${reason}${text}
    <p class="about">${historyOf(item, report)}</p>
    ${attemptList(item, report.startedAt)}`;
}

function historyOf(item: ItemReport, report: RunReport): string {
  const failed = item.failedJobs === 1 ? "Failed" : `Failed ${count(item.failedJobs)} times, last`;
  const age = item.decision === "recovered" || item.cause === "cured" ? undefined : between(item.lastRecoveryPoint, report.endedAt);
  const point = age === undefined ? "" : ` Last recovery point ${formatDuration(age)} old.`;
  return `${failed} ${formatTimeNear(item.failedAt, report.startedAt)}.${point}`;
}
