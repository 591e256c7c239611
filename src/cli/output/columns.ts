/** Rows as columns that are as wide as they need. In: cells, untrusted. Out: lines, the first one the titles; none without rows. */
import { displayWidth } from "../../cloud/report/text-width.ts";
import { visibleName } from "../../cloud/report/visible.ts";

const GAP = 2;

export function columnLines(titles: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return [];
  const lines = [titles, ...rows.map((row) => row.map(visibleName))];
  const widths = titles.map((_, column) => Math.max(...lines.map((cells) => displayWidth(cells[column] ?? ""))));
  return lines.map((cells) =>
    cells
      .map((cell, column) => cell + " ".repeat(Math.max(0, (widths[column] ?? 0) - displayWidth(cell)) + GAP))
      .join("")
      .trimEnd(),
  );
}
