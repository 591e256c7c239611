/** Tabular operators other than `summarize`: a syntax node and the columns so far in, a step over rows out. */
import { KqlError } from "./error.ts";
import { childOf, type CompileExpression, nameText } from "./expression.ts";
import type { SyntaxNode } from "./syntax.ts";
import { type Column, compareValues, type Expression, type Row, type RunContext } from "./values.ts";

/** `each`: one row in, one or none out. `all`: needs every row first. */
export type Stage = { readonly columns: readonly Column[] } & (
  | { readonly each: (row: Row, context: RunContext) => Row | undefined }
  | { readonly all: (rows: readonly Row[], context: RunContext) => readonly Row[] }
);

/** Carries rows through stages. Between two stages that need every row, no list is kept: a large table passes row by row. */
export function runStages(stages: readonly Stage[], rows: Iterable<Row>, context: RunContext): readonly Row[] {
  const blocking = stages.findIndex((stage) => "all" in stage);
  const steps = stages.slice(0, blocking < 0 ? undefined : blocking).flatMap((stage) => ("each" in stage ? [stage.each] : []));
  const passed: Row[] = [];
  for (const source of rows) {
    let row: Row | undefined = source;
    for (const step of steps) {
      row = step(row, context);
      if (row === undefined) break;
    }
    if (row !== undefined) passed.push(row);
  }
  const stage = stages[blocking];
  return stage !== undefined && "all" in stage ? runStages(stages.slice(blocking + 1), stage.all(passed, context), context) : passed;
}

/** Documented by Resource Graph, but not carried out here. */
const NOT_IMITATED: Readonly<Record<string, string>> = {
  JoinOperator: "join",
  UnionOperator: "union",
  MvExpandOperator: "mv-expand",
  ParseOperator: "parse",
};

/** `service`: whose dialect it is, for refusals. */
export function compileStage(node: SyntaxNode, columns: readonly Column[], compile: CompileExpression, service: string): Stage {
  const parts = node.children.slice(1);
  switch (node.kind) {
    case "FilterOperator": {
      const condition = compile(parts.at(-1) as SyntaxNode, columns);
      if (condition.type !== "bool" && condition.type !== "dynamic")
        throw new KqlError("InvalidQuery", `'where' needs a condition, found a value of type ${condition.type}.`);
      return { columns, each: (row, context) => (condition.eval(row, context) === true ? row : undefined) };
    }
    case "ProjectOperator":
      return projection(parts, columns, compile, []);
    case "ExtendOperator":
      return projection(parts, columns, compile, columns);
    case "ProjectAwayOperator":
      return projectAway(parts, columns);
    case "SortOperator":
      return { columns, all: sorter(parts.filter(isOrderPart), columns, compile) };
    case "TakeOperator": {
      const count = wholeNumber(parts.at(-1), columns, compile);
      return { columns, all: (rows) => rows.slice(0, count) };
    }
    case "TopOperator": {
      const count = wholeNumber(parts[0], columns, compile);
      const sort = sorter(parts.slice(1).filter(isOrderPart), columns, compile);
      return { columns, all: (rows, context) => sort(rows, context).slice(0, count) };
    }
    case "CountOperator":
      return { columns: [{ name: "Count", type: "long" }], all: (rows) => [[rows.length]] };
    case "DistinctOperator":
      return distinct(parts, columns, compile);
    default:
      throw refusal(node, service);
  }
}

function refusal(node: SyntaxNode, service: string): KqlError {
  const documented = NOT_IMITATED[node.kind];
  if (documented !== undefined)
    return new KqlError("NotImitatedBySimulator", `${service} documents '${documented}', but the simulator does not imitate it.`);
  return new KqlError("ParserFailure", `Operator '${childOf(node, 0).text}' is not supported by ${service}.`);
}

export interface NamedExpression {
  readonly name: string;
  readonly expression: Expression;
}

/** `name = expression`, or an expression that the language names by itself: `p.a` becomes `p_a`, anything else `Column1`. */
export function namedExpression(
  node: SyntaxNode,
  columns: readonly Column[],
  compile: CompileExpression,
  position: number,
): NamedExpression {
  if (node.kind === "SimpleNamedExpression") return { name: nameText(childOf(node, 0)), expression: compile(childOf(node, 2), columns) };
  return { name: nameOf(node) ?? `Column${position + 1}`, expression: compile(node, columns) };
}

