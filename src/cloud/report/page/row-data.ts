/**
 * All rows of a large report as data for the page's script. In: the report and how many bytes the data may take. Out: a JSON block, in which texts that
 * come again stand once. Texts are made visible here; the script puts them into text nodes only. A `<` is written as an escape, so that no text can end
 * the block.
 */
import type { ItemReport, RunReport } from "../../../policy/report.ts";
import { type Markup, trusted } from "../markup.ts";
import { visibleName, visibleProse } from "../visible.ts";
import { DECISIONS } from "../words.ts";
import { attemptLines } from "./attempt-list.ts";
import { changeOf, type Facets } from "./facets.ts";
import { historyOf, triesOf } from "./item-facts.ts";

/** From here on rows are told without error text and attempts. */
const DETAILED_SHARE = 0.75;

export interface RowData {
  readonly block: Markup;
  /** In the order of the report. */
  readonly rows: number;
}

/** A row: decision, vault, cause, change, name, workload, tries, known, reason, then history, error text and attempts where there is room. */
export function rowData(report: RunReport, facets: Facets, roomBytes: number): RowData {
  const texts: string[] = [];
  const places = new Map<string, number>();
  let used = 0;
  const place = (text: string): number => {
    const known = places.get(text);
    if (known !== undefined) return known;
    const source = quoted(text);
    used += Buffer.byteLength(source) + 1;
    places.set(text, texts.length);
    return texts.push(source) - 1;
  };
  const names = (labels: readonly { readonly label: string }[]): string =>
    `[${labels.map(({ label }) => quoted(visibleName(label))).join(",")}]`;
  const head = `"vaults":${names(facets.vaults)},"causes":${names(facets.causes)}`;
  used += Buffer.byteLength(head);
  const rows: string[] = [];
  for (const item of report.items) {
    if (used >= roomBytes) break;
    const detail = used < roomBytes * DETAILED_SHARE ? detailOf(item, report, place) : "";
    const facts = [DECISIONS.indexOf(item.decision), facets.vaultOf(item), facets.causeOf(item), changeOf(item, report)];
    const known = item.errorKnown === false ? 0 : 1;
    const row = `[${facts.join(",")},${quoted(visibleName(item.item))},${place(visibleName(item.workload))},${triesOf(item)},${known},${place(visibleProse(item.reason))}${detail}]`;
    used += Buffer.byteLength(row) + 1;
    rows.push(row);
  }
  const source = `{${head},"texts":[${texts.join(",")}],"rows":[${rows.join(",")}]}`;
  return { block: trusted(`<script type="application/json" id="rows">${source}</script>`), rows: rows.length };
}

function detailOf(item: ItemReport, report: RunReport, place: (text: string) => number): string {
  const text = item.errorText === undefined ? -1 : place(visibleProse(item.errorText));
  const attempts = attemptLines(item, report.startedAt).map(place);
  return `,${place(historyOf(item, report))},${text}${attempts.map((attempt) => `,${attempt}`).join("")}`;
}

function quoted(text: string): string {
  return JSON.stringify(text).replaceAll("<", String.raw`\u003c`);
}
