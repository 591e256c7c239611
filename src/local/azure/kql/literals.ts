/** Literals of the query language: a syntax node in, a typed value out. */
import { KqlError } from "./error.ts";
import type { SyntaxNode } from "./syntax.ts";
import { type KqlType, toEpochMs, toTimespanMs } from "./values.ts";

export interface Literal {
  readonly type: KqlType;
  readonly value: unknown;
}

/** Undefined when the node is no literal. */
export function literalOf(node: SyntaxNode): Literal | undefined {
  switch (node.kind) {
    case "StringLiteralExpression":
      return { type: "string", value: unquote(node.text) };
    case "CompoundStringLiteralExpression":
      return { type: "string", value: node.children.map((child) => unquote(child.text)).join("") };
    case "LongLiteralExpression":
    case "IntLiteralExpression":
      return { type: "long", value: numberIn(node) };
    case "RealLiteralExpression":
    case "DecimalLiteralExpression":
      return { type: "real", value: numberIn(node) };
    case "BooleanLiteralExpression":
      return { type: "bool", value: inner(node) === "null" ? null : inner(node).toLowerCase() === "true" };
    case "DateTimeLiteralExpression":
      return { type: "datetime", value: required(node, toEpochMs(inner(node))) };
    case "TimespanLiteralExpression":
      return { type: "timespan", value: required(node, toTimespanMs(inner(node))) };
    case "GuidLiteralExpression":
      return { type: "string", value: inner(node) };
    case "DynamicExpression":
      return { type: "dynamic", value: jsonOf(node.children[2]) };
    default:
      return undefined;
  }
}

/** The text inside `datetime(…)`, or the text itself. */
function inner(node: SyntaxNode): string {
  const text = node.text;
  const typed = /^\w+\s*\(([\s\S]*)\)$/.exec(text);
  return (typed?.[1] ?? text).trim();
}

function required(node: SyntaxNode, value: number | null): number | null {
  if (value === null && inner(node) !== "null") throw new KqlError("InvalidQuery", `'${node.text}' is not a valid value.`);
  return value;
}

function numberIn(node: SyntaxNode): number | null {
  if (inner(node) === "null") return null;
  const value = Number(inner(node));
  if (Number.isNaN(value)) throw new KqlError("InvalidQuery", `'${node.text}' is not a number.`);
  return value;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f", v: "\v", a: "\u0007", "0": "\0" };

/** `'a'`, `"a"`, verbatim `@'a'` (a doubled quote is one), with an optional `h` for obfuscated text. */
function unquote(token: string): string {
  const text = token.replace(/^[hH]/, "");
  if (text.startsWith("@")) {
    const quote = text.charAt(1);
    return text.slice(2, -1).replaceAll(quote + quote, quote);
  }
  return text.slice(1, -1).replaceAll(/\\(u[\da-fA-F]{4}|x[\da-fA-F]{2}|[\s\S])/g, (_, escape: string) => {
    if (escape.length > 1) return String.fromCodePoint(Number.parseInt(escape.slice(1), 16));
    return ESCAPES[escape] ?? escape;
  });
}

function jsonOf(node: SyntaxNode | undefined): unknown {
  if (node === undefined) return null;
  const parts = node.children.filter((child) => !/^(?:Open|Close)(?:Brace|Bracket)Token$/.test(child.kind));
  switch (node.kind) {
    case "JsonObjectExpression":
      return Object.fromEntries(parts.map((pair) => [unquote((pair.children[0] as SyntaxNode).text), jsonOf(pair.children[2])]));
    case "JsonArrayExpression":
      return parts.map(jsonOf);
    default: {
      const text = node.text;
      if (text === "null") return null;
      const literal = literalOf(node);
      if (
        literal !== undefined &&
        (literal.type === "string" || literal.type === "long" || literal.type === "real" || literal.type === "bool")
      )
        return literal.value;
      const negative = /^-\s*(\d[\d.eE+-]*)$/.exec(text);
      if (negative !== null) return -Number(negative[1]);
      throw new KqlError("InvalidQuery", `'${text}' is not valid inside dynamic(…).`);
    }
  }
}
