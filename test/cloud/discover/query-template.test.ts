import { createRequire } from "node:module";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderQuery } from "../../../src/cloud/discover/query-template.ts";
import { itemsQuery, jobsQuery } from "../../../src/cloud/discover/query-texts.ts";

interface SyntaxNode {
  readonly Kind: unknown;
  readonly ChildCount: number;
  GetChild(index: number): SyntaxNode | null;
  readonly LiteralValue?: unknown;
}
interface KustoCode {
  readonly Syntax: SyntaxNode;
  GetDiagnostics(): { readonly Count: number };
}

const load = createRequire(import.meta.url);
load("@kusto/language-service-next/bridge.min.js");
load("@kusto/language-service-next/Kusto.Language.Bridge.min.js");
const kusto = (globalThis as unknown as { Kusto: { Language: { KustoCode: { Parse(text: string): KustoCode } } } }).Kusto.Language
  .KustoCode;

/** Values of all string literals, by the language's own parser. */
function stringLiterals(text: string): { readonly values: unknown[]; readonly problems: number } {
  const code = kusto.Parse(text);
  const values: unknown[] = [];
  const visit = (node: SyntaxNode): void => {
    if (node.ChildCount > 0 && typeof node.LiteralValue === "string") values.push(node.LiteralValue);
    for (let index = 0; index < node.ChildCount; index++) {
      const child = node.GetChild(index);
      if (child !== null) visit(child);
    }
  };
  visit(code.Syntax);
  return { values, problems: code.GetDiagnostics().Count };
}

const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  fc
    .array(
      fc.constantFrom("'", '"', "\\", "\n", "\r", "\u2028", "{{from:datetime}}", "//", "|", ")", "a", "\\u0027", "'] | where", "$&", "\0"),
    )
    .map((parts) => parts.join("")),
);

describe("the query template", () => {
  it("C1: a text can only ever become one literal that means the same text", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const query = renderQuery("t | where name == {{name:string}} | order by id asc", { name: text });
        expect(query.split("\n")).toHaveLength(1);
        expect(stringLiterals(query)).toEqual({ values: [text], problems: 0 });
      }),
      { numRuns: 80 },
    );
  });

  it("C1: a list becomes as many literals as it has entries", () => {
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 5 }), (texts) => {
        const query = renderQuery("t | where name in~ ({{names:strings}})", { names: texts });
        expect(stringLiterals(query)).toEqual({ values: texts, problems: 0 });
      }),
      { numRuns: 40 },
    );
  });

  it("C1: a time becomes a literal to the millisecond", () => {
    expect(renderQuery("{{at:datetime}}", { at: new Date(Date.UTC(2026, 10, 20, 1, 2, 3, 4)) })).toBe("datetime(2026-11-20T01:02:03.004Z)");
  });

  it.each<[string, string, Record<string, Date | string | string[]>, string]>([
    ["a placeholder without a value", "{{from:datetime}}", {}, "has no value"],
    ["a value without a placeholder", "t", { from: new Date() }, 'no placeholder for "from"'],
    ["a name that every object has", "{{toString:string}}", {}, "has no value"],
    ["an unknown type", "{{a:number}}", { a: "1" }, "unknown type"],
    ["another type than said", "{{a:datetime}}", { a: "2026-11-20" }, "not a valid datetime"],
    ["an invalid time", "{{a:datetime}}", { a: new Date("x") }, "not a valid datetime"],
    ["an empty list", "{{a:strings}}", { a: [] }, "not a valid strings"],
    ["a malformed placeholder", "{{ a:string }}", { a: "1" }, "malformed placeholder"],
  ])("refuses %s", (_name, text, values, message) => {
    expect(() => renderQuery(text, values)).toThrow(message);
  });

  it("C1: the shipped texts parse, page by id, and use only operators that Resource Graph documents", () => {
    const texts = [jobsQuery({ fromMs: 0, toMs: 1 }), itemsQuery()];
    for (const text of texts) {
      expect(kusto.Parse(text).GetDiagnostics().Count).toBe(0);
      const operators = [...text.matchAll(/^\| (\w+)/gm)].map(([, operator]) => operator);
      expect(operators.filter((operator) => !["where", "extend", "project", "order"].includes(operator ?? ""))).toEqual([]);
      expect(operators.slice(-2)).toEqual(["project", "order"]);
      expect(text).toMatch(/\| project id, /);
      expect(text.endsWith("| order by id asc")).toBe(true);
      expect(text).not.toContain("//");
    }
  });
});
