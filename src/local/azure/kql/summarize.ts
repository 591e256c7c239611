/** `summarize`: groups rows and folds each group with count, dcount, countif, sum, min, max, arg_max, arg_min, make_list, make_set, any. */
import { KqlError } from "./error.ts";
import { childOf, compileExpression, nameText } from "./expression.ts";
import { nameOf, namedExpression, type Stage } from "./stages.ts";
import type { SyntaxNode } from "./syntax.ts";
import { type Column, compareValues, type Expression, type KqlType, type Row, type RunContext } from "./values.ts";

interface Aggregate {
  readonly columns: readonly Column[];
  readonly fold: (rows: readonly Row[], context: RunContext) => readonly unknown[];
}

export function compileSummarize(node: SyntaxNode, columns: readonly Column[]): Stage {
  const by = node.children.find((child) => child.kind === "SummarizeByClause");
  const keys = (by?.children.slice(1) ?? []).map((child, position) => namedExpression(child, columns, compileExpression, position));
  const keyNames = new Set(keys.map((key) => key.name));
  const aggregates = node.children
    .slice(1)
    .filter((child) => child !== by)
    .map((child) => compileAggregate(child, columns, keyNames));

  return {
    columns: [...keys.map(({ name, expression }) => ({ name, type: expression.type })), ...aggregates.flatMap((one) => one.columns)],
    all: (rows, context) => {
      const groups = new Map<string, { readonly key: readonly unknown[]; readonly rows: Row[] }>();
      for (const row of rows) {
        const key = keys.map(({ expression }) => expression.eval(row, context) ?? null);
        const id = JSON.stringify(key);
        const group = groups.get(id);
        if (group === undefined) groups.set(id, { key, rows: [row] });
        else group.rows.push(row);
      }
      if (keys.length === 0 && groups.size === 0) groups.set("", { key: [], rows: [] });
      return [...groups.values()].map((group) => group.key.concat(aggregates.flatMap((one) => one.fold(group.rows, context))));
    },
  };
}

function compileAggregate(node: SyntaxNode, columns: readonly Column[], keyNames: ReadonlySet<string>): Aggregate {
  const named = node.kind === "SimpleNamedExpression";
  const call = named ? childOf(node, 2) : node;
  const givenName = named ? nameText(childOf(node, 0)) : undefined;
  if (call.kind !== "FunctionCallExpression") throw new KqlError("InvalidQuery", `'${call.text}' is no aggregation.`);
  const name = childOf(call, 0).text;
  const nodes = childOf(call, 1).children.filter((child) => child.kind !== "OpenParenToken" && child.kind !== "CloseParenToken");
  const [first, ...rest] = nodes;
  if (name === "arg_max" || name === "arg_min") return extreme(name === "arg_max" ? 1 : -1, nodes, columns, keyNames, givenName);

  const value = first === undefined ? undefined : compileExpression(first, columns);
  const simple = (type: KqlType, prefix: string, fold: (values: readonly unknown[]) => unknown): Aggregate => ({
    columns: [{ name: givenName ?? `${prefix}_${(first === undefined ? undefined : nameOf(first)) ?? ""}`, type }],
    fold: (rows, context) => [fold(value === undefined ? rows : rows.map((row) => value.eval(row, context) ?? null))],
  });
  if (name === "count") return simple("long", "count", (values) => values.length);
  if (value === undefined) throw new KqlError("InvalidQuery", `${name}() needs an argument.`);
  const maximum = rest[0] === undefined ? Number.POSITIVE_INFINITY : Number(compileExpression(rest[0], columns).constant);
  switch (name) {
    case "countif":
      return simple("long", "countif", (values) => values.filter((one) => one === true).length);
    case "dcount":
      return simple("long", "dcount", (values) => unique(values).length);
    case "sum":
      return simple(value.type, "sum", (values) => values.reduce<number>((sum, one) => sum + (typeof one === "number" ? one : 0), 0));
    case "max":
      return simple(value.type, "max", (values) => best(values, 1));
    case "min":
      return simple(value.type, "min", (values) => best(values, -1));
    case "any":
    case "take_any":
      return simple(value.type, "any", (values) => values[0] ?? null);
    case "make_list":
      return simple("dynamic", "list", (values) => values.filter((one) => one !== null).slice(0, maximum));
    case "make_set":
      return simple("dynamic", "set", (values) => unique(values).slice(0, maximum));
    default:
      throw new KqlError("InvalidQuery", `Aggregation '${name}' is not known to the simulator.`);
  }
}

function unique(values: readonly unknown[]): unknown[] {
  return [...new Map(values.filter((one) => one !== null).map((one) => [JSON.stringify(one), one])).values()];
}

function best(values: readonly unknown[], sign: 1 | -1): unknown {
  let found: unknown = null;
  for (const value of values) if (value !== null && (found === null || compareValues(value, found) * sign > 0)) found = value;
  return found;
}

/** `arg_max(by, a, b)` or `arg_max(by, *)`: the values of the row where `by` is greatest. */
function extreme(
  sign: 1 | -1,
  nodes: readonly SyntaxNode[],
  columns: readonly Column[],
  keyNames: ReadonlySet<string>,
  givenName?: string,
): Aggregate {
  const [byNode, ...wanted] = nodes;
  if (byNode === undefined) throw new KqlError("InvalidQuery", "arg_max() and arg_min() need an argument.");
  const by = namedExpression(byNode, columns, compileExpression, 0);
  const rest: { readonly name: string; readonly expression: Expression }[] =
    wanted[0]?.kind === "StarExpression"
      ? columns.flatMap((column, index) =>
          column.name === by.name || keyNames.has(column.name)
            ? []
            : [{ name: column.name, expression: { type: column.type, eval: (row: Row) => row[index] } }],
        )
      : wanted.map((node, position) => namedExpression(node, columns, compileExpression, position));
  const all = [{ ...by, name: givenName ?? by.name }, ...rest];
  return {
    columns: all.map(({ name, expression }) => ({ name, type: expression.type })),
    fold: (rows, context) => {
      let winner: Row | undefined;
      let winning: unknown = null;
      for (const row of rows) {
        const value = by.expression.eval(row, context) ?? null;
        if (winner === undefined || (value !== null && (winning === null || compareValues(value, winning) * sign > 0)))
          [winner, winning] = [row, value];
      }
      const row = winner;
      return row === undefined ? all.map(() => null) : all.map(({ expression }) => expression.eval(row, context) ?? null);
    },
  };
}
