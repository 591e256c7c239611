/**
 * Runs a query of the Kusto query language over rows in memory, in the dialect that Azure Resource Graph documents (`dialect.ts` has another one).
 *
 * In: the query's text and tables (named columns, rows). Out: columns and rows, or one {@link KqlError} that says what is wrong.
 *
 * It does not imitate: joins, unions, `mv-expand` and `parse` (refused as "not imitated"); precision below a millisecond; semantic checks beyond
 * unknown names and operand types; culture-aware text order (text is compared by code unit). Operators that Resource Graph does not document are
 * refused as the service refuses them.
 */
import { type Dialect, resourceGraph } from "./dialect.ts";
import { KqlError } from "./error.ts";
import { expressionCompiler } from "./expression.ts";
import { literalsOfLets, withLiterals } from "./let.ts";
import { compileStage, runStages, type Stage } from "./stages.ts";
import { compileSummarize } from "./summarize.ts";
import { parseQuery, type SyntaxNode } from "./syntax.ts";
import type { Column, Row, RunContext } from "./values.ts";

export interface CompiledQuery {
  /** Lower-cased name of the table that the query begins with. */
  readonly table: string;
  readonly columns: readonly Column[];
  /** Resource Graph gives a token for further pages only when `id` is projected and no operator limits or folds the rows. */
  readonly pageable: boolean;
  readonly run: (rows: Iterable<Row>, context: RunContext) => readonly Row[];
}

/** Operators that fold or cut the rows, after which Resource Graph serves a first page only. */
const UNPAGED = new Set(["TakeOperator", "TopOperator", "SummarizeOperator", "CountOperator"]);

const MAX_CACHED_QUERIES = 64;

/**
 * Compiles each text once. `tables` gives the columns by lower-cased table name.
 * @throws KqlError when the text cannot be parsed or uses what Resource Graph, or this simulator, does not support.
 */
export function createQueryCompiler(
  tables: ReadonlyMap<string, readonly Column[]>,
  dialect: Dialect = resourceGraph,
): (text: string) => CompiledQuery {
  const cache = new Map<string, CompiledQuery>();
  return (text) => {
    const known = cache.get(text);
    if (known !== undefined) return known;
    const compiled = compileQuery(text, tables, dialect);
    if (cache.size >= MAX_CACHED_QUERIES) cache.clear();
    cache.set(text, compiled);
    return compiled;
  };
}

function compileQuery(text: string, tables: ReadonlyMap<string, readonly Column[]>, dialect: Dialect): CompiledQuery {
  const compile = expressionCompiler(dialect.functions);
  const operators: SyntaxNode[] = [];
  let source = singleExpression(parseQuery(text), dialect);
  while (source.kind === "PipeExpression") {
    const [left, , operator] = source.children;
    if (left === undefined || operator === undefined) throw new KqlError("ParserFailure", "Incomplete query.");
    operators.unshift(operator);
    source = left;
  }
  if (source.kind !== "NameReference") throw new KqlError("InvalidQuery", `A query has to begin with a table, found '${source.text}'.`);
  const table = source.text.toLowerCase();
  const tableColumns = tables.get(table);
  if (tableColumns === undefined)
    throw new KqlError("InvalidQuery", `Table '${source.text}' is not known. Known: ${[...tables.keys()].join(", ")}.`);

  let columns: readonly Column[] = tableColumns;
  const stages: Stage[] = [];
  for (const operator of operators) {
    const stage =
      operator.kind === "SummarizeOperator"
        ? compileSummarize(operator, columns, compile, dialect.conditionalAggregates)
        : compileStage(operator, columns, compile, dialect.service);
    stages.push(stage);
    columns = stage.columns;
  }
  const pageable = columns.some((column) => column.name === "id") && !operators.some((operator) => UNPAGED.has(operator.kind));
  return {
    table,
    columns,
    pageable,
    run: (rows, context) => runStages(stages, rows, context),
  };
}

function singleExpression(block: SyntaxNode, { lets, service }: Dialect): SyntaxNode {
  const all = block.children.filter((child) => child.kind !== "EndOfTextToken" && child.kind !== "SemicolonToken");
  const named = all.filter(({ kind }) => kind === "LetStatement");
  if (named.length > 0 && !lets) throw new KqlError("ParserFailure", `'let' is not supported by ${service}.`);
  const statements = all.filter(({ kind }) => kind !== "LetStatement");
  const [statement] = statements;
  const expression = statement?.children[0];
  if (statements.length !== 1 || statement?.kind !== "ExpressionStatement" || expression === undefined)
    throw new KqlError("ParserFailure", "A query is one statement.");
  return withLiterals(expression, literalsOfLets(named));
}
