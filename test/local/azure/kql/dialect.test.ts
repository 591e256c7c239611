import { describe, expect, it } from "vitest";
import { logAnalytics } from "../../../../src/local/azure/kql/dialect.ts";
import { KqlError } from "../../../../src/local/azure/kql/error.ts";
import { createQueryCompiler } from "../../../../src/local/azure/kql/query.ts";
import { type Column, type Row, toJsonValue } from "../../../../src/local/azure/kql/values.ts";

const NOW_MS = Date.parse("2026-11-20T13:00:00Z");
const COLUMNS: readonly Column[] = [
  { name: "at", type: "datetime" },
  { name: "name", type: "string" },
  { name: "n", type: "long" },
];
const ROWS: readonly Row[] = [
  [NOW_MS - 3_600_000, "a", 1],
  [NOW_MS - 60_000, "a", 5],
  [NOW_MS, "b", 7],
];
const TABLES = new Map([["t", COLUMNS]]);
const ofLogs = createQueryCompiler(TABLES, logAnalytics);
const ofGraph = createQueryCompiler(TABLES);

function run(query: string): Record<string, unknown>[] {
  const compiled = ofLogs(query);
  return compiled
    .run(ROWS, { nowMs: NOW_MS })
    .map((row) => Object.fromEntries(compiled.columns.map(({ name, type }, index) => [name, toJsonValue(row[index], type)])));
}

function problem(compile: (text: string) => unknown, query: string): string {
  try {
    compile(query);
    return "no error";
  } catch (error) {
    if (error instanceof KqlError) return `${error.detail}: ${error.message}`;
    throw error;
  }
}

describe("the dialect of Log Analytics", () => {
  it("takes names for literals, also inside a name's own expression", () => {
    expect(
      run("let most = 4;\nlet wanted = 'a';\nlet back = 30m;\nt | where n > most and (wanted == '' or name == wanted) and at > ago(back)"),
    ).toEqual([{ at: "2026-11-20T12:59:00.0000000Z", name: "a", n: 5 }]);
  });

  it("folds the rows for which a condition holds; nothing where there is none", () => {
    expect(
      run(
        "t | summarize least = minif(n, n > 1), most = maxif(at, n < 7), all = sumif(n, n > 1), none = minif(n, n > 9), one = take_anyif(name, n == 7) by name | order by name asc",
      ),
    ).toEqual([
      { name: "a", least: 5, most: "2026-11-20T12:59:00.0000000Z", all: 5, none: null, one: "" },
      { name: "b", least: 7, most: null, all: 7, none: null, one: "b" },
    ]);
    expect(run("t | where n == 7 | project x = round(n / 2.0, 1), y = round(2.345, 2)")).toEqual([{ x: 3.5, y: 2.35 }]);
  });

  it.each([
    ["let rows = t; rows | count", /^NotImitatedBySimulator: 'let rows' names something that is no literal/],
    ["t | summarize x = minif(n)", /^InvalidQuery: minif\(\) needs a value and a condition/],
    ["t | summarize x = minif(n, name)", /^InvalidQuery: minif\(\) needs a condition, found string/],
    ["t | evaluate bag_unpack(name)", /^ParserFailure: Operator 'evaluate' is not supported by Log Analytics/],
    ["t | join (t) on name", /^NotImitatedBySimulator: Log Analytics documents 'join'/],
  ])("refuses %s", (query, expected) => {
    expect(problem(ofLogs, query)).toMatch(expected);
  });

  it.each([
    ["let most = 4; t | where n > most", /^ParserFailure: 'let' is not supported by Resource Graph/],
    ["t | summarize x = minif(n, n > 1)", /^InvalidQuery: Aggregation 'minif' is not known/],
    ["t | extend x = round(n)", /^InvalidQuery: Function 'round' is not known/],
  ])("is not Resource Graph's: %s", (query, expected) => {
    expect(problem(ofGraph, query)).toMatch(expected);
    expect(problem(ofLogs, query)).toBe("no error");
  });
});
