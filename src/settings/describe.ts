import { backupNames, standardNames } from "./other-names.ts";
import type { Setting } from "./setting.ts";
import { settingsTable } from "./table.ts";

const WIDTH = 100;
const GAP = 2;

/** The table of settings for a terminal of 100 columns; ends with a line end. */
export function describeSettings(): string {
  const rows: readonly Setting<unknown>[] = Object.values(settingsTable);
  const entry = (indent: number, name: string, texts: readonly string[]): string =>
    texts
      .flatMap((text) => wrap(text, WIDTH - indent))
      .map((line, index) => (index === 0 ? name : "").padEnd(indent) + line)
      .join("\n");
  const ours = rows.map(({ name, kind, defaultText, description, example, secret }) =>
    entry(indentOf(rows.map((row) => row.name)), name, [
      description + (secret === true ? " A secret." : ""),
      `Allowed: ${kind.allowed}.`,
      `Default: ${defaultText}`,
      `Example: ${example}`,
    ]),
  );
  const described = (names: typeof standardNames): string =>
    names.map(([name, description]) => entry(indentOf(names.map(([each]) => each)), name, [description])).join("\n");
  return [
    "Settings (an empty one counts as absent)",
    ours.join("\n\n"),
    "For backups (commands that work with a store of backups)",
    described(backupNames),
    "Standard names",
    `${described(standardNames)}\n`,
  ].join("\n\n");
}

function indentOf(names: readonly string[]): number {
  return Math.max(...names.map(({ length }) => length)) + GAP;
}

/** Breaks at spaces; a word longer than the line stays whole. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
