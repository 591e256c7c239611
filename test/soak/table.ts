/** The table of a soak in docs/benchmarks.md: everything between its two marks is replaced, the rest of the file is left as it is. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FILE = fileURLToPath(new URL("../../docs/benchmarks.md", import.meta.url));
const BEGIN = "<!-- soak: begin -->";
const END = "<!-- soak: end -->";

export interface Row {
  readonly what: string;
  readonly form: string;
  readonly runs: number;
  readonly disturbances: string;
  readonly backups: number;
  readonly doubled: number;
  readonly lost: number;
  readonly decisionsEqual: string;
}

export function tableOf(rows: readonly Row[], notes: readonly string[]): string {
  const header = ["what", "form", "runs", "disturbances", "backups made", "doubled backups", "lost items", "decisions as undisturbed"];
  const lines = [
    header,
    header.map(() => "---"),
    ...rows.map((row) => [row.what, row.form, row.runs, row.disturbances, row.backups, row.doubled, row.lost, row.decisionsEqual]),
  ];
  return [...lines.map((cells) => `| ${cells.join(" | ")} |`), "", ...notes, ""].join("\n");
}

export function writeTable(table: string): void {
  const before = existsSync(FILE) ? readFileSync(FILE, "utf8") : "# Benchmarks\n";
  const section = `${BEGIN}\n${table}${END}\n`;
  const [head, tail] = [before.indexOf(BEGIN), before.indexOf(END)];
  const after =
    head >= 0 && tail > head
      ? `${before.slice(0, head)}${section}${before.slice(tail + END.length + 1)}`
      : `${before.trimEnd()}\n\n## One backup per attempt (\`npm run test:soak\`)\n\n${section}`;
  writeFileSync(FILE, after);
}
