/**
 * Items as the table of a terminal: item, vault, workload, tries, why. In: items and the width. Out: lines, all groups in the same columns; on a narrow
 * terminal one block per item instead.
 */
import type { ItemReport } from "../../policy/report.ts";
import { displayWidth } from "../../cloud/report/text-width.ts";
import { visibleName, visibleProse } from "../../cloud/report/visible.ts";
import { rowLines, wrapText } from "./wrap.ts";

export interface ItemTable {
  /** Empty on a narrow terminal. */
  readonly header: readonly string[];
  rows(items: readonly ItemReport[]): readonly string[];
}

interface Column {
  readonly title: string;
  readonly cell: (item: ItemReport) => string;
  /** Of the terminal's width, and at most this many columns. */
  readonly share: number;
  readonly most: number;
  /** Left out on terminals narrower than this. */
  readonly from?: number;
}

const INDENT = "  ";
const GAP = 2;
const TABLE_FROM_COLUMNS = 76;

/** The reason comes last and takes what these leave. */
const COLUMNS: readonly Column[] = [
  { title: "Item", cell: (item) => visibleName(item.item), share: 0.26, most: 30 },
  { title: "Vault", cell: (item) => visibleName(item.vault), share: 0.2, most: 24 },
  { title: "Workload", cell: (item) => visibleName(item.workload), share: 0.15, most: 20, from: 124 },
  { title: "Tries", cell: (item) => String(triesOf(item)), share: 1, most: 5 },
];

/** `shown` are all items that will be asked for: the columns are as wide as they need. */
export function createItemTable(shown: readonly ItemReport[], columns: number): ItemTable {
  if (columns < TABLE_FROM_COLUMNS) return { header: [], rows: (items) => items.flatMap((item) => block(item, columns)) };
  const picked = COLUMNS.filter(({ from = 0 }) => columns >= from);
  const widths = picked.map(({ title, cell, share, most }) =>
    Math.min(most, Math.floor(columns * share), Math.max(displayWidth(title), ...shown.map((item) => displayWidth(cell(item))))),
  );
  const left = columns - INDENT.length - widths.reduce((sum, width) => sum + width + GAP, 0);
  const lines = (cells: readonly string[]): readonly string[] => rowLines(cells, [...widths, left], GAP).map((line) => INDENT + line);
  return {
    header: lines([...picked.map(({ title }) => title), "Why"]),
    rows: (items) => items.flatMap((item) => lines([...picked.map(({ cell }) => cell(item)), whyOf(item)])),
  };
}

function triesOf(item: ItemReport): number {
  return item.attempts.filter(({ trigger }) => trigger === "accepted").length;
}

const WITH_CODE: ReadonlySet<string> = new Set(["planned", "running", "cancelled"]);

/** The code where it still matters; for what fails it stands with the advice, below the table. */
function whyOf(item: ItemReport): string {
  const { decision, errorCode, reason } = item;
  const code = errorCode !== undefined && WITH_CODE.has(decision) && !reason.includes(errorCode) ? ` [${visibleName(errorCode)}]` : "";
  return `${visibleProse(reason)}${code}`;
}

function block(item: ItemReport, columns: number): readonly string[] {
  const tries = triesOf(item);
  const place = `${visibleName(item.item)} (${visibleName(item.vault)}, ${visibleName(item.workload)})`;
  const reason = tries === 0 ? whyOf(item) : `${whyOf(item)} Tries: ${tries}.`;
  return [
    ...wrapText(place, columns - INDENT.length).map((line) => INDENT + line),
    ...wrapText(reason, columns - 2 * INDENT.length).map((line) => INDENT + INDENT + line),
  ];
}
