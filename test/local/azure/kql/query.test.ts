import { describe, expect, it } from "vitest";
import { KqlError } from "../../../../src/local/azure/kql/error.ts";
import { createQueryCompiler } from "../../../../src/local/azure/kql/query.ts";
import { type Column, type Row, toJsonValue } from "../../../../src/local/azure/kql/values.ts";

const NOW_MS = Date.parse("2026-11-20T13:00:00Z");
const COLUMNS: readonly Column[] = [
  { name: "id", type: "string" },
  { name: "type", type: "string" },
  { name: "properties", type: "dynamic" },
];
const ROWS: readonly Row[] = [
  ["/b", "Jobs/Backup", { status: "Failed", size: 3, start: "2026-11-20T01:00:00.1234567Z", nested: { "a.b": 1 }, errors: [{ code: 7 }] }],
  ["/a", "jobs/backup", JSON.stringify({ status: "Completed", size: 5, start: "2026-11-18T01:00:00Z" })],
  ["/c", "other", { status: "", size: null, flag: "true", name: "vm-erp-db-01" }],
];

const compile = createQueryCompiler(new Map([["t", COLUMNS]]));

function run(query: string): Record<string, unknown>[] {
  const compiled = compile(query);
  return compiled
    .run(ROWS, { nowMs: NOW_MS })
    .map((row) => Object.fromEntries(compiled.columns.map((column, index) => [column.name, toJsonValue(row[index], column.type)])));
}

/** The values of one expression, row by row in the order of ids. */
function values(expression: string): unknown[] {
  return run(`t | order by id asc | extend p = parse_json(tostring(properties)) | project v = ${expression}`).map((row) => row["v"]);
}

function problem(query: string): string {
  try {
    run(query);
  } catch (error) {
    if (error instanceof KqlError) return `${error.detail}: ${error.message}`;
    throw error;
  }
  return "no error";
}

