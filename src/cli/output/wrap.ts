/** Text to lines of a width, and cells to columns. In: text without control characters. Out: lines; a word longer than a line is broken between characters. */
import { displayWidth, splitAtWidth } from "../../cloud/report/text-width.ts";

export function wrapText(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const joined = line === "" ? word : `${line} ${word}`;
    if (displayWidth(joined) <= width) {
      line = joined;
      continue;
    }
    if (line !== "") lines.push(line);
    line = breakWord(word, width, lines);
  }
  if (line !== "" || lines.length === 0) lines.push(line);
  return lines;
}

/** Full lines of the word go to `lines`; what is left is the beginning of the next one. */
function breakWord(word: string, width: number, lines: string[]): string {
  let rest = word;
  while (displayWidth(rest) > width) {
    // At least one: a character wider than the line has to go somewhere.
    const [head, tail] = splitAtWidth(rest, width, 1);
    lines.push(head);
    rest = tail;
  }
  return rest;
}

export function padToWidth(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - displayWidth(text)));
}

/** One row of a table as lines: each cell wrapped in its column. */
export function rowLines(cells: readonly string[], widths: readonly number[], gap: number): readonly string[] {
  const columns = cells.map((cell, index) => wrapText(cell, widths[index] ?? 0));
  const height = Math.max(...columns.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) =>
    columns
      .map((column, index) => padToWidth(column[line] ?? "", widths[index] ?? 0))
      .join(" ".repeat(gap))
      .trimEnd(),
  );
}
