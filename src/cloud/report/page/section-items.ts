/**
 * What failed, what was done and why: one table per decision. In: the report and how many bytes the rows may take. Out: a section. A large report shows its
 * first rows as they are, and holds all of them once more as data, of which the script makes rows when somebody looks for them. When rows do not fit, later
 * ones are told without their attempts, then only counted; `report.json` always holds all.
 */
import type { ItemReport, RunReport } from "../../../policy/report.ts";
import type { Decision } from "../../../policy/run.ts";
import { errorCode, html, type Markup, name, type Part } from "../markup.ts";
import { visibleProse } from "../visible.ts";
import { count, DECISIONS, plural } from "../words.ts";
import { attemptList } from "./attempt-list.ts";
import { changeOf, type Facets } from "./facets.ts";
import { filterBar } from "./filter-bar.ts";
import { historyOf, triesOf } from "./item-facts.ts";
import { signed } from "./marks.ts";
import { rowData } from "./row-data.ts";

/** The share of the bytes that rows with their attempts may take. */
const DETAILED_SHARE = 0.6;
/** Of a report that needs data: its share for the rows that stand in the page as they are, and how many these are at most. */
const STANDING_SHARE = 0.5;
const MOST_STANDING = 1_100;
/** Each group shows a few, however many stand before it. */
const LEAST_STANDING = 40;
/** A larger group starts folded: browsers take seconds to lay out thousands of rows, and skipped items are rarely what somebody came for. */
const OPEN_ROWS = 300;
const OPEN_SKIPPED = 25;

export function itemsSection(report: RunReport, facets: Facets, roomBytes: number): Markup {
  if (report.items.length === 0) return html``;
  const isLarge = report.items.length > MOST_STANDING;
  const standingBytes = isLarge ? roomBytes * STANDING_SHARE : roomBytes;
  const byDecision = Map.groupBy(report.items, ({ decision }) => decision);
  const groups = DECISIONS.map((decision) => ({ decision, items: byDecision.get(decision) ?? [] }));
  const reserved = groups.reduce((sum, { items }) => sum + Math.min(items.length, LEAST_STANDING), 0);
  const room = {
    left: standingBytes,
    detailedUntil: standingBytes * (1 - DETAILED_SHARE),
    rows: (isLarge ? MOST_STANDING : report.items.length) - reserved,
  };
  const tables = groups.map(({ decision, items }) => group(decision, items, { report, facets, room }));
  const data = isLarge ? rowData(report, facets, roomBytes - (standingBytes - Math.max(0, room.left))).block : undefined;
  return html`<section aria-labelledby="items">
    <h2 id="items">What failed, what was ${report.dryRun ? "planned" : "done"}, and why</h2>
    ${filterBar(report, facets)} ${tables} ${data}
  </section>`;
}

interface Rendering {
  readonly report: RunReport;
  readonly facets: Facets;
  /** `rows`: how many may stand besides the least of each group. */
  readonly room: { left: number; readonly detailedUntil: number; rows: number };
}

function group(decision: Decision, items: readonly ItemReport[], rendering: Rendering): Part {
  if (items.length === 0) return undefined;
  const { room } = rendering;
  const rows: Markup[] = [];
  const standing = Math.min(items.length, LEAST_STANDING) + Math.min(Math.max(0, items.length - LEAST_STANDING), room.rows);
  room.rows -= Math.max(0, standing - LEAST_STANDING);
  for (const item of items.slice(0, standing)) {
    if (room.left <= 0) break;
    const row = itemRow(item, rendering, room.left > room.detailedUntil);
    room.left -= Buffer.byteLength(row.source);
    rows.push(row);
  }
  const left = items.length - rows.length;
  const open = items.length <= (decision === "skipped" ? OPEN_SKIPPED : OPEN_ROWS);
  return html`<details class="group" id="g-${decision}" ${open && html` open`}>
    <summary>
      <h3>${signed(decision)} <span class="n">${count(items.length)}</span></h3>
    </summary>
    ${table(rows)} ${left > 0 && html`<p class="more rest">${plural(left, "more item")} of this group in <code>report.json</code>.</p>`}
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

function itemRow(item: ItemReport, { report, facets }: Rendering, detailed: boolean): Markup {
  const code = item.errorCode === undefined ? html`<span class="none">none</span>` : errorCode(item.errorCode);
  const unknown = item.errorKnown === false && html` <em class="tag">not in the catalogue</em>`;
  return html`<tr role="row" data-facets="${facets.vaultOf(item)} ${facets.causeOf(item)} ${changeOf(item, report)}">
    <th scope="row" role="rowheader">${name(item.item)} <small>${name(item.vault)} · ${name(item.workload)}</small></th>
    <td role="cell">${code}${unknown}</td>
    <td role="cell" class="n">${attemptsOf(item)}</td>
    <td role="cell">${reasonOf(item, report, detailed)}</td>
  </tr> `;
}

function attemptsOf(item: ItemReport): Part {
  const tried = triesOf(item);
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
