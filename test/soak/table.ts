/** The table of a soak in docs/benchmarks.md: everything between its two marks is replaced, the rest of the file is left as it is. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FILE = fileURLToPath(new URL("../../docs/benchmarks.md", import.meta.url));

export interface SoakTable {
  /** In the marks: `<!-- soak NAME: begin -->`; "" for the first one, which has no name. */
  readonly name: string;
  /** Of the section that is added where the marks are not there yet. */
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  readonly notes: readonly string[];
}

/** Prints it; with SOAK_TABLE=write it goes into the file. */
export function publishTable(table: SoakTable): void {
  const text = textOf(table);
  process.stdout.write(`\n${text}\n`);
  if (process.env["SOAK_TABLE"] !== "write") return;
  const mark = `soak${table.name && ` ${table.name}`}`;
  const [begin, end] = [`<!-- ${mark}: begin -->`, `<!-- ${mark}: end -->`];
  const before = existsSync(FILE) ? readFileSync(FILE, "utf8") : "# Benchmarks\n";
  const section = `${begin}\n${text}${end}\n`;
  const [head, tail] = [before.indexOf(begin), before.indexOf(end)];
  const after =
    head >= 0 && tail > head
      ? `${before.slice(0, head)}${section}${before.slice(tail + end.length + 1)}`
      : `${before.trimEnd()}\n\n## ${table.title}\n\n${section}`;
  writeFileSync(FILE, after);
}

function textOf({ header, rows, notes }: SoakTable): string {
  const lines = [header, header.map(() => "---"), ...rows];
  return [...lines.map((cells) => `| ${cells.join(" | ")} |`), "", ...notes.flatMap((note) => [note, ""])].join("\n").trimEnd() + "\n";
}