describe("the query language", () => {
  it("filters, extends, projects and sorts, with `properties` as object or as text", () => {
    const rows = run(`// a comment before the table
      T | where type in~ ('JOBS/backup') | extend p = parse_json(tostring(properties))
      // and one between
      | project id, status = tostring(p.status), startTime = todatetime(p.start) | order by id asc`);
    expect(rows).toEqual([
      { id: "/a", status: "Completed", startTime: "2026-11-18T01:00:00.0000000Z" },
      { id: "/b", status: "Failed", startTime: "2026-11-20T01:00:00.1230000Z" },
    ]);
  });

  it("gives nothing for members of text that was not parsed", () => {
    expect(
      run("t | where type =~ 'jobs/backup' | order by id asc | project s = tostring(properties.status)").map((row) => row["s"]),
    ).toEqual(["", "Failed"]);
  });

  it.each([
    ["tostring(p['nested']['a.b'])", ["", "1", ""]],
    ["tostring(p.errors[0].code)", ["", "7", ""]],
    ["coalesce(tostring(p.status), tostring(p.flag))", ["Completed", "Failed", "true"]],
    ["iff(isempty(tostring(p.status)), 'none', 'some')", ["some", "some", "none"]],
    ["case(toint(p.size) > 4, 'big', toint(p.size) > 2, 'small', 'unknown')", ["big", "small", "unknown"]],
    ["tobool(tostring(p.flag))", [null, null, true]],
    ["todatetime(p.start) >= ago(24h)", [false, true, false]],
    ["todatetime(p.start) between (datetime(2026-11-20T00:00:00Z) .. 2h)", [false, true, false]],
    ["now() - todatetime(p.start)", ["2.12:00:00", "11:59:59.8770000", null]],
    ["toint(p.size) + 1.5 * 2", [8, 6, null]],
    ["7 / 2", [3, 3, 3]],
    ["split(id, '/')[1]", ["a", "b", "c"]],
    ["strcat(toupper(id), \"\\u0041\\n\", @'\\x')", ["/AA\n\\x", "/BA\n\\x", "/CA\n\\x"]],
    ["tostring(p.name) has 'ERP'", [false, false, true]],
    ["tostring(p.name) has 'er'", [false, false, false]],
    ["tostring(p.name) contains 'RP-d'", [false, false, true]],
    ["tostring(p.name) !startswith_cs 'VM'", [true, true, true]],
    ["tostring(p.status) in ('Failed', 'x')", [false, true, false]],
    ["tostring(p.status) !in~ ('FAILED')", [true, false, true]],
    ["not(isnull(p.errors))", [false, true, false]],
    ["array_length(p.errors)", [null, 1, null]],
    ["tostring(p.errors.length)", ["", "", ""]],
    ["extract('vm-([a-z]+)', 1, tostring(p.name))", ["", "", "erp"]],
    ["dynamic({'a':[1,-2]}).a[1]", [-2, -2, -2]],
    ["toint(p.size) != 3", [true, false, true]],
    ["-toint(p.size)", [-5, -3, null]],
  ])("evaluates %s", (expression, expected) => {
    expect(values(expression)).toEqual(expected);
  });

  it("sorts descending unless told, nulls last then", () => {
    expect(run("t | extend n = toint(parse_json(tostring(properties)).size) | sort by n | project id").map((row) => row["id"])).toEqual([
      "/a",
      "/b",
      "/c",
    ]);
    expect(
      run("t | extend n = toint(parse_json(tostring(properties)).size) | top 2 by n asc | project id").map((row) => row["id"]),
    ).toEqual(["/c", "/b"]);
  });

  it("summarizes", () => {
    const rows = run(`t | extend family = tolower(type), n = toint(parse_json(tostring(properties)).size)
      | summarize count(), newest = max(n), arg_max(n, id), ids = make_list(id) by family | order by family asc`);
    expect(rows).toEqual([
      { family: "jobs/backup", count_: 2, newest: 5, n: 5, id: "/a", ids: ["/b", "/a"] },
      { family: "other", count_: 1, newest: null, n: null, id: "/c", ids: ["/c"] },
    ]);
    expect(run("t | where id == 'nothing' | count")).toEqual([{ Count: 0 }]);
    expect(run("t | distinct tolower(type) | count")).toEqual([{ Count: 2 }]);
  });

  it("says when a result cannot be paged", () => {
    expect(compile("t | project id, type").pageable).toBe(true);
    expect(compile("t | project type").pageable).toBe(false);
    expect(compile("t | take 2").pageable).toBe(false);
    expect(compile("t | summarize n = count() by id").pageable).toBe(false);
  });

  it.each([
    ["t | where", /^ParserFailure: Missing expression/],
    ["t | nonsense id", /^ParserFailure: Query operator expected/],
    ["let x = 1; t | where id == x", /^ParserFailure: 'let' is not supported/],
    ["t | evaluate bag_unpack(properties)", /^ParserFailure: Operator 'evaluate' is not supported by Resource Graph/],
    ["t | join (t) on id", /^NotImitatedBySimulator: .*'join'/],
    ["t | mv-expand properties", /^NotImitatedBySimulator: .*'mv-expand'/],
    ["u | take 1", /^InvalidQuery: Table 'u' is not known/],
    ["t | where nothing == 1", /^InvalidQuery: .*'nothing'/],
    ["t | extend x = geo_distance(1)", /^InvalidQuery: Function 'geo_distance'/],
    ["t | where properties.start > ago(1h)", /^InvalidQuery: Cannot compare values of types dynamic and datetime/],
    ["t | where id > 3", /^InvalidQuery: Cannot compare values of types string and long/],
    ["t | extend x = ago('24h')", /^InvalidQuery: ago/],
    ["t | order by properties", /^InvalidQuery: Cannot sort by the dynamic value/],
  ])("refuses %s", (query, expected) => {
    expect(problem(query)).toMatch(expected);
  });
});
