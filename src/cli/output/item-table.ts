/**
 * Items as the table of a terminal: item, vault, workload, tries, why. In: items and the width. Out: lines, all groups in the same columns; on a narrow
 * terminal one block per item instead.
 */
import type { ItemReport } from "../../policy/report.ts";
import { displayWidth } from "../../cloud/report/text-width.ts";
import { visibleName, visibleProse } from "../../cloud/report/visible.ts";
import { SKIP_LABELS } from "../../cloud/report/words.ts";
import { rowLines, wrapText } from "./wrap.ts";

export interface ItemTable {
  /** Empty on a narrow terminal. */
  readonly header: readonly string[];
  rows(items: readonly ItemReport[]): readonly string[];
}

type Cells = readonly [item: string, vault: string, workload: string, tries: string, why: string];

const INDENT = "  ";
const GAP = 2;
const TABLE_FROM_COLUMNS = 76;
/** Of the width, and at most this many columns; the reason takes what is left. */
const ITEM = { share: 0.26, most: 30 };
const PLACE = { share: 0.15, most: 20 };
const HEADER: Cells = ["Item", "Vault", "Workload", "Tries", "Why"];

/** `shown` are all items that will be asked for: the columns are as wide as they need. */
export function createItemTable(shown: readonly ItemReport[], columns: number): ItemTable {
  if (columns < TABLE_FROM_COLUMNS) return { header: [], rows: (items) => items.flatMap((item) => block(cellsOf(item), columns)) };
  const widths = widthsOf([HEADER, ...shown.map(cellsOf)], columns);
  const lines = (cells: Cells): readonly string[] => rowLines(cells, widths, GAP).map((line) => INDENT + line);
  return { header: lines(HEADER), rows: (items) => items.flatMap((item) => lines(cellsOf(item))) };
}

function widthsOf(rows: readonly Cells[], columns: number): readonly number[] {
  const needed = (column: number, { share, most }: typeof ITEM): number =>
    Math.min(most, Math.floor(columns * share), Math.max(...rows.map((row) => displayWidth(row[column] ?? ""))));
  const left = [needed(0, ITEM), needed(1, PLACE), needed(2, PLACE), HEADER[3].length];
  return [...left, columns - INDENT.length - left.reduce((sum, width) => sum + width + GAP, 0)];
}

function cellsOf(item: ItemReport): Cells {
  const tries = item.attempts.filter(({ trigger }) => trigger !== "none").length;
  return [visibleName(item.item), visibleName(item.vault), visibleName(item.workload), String(tries), whyOf(item)];
}

const WITH_CODE: ReadonlySet<string> = new Set(["planned", "running", "cancelled"]);

/** The code where it still matters; for what fails it stands with the advice, below the table. */
function whyOf(item: ItemReport): string {
  const cause = item.cause === undefined ? "" : `${SKIP_LABELS[item.cause]}. `;
  const code =
    item.errorCode !== undefined && WITH_CODE.has(item.decision) && !item.reason.includes(item.errorCode)
      ? ` [${visibleName(item.errorCode)}]`
      : "";
  return `${cause}${visibleProse(item.reason)}${code}`;
}

function block([item, vault, workload, tries, why]: Cells, columns: number): readonly string[] {
  const place = wrapText(`${item} (${vault}, ${workload})`, columns - INDENT.length);
  const reason = wrapText(tries === "0" ? why : `${why} Tries: ${tries}.`, columns - 2 * INDENT.length);
  return [...place.map((line) => INDENT + line), ...reason.map((line) => INDENT + INDENT + line)];
}
