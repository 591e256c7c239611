/** Scalar expressions: a syntax node in, a typed evaluator out. Null follows the language: a comparison with null is not true, `!=` to one null is. */
import { KqlError } from "./error.ts";
import { compileFunction, type FunctionTable } from "./functions.ts";
import { compileBinary, compileIn, compileTextOperator, isTextOperator } from "./comparison.ts";
import { literalOf } from "./literals.ts";
import type { SyntaxNode } from "./syntax.ts";
import { type Column, type Expression, toText } from "./values.ts";

export type CompileExpression = (node: SyntaxNode, columns: readonly Column[]) => Expression;

const BINARY: Readonly<Record<string, string>> = {
  EqualExpression: "==",
  NotEqualExpression: "!=",
  LessThanExpression: "<",
  LessThanOrEqualExpression: "<=",
  GreaterThanExpression: ">",
  GreaterThanOrEqualExpression: ">=",
  AddExpression: "+",
  SubtractExpression: "-",
  MultiplyExpression: "*",
  DivideExpression: "/",
  ModuloExpression: "%",
};

/** `functions`: those that the dialect knows. */
export function expressionCompiler(functions: FunctionTable): CompileExpression {
  const compile: CompileExpression = (node, columns) => compileNode(node, columns, compile, functions);
  return compile;
}

function compileNode(node: SyntaxNode, columns: readonly Column[], compile: CompileExpression, functions: FunctionTable): Expression {
  const literal = literalOf(node);
  if (literal !== undefined) return { type: literal.type, eval: () => literal.value, constant: literal.value };

  const part = (index: number): Expression => compile(childOf(node, index), columns);
  switch (node.kind) {
    case "NameReference":
      return columnOf(node, columns);
    case "ParenthesizedExpression":
      return part(1);
    case "PathExpression":
      return memberOf(part(0), nameText(childOf(node, 2)));
    case "ElementExpression": {
      const key = compile(childOf(childOf(node, 1), 1), columns);
      return elementOf(part(0), key);
    }
    case "UnaryMinusExpression": {
      const inner = part(1);
      return { type: inner.type, eval: (row, context) => negate(inner.eval(row, context)) };
    }
    case "AndExpression": {
      const [left, right] = [part(0), part(2)];
      return { type: "bool", eval: (row, context) => left.eval(row, context) === true && right.eval(row, context) === true };
    }
    case "OrExpression": {
      const [left, right] = [part(0), part(2)];
      return { type: "bool", eval: (row, context) => left.eval(row, context) === true || right.eval(row, context) === true };
    }
    case "EqualTildeExpression":
    case "BangTildeExpression":
      return compileTextOperator(node.kind, part(0), part(2));
    case "InExpression":
    case "InCsExpression":
    case "NotInExpression":
    case "NotInCsExpression":
      return compileIn(node.kind, part(0), argumentsOf(childOf(node, 2), columns, compile));
    case "BetweenExpression":
    case "NotBetweenExpression":
      return betweenOf(node, part(0), columns, compile);
    case "FunctionCallExpression": {
      const name = childOf(node, 0).text;
      return compileFunction(functions, name, argumentsOf(childOf(node, 1), columns, compile));
    }
    default: {
      const operator = BINARY[node.kind];
      if (operator !== undefined) return compileBinary(operator, part(0), part(2));
      if (isTextOperator(node.kind)) return compileTextOperator(node.kind, part(0), part(2));
      throw new KqlError("InvalidQuery", `'${node.text}' (${node.kind}) is not supported.`);
    }
  }
}

export function childOf(node: SyntaxNode, index: number): SyntaxNode {
  const child = node.children[index];
  if (child === undefined) throw new KqlError("ParserFailure", `'${node.text}' is incomplete.`);
  return child;
}

/** A name as written, or the text inside `['…']`. */
export function nameText(node: SyntaxNode): string {
  const text = node.text;
  const quoted = /^\[\s*(?:"([^"]*)"|'([^']*)')\s*\]$/.exec(text);
  return quoted === null ? text : (quoted[1] ?? quoted[2] ?? "");
}

function argumentsOf(list: SyntaxNode, columns: readonly Column[], compile: CompileExpression): Expression[] {
  return list.children
    .filter((child) => child.kind !== "OpenParenToken" && child.kind !== "CloseParenToken")
    .map((child) => compile(child, columns));
}

function columnOf(node: SyntaxNode, columns: readonly Column[]): Expression {
  const name = nameText(node);
  const index = columns.findIndex((column) => column.name === name);
  const column = columns[index];
  if (column === undefined) throw new KqlError("InvalidQuery", `Failed to resolve column or scalar expression named '${name}'.`);
  return { type: column.type, eval: (row) => row[index] };
}

function memberOf(target: Expression, name: string): Expression {
  if (target.type !== "dynamic") throw new KqlError("InvalidQuery", `'.${name}' needs a dynamic value, found ${target.type}.`);
  return { type: "dynamic", eval: (row, context) => member(target.eval(row, context), name) };
}

function elementOf(target: Expression, key: Expression): Expression {
  if (target.type !== "dynamic") throw new KqlError("InvalidQuery", `An indexer needs a dynamic value, found ${target.type}.`);
  return {
    type: "dynamic",
    eval: (row, context) => {
      const index = key.eval(row, context);
      const value = target.eval(row, context);
      if (typeof index === "number") return Array.isArray(value) ? ((value.at(index) as unknown) ?? null) : null;
      return member(value, toText(index, key.type));
    },
  };
}

/** Of an object only: a row whose `properties` is text has no members until it is parsed. */
function member(value: unknown, name: string): unknown {
  if (value === null || typeof value !== "object" || Array.isArray(value) || !Object.hasOwn(value, name)) return null;
  return (value as Readonly<Record<string, unknown>>)[name] ?? null;
}

function negate(value: unknown): number | null {
  return typeof value === "number" ? -value : null;
}

function betweenOf(node: SyntaxNode, value: Expression, columns: readonly Column[], compile: CompileExpression): Expression {
  const couple = childOf(node, 2);
  const low = compile(childOf(couple, 1), columns);
  const high = compile(childOf(couple, 3), columns);
  const end = value.type === "datetime" && high.type === "timespan" ? compileBinary("+", low, high) : high;
  const [above, below] = [compileBinary(">=", value, low), compileBinary("<=", value, end)];
  const wanted = node.kind === "BetweenExpression";
  return { type: "bool", eval: (row, context) => (above.eval(row, context) === true && below.eval(row, context) === true) === wanted };
}
