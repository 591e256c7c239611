/** `summarize`: groups rows and folds each group with count, dcount, countif, sum, min, max, arg_max, arg_min, make_list, make_set, any. */
import { KqlError } from "./error.ts";
import { childOf, type CompileExpression, nameText } from "./expression.ts";
import { nameOf, namedExpression, type Stage } from "./stages.ts";
import type { SyntaxNode } from "./syntax.ts";
import { type Column, compareValues, type Expression, type KqlType, type Row, type RunContext } from "./values.ts";

interface Aggregate {
  readonly columns: readonly Column[];
  readonly fold: (rows: readonly Row[], context: RunContext) => readonly unknown[];
}

/** Those of Log Analytics that fold only the rows for which a condition holds: `minif(value, condition)`. */
export type ConditionalAggregate = "minif" | "maxif" | "sumif" | "take_anyif";

interface AggregateScope {
  readonly columns: readonly Column[];
  readonly compile: CompileExpression;
  readonly keyNames: ReadonlySet<string>;
  readonly conditional: ReadonlySet<string>;
}

export function compileSummarize(
  node: SyntaxNode,
  columns: readonly Column[],
  compile: CompileExpression,
  conditional: ReadonlySet<ConditionalAggregate>,
): Stage {
  const by = node.children.find((child) => child.kind === "SummarizeByClause");
  const keys = (by?.children.slice(1) ?? []).map((child, position) => namedExpression(child, columns, compile, position));
  const keyNames = new Set(keys.map((key) => key.name));
  const aggregates = node.children
    .slice(1)
    .filter((child) => child !== by)
    .map((child) => compileAggregate(child, { columns, compile, keyNames, conditional }));

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

function compileAggregate(node: SyntaxNode, scope: AggregateScope): Aggregate {
  const { columns, compile } = scope;
  const named = node.kind === "SimpleNamedExpression";
  const call = named ? childOf(node, 2) : node;
  const givenName = named ? nameText(childOf(node, 0)) : undefined;
  if (call.kind !== "FunctionCallExpression") throw new KqlError("InvalidQuery", `'${call.text}' is no aggregation.`);
  const name = childOf(call, 0).text;
  const nodes = childOf(call, 1).children.filter((child) => child.kind !== "OpenParenToken" && child.kind !== "CloseParenToken");
  const [first, ...rest] = nodes;
  if (name === "arg_max" || name === "arg_min") return extreme(name === "arg_max" ? 1 : -1, nodes, scope, givenName);

  const value = first === undefined ? undefined : compile(first, columns);
  const simple = (type: KqlType, prefix: string, fold: (values: readonly unknown[]) => unknown): Aggregate => ({
    columns: [{ name: givenName ?? `${prefix}_${(first === undefined ? undefined : nameOf(first)) ?? ""}`, type }],
    fold: (rows, context) => [fold(value === undefined ? rows : rows.map((row) => value.eval(row, context) ?? null))],
  });
  if (name === "count") return simple("long", "count", (values) => values.length);
  if (value === undefined) throw new KqlError("InvalidQuery", `${name}() needs an argument.`);
  if (scope.conditional.has(name)) return conditionalAggregate(name as ConditionalAggregate, value, rest[0], scope, givenName);
  const maximum = rest[0] === undefined ? Number.POSITIVE_INFINITY : Number(compile(rest[0], columns).constant);
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

const CONDITIONAL: Readonly<Record<ConditionalAggregate, (values: readonly unknown[]) => unknown>> = {
  minif: (values) => best(values, -1),
  maxif: (values) => best(values, 1),
  sumif: (values) => values.reduce<number>((sum, one) => sum + (typeof one === "number" ? one : 0), 0),
  take_anyif: (values) => values[0] ?? null,
};

function conditionalAggregate(
  name: ConditionalAggregate,
  value: Expression,
  conditionNode: SyntaxNode | undefined,
  { columns, compile }: AggregateScope,
  givenName?: string,
): Aggregate {
  if (conditionNode === undefined) throw new KqlError("InvalidQuery", `${name}() needs a value and a condition.`);
  const condition = compile(conditionNode, columns);
  if (condition.type !== "bool") throw new KqlError("InvalidQuery", `${name}() needs a condition, found ${condition.type}.`);
  return {
    columns: [{ name: givenName ?? `${name}_`, type: value.type }],
    fold: (rows, context) => {
      const values = rows.filter((row) => condition.eval(row, context) === true).map((row) => value.eval(row, context) ?? null);
      return [CONDITIONAL[name](values)];
    },
  };
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
function extreme(sign: 1 | -1, nodes: readonly SyntaxNode[], scope: AggregateScope, givenName?: string): Aggregate {
  const { columns, compile, keyNames } = scope;
  const [byNode, ...wanted] = nodes;
  if (byNode === undefined) throw new KqlError("InvalidQuery", "arg_max() and arg_min() need an argument.");
  const by = namedExpression(byNode, columns, compile, 0);
  const rest: { readonly name: string; readonly expression: Expression }[] =
    wanted[0]?.kind === "StarExpression"
      ? columns.flatMap((column, index) =>
          column.name === by.name || keyNames.has(column.name)
            ? []
            : [{ name: column.name, expression: { type: column.type, eval: (row: Row) => row[index] } }],
        )
      : wanted.map((node, position) => namedExpression(node, columns, compile, position));
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