export function nameOf(node: SyntaxNode): string | undefined {
  if (node.kind === "NameReference") return nameText(node);
  if (node.kind === "PathExpression") {
    const left = nameOf(childOf(node, 0));
    return left === undefined ? undefined : `${left}_${nameText(childOf(node, 2))}`;
  }
  if (node.kind === "FunctionCallExpression") {
    const first = childOf(node, 1).children[1];
    return first === undefined || first.kind === "CloseParenToken" ? undefined : nameOf(first);
  }
  return undefined;
}

function projection(parts: readonly SyntaxNode[], columns: readonly Column[], compile: CompileExpression, kept: readonly Column[]): Stage {
  const named = parts.map((part, position) => namedExpression(part, columns, compile, position));
  const out: { readonly name: string; readonly expression: Expression }[] = kept.map((column, index) => ({
    name: column.name,
    expression: { type: column.type, eval: (row) => row[index] },
  }));
  for (const one of named) {
    const at = out.findIndex((column) => column.name === one.name);
    if (at < 0) out.push(one);
    else if (kept.length > 0) out[at] = one;
    else throw new KqlError("InvalidQuery", `Column '${one.name}' is named twice.`);
  }
  const evaluators = out.map((column) => column.expression.eval);
  return {
    columns: out.map(({ name, expression }) => ({ name, type: expression.type })),
    each: (row, context) => evaluators.map((evaluate) => evaluate(row, context)),
  };
}

function projectAway(parts: readonly SyntaxNode[], columns: readonly Column[]): Stage {
  const patterns = parts.map((part) => nameText(part));
  const gone = (name: string): boolean =>
    patterns.some((pattern) => (pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern));
  const missing = patterns.find((pattern) => !pattern.endsWith("*") && !columns.some((column) => column.name === pattern));
  if (missing !== undefined) throw new KqlError("InvalidQuery", `Failed to resolve column named '${missing}'.`);
  const indexes = columns.flatMap((column, index) => (gone(column.name) ? [] : [index]));
  return {
    columns: columns.filter((column) => !gone(column.name)),
    each: (row) => indexes.map((index) => row[index]),
  };
}

const isOrderPart = (part: SyntaxNode): boolean => part.kind !== "ByKeyword";

type SortRows = (rows: readonly Row[], context: RunContext) => readonly Row[];

/** The language sorts descending unless told; nulls come first when ascending, last when descending, unless told. */
function sorter(parts: readonly SyntaxNode[], columns: readonly Column[], compile: CompileExpression): SortRows {
  const keys = parts.map((part) => {
    const ordering = part.kind === "OrderedExpression" ? childOf(part, 1).text.split(/\s+/) : [];
    const ascending = ordering.includes("asc");
    const nullsFirst = ordering.includes("nulls") ? ordering.includes("first") : ascending;
    const expression = compile(part.kind === "OrderedExpression" ? childOf(part, 0) : part, columns);
    if (expression.type === "dynamic")
      throw new KqlError("InvalidQuery", `Cannot sort by the dynamic value '${part.text}'. Cast it first.`);
    return { expression, direction: ascending ? 1 : -1, nullSign: nullsFirst ? -1 : 1 };
  });
  return (rows, context) => {
    const decorated = rows.map((row) => ({ row, values: keys.map((key) => key.expression.eval(row, context) ?? null) }));
    decorated.sort((a, b) => {
      for (const [index, { direction, nullSign }] of keys.entries()) {
        const [left, right] = [a.values[index] ?? null, b.values[index] ?? null];
        const nulls = left === null || right === null;
        const sign = nulls ? (left === right ? 0 : left === null ? nullSign : -nullSign) : direction * compareValues(left, right);
        if (sign !== 0) return sign;
      }
      return 0;
    });
    return decorated.map(({ row }) => row);
  };
}

function wholeNumber(node: SyntaxNode | undefined, columns: readonly Column[], compile: CompileExpression): number {
  const value = node === undefined ? undefined : compile(node, columns).constant;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0)
    throw new KqlError("InvalidQuery", `Expected a whole number of rows, found '${node?.text ?? ""}'.`);
  return value;
}

function distinct(parts: readonly SyntaxNode[], columns: readonly Column[], compile: CompileExpression): Stage {
  const selected = projection(
    parts[0]?.kind === "StarExpression" ? [] : parts,
    columns,
    compile,
    parts[0]?.kind === "StarExpression" ? columns : [],
  );
  return {
    columns: selected.columns,
    all: (rows, context) => {
      const seen = new Map<string, Row>();
      for (const row of runStages([selected], rows, context)) {
        const key = JSON.stringify(row);
        if (!seen.has(key)) seen.set(key, row);
      }
      return [...seen.values()];
    },
  };
}
