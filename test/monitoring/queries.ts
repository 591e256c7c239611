/** The queries of infra/monitoring, run on rows as Log Analytics would run them: the shipped text, at a time of the test's choosing. */
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { logAnalytics } from "../../src/local/azure/kql/dialect.ts";
import { createQueryCompiler } from "../../src/local/azure/kql/query.ts";
import { toJsonValue } from "../../src/local/azure/kql/values.ts";
import { root } from "../infra/bicep.ts";
import { tables, type Rows } from "./ingestion.ts";

const compile = createQueryCompiler(tables, logAnalytics);

/** By the name of the file, without its ending. */
export const queryTexts: ReadonlyMap<string, string> = new Map(
  globSync("infra/monitoring/*.kql", { cwd: root })
    .sort()
    .map((path) => [basename(path, ".kql"), readFileSync(join(root, path), "utf8")]),
);

/** `lets`: values in place of the text's own, as the templates put them there. */
export function ask(
  name: string,
  rows: Rows,
  nowMs: number,
  lets: Readonly<Record<string, string>> = {},
): readonly Readonly<Record<string, unknown>>[] {
  let text = queryTexts.get(name);
  if (text === undefined) throw new Error(`There is no query ${name}.`);
  for (const [symbol, value] of Object.entries(lets)) {
    const before = new RegExp(`^let ${symbol} = .*;$`, "m");
    if (!before.test(text)) throw new Error(`The query ${name} has no 'let ${symbol}'.`);
    text = text.replace(before, () => `let ${symbol} = ${value};`);
  }
  const query = compile(text);
  return query
    .run(rows.get(query.table) ?? [], { nowMs })
    .map((row) => Object.fromEntries(query.columns.map(({ name: column, type }, index) => [column, toJsonValue(row[index], type)])));
}
