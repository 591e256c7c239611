/** Operators between two values: comparison, arithmetic, membership and text matching. */
import { KqlError } from "./error.ts";
import { compareValues, type Expression, type KqlType, toText } from "./values.ts";

const NUMERIC = new Set<KqlType>(["long", "real"]);

/**
 * Types that may be compared. A dynamic value has to be cast before it is compared with a time: the service says so too, and a query that relies on
 * a silent conversion would lose rows.
 */
function comparable(a: KqlType, b: KqlType): boolean {
  if (a === b || (NUMERIC.has(a) && NUMERIC.has(b))) return true;
  const other = a === "dynamic" ? b : b === "dynamic" ? a : undefined;
  return other !== undefined && other !== "datetime" && other !== "timespan";
}

function equal(a: unknown, b: unknown): boolean {
  const left = a ?? null;
  const right = b ?? null;
  if (left === null || right === null) return false;
  return compareValues(left, right) === 0;
}

export function compileBinary(operator: string, left: Expression, right: Expression): Expression {
  if ("+-*/%".includes(operator)) return compileArithmetic(operator, left, right);
  if (!comparable(left.type, right.type))
    throw new KqlError("InvalidQuery", `Cannot compare values of types ${left.type} and ${right.type}. Try adding explicit casts.`);
  const test = comparison(operator);
  return { type: "bool", eval: (row, context) => test(left.eval(row, context) ?? null, right.eval(row, context) ?? null) };
}

const ordered = (check: (sign: number) => boolean) => (a: unknown, b: unknown) => a !== null && b !== null && check(compareValues(a, b));

function comparison(operator: string): (a: unknown, b: unknown) => boolean | null {
  switch (operator) {
    case "==":
      return (a, b) => (a === null && b === null ? null : equal(a, b));
    case "!=":
      return (a, b) => (a === null && b === null ? null : !equal(a, b));
    case "<":
      return ordered((sign) => sign < 0);
    case "<=":
      return ordered((sign) => sign <= 0);
    case ">":
      return ordered((sign) => sign > 0);
    default:
      return ordered((sign) => sign >= 0);
  }
}

function compileArithmetic(operator: string, left: Expression, right: Expression): Expression {
  const type = arithmeticType(operator, left.type, right.type);
  const whole = type === "long";
  return {
    type,
    eval: (row, context) => {
      const a = left.eval(row, context);
      const b = right.eval(row, context);
      if (typeof a !== "number" || typeof b !== "number") return null;
      if (operator === "+") return a + b;
      if (operator === "-") return a - b;
      if (operator === "*") return a * b;
      if (b === 0) return null;
      if (operator === "%") return a % b;
      return whole ? Math.trunc(a / b) : a / b;
    },
  };
}

function arithmeticType(operator: string, a: KqlType, b: KqlType): KqlType {
  if (NUMERIC.has(a) && NUMERIC.has(b)) return a === "real" || b === "real" ? "real" : "long";
  if (a === "datetime" && b === "datetime" && operator === "-") return "timespan";
  if (a === "datetime" && b === "timespan" && (operator === "+" || operator === "-")) return "datetime";
  if (a === "timespan" && b === "datetime" && operator === "+") return "datetime";
  if (a === "timespan" && b === "timespan") return operator === "/" ? "real" : "timespan";
  if ((a === "timespan" && NUMERIC.has(b)) || (NUMERIC.has(a) && b === "timespan")) return "timespan";
  throw new KqlError("InvalidQuery", `Operator '${operator}' does not take ${a} and ${b}. Try adding explicit casts.`);
}

/** `in`, `in~` and their negations. The parser's "Cs" kinds are the ones without regard to case. */
export function compileIn(kind: string, value: Expression, list: readonly Expression[]): Expression {
  const ignoreCase = kind.includes("InCs");
  const wanted = !kind.startsWith("Not");
  const key = (item: unknown, type: KqlType): unknown => {
    if (item === null || item === undefined) return null;
    if (typeof item === "string" || ignoreCase) return ignoreCase ? toText(item, type).toLowerCase() : item;
    return typeof item === "object" ? JSON.stringify(item) : item;
  };
  if (!list.every((item) => item.constant !== undefined)) throw new KqlError("InvalidQuery", "'in' takes literals only.");
  const keys = new Set(
    list.flatMap((item) =>
      Array.isArray(item.constant) ? item.constant.map((one: unknown) => key(one, "dynamic")) : [key(item.constant, item.type)],
    ),
  );
  return { type: "bool", eval: (row, context) => keys.has(key(value.eval(row, context), value.type)) === wanted };
}

type TextTest = (value: string, pattern: string) => boolean;

/** Whether `pattern` stands in `value` as a whole word of letters and digits. */
const hasTerm: TextTest = (value, pattern) => {
  for (let at = value.indexOf(pattern); at >= 0; at = value.indexOf(pattern, at + 1)) {
    if (!/[\p{L}\p{N}]/u.test(value.charAt(at - 1)) && !/[\p{L}\p{N}]/u.test(value.charAt(at + pattern.length))) return true;
  }
  return pattern === "";
};

const TEXT_TESTS: Readonly<Record<string, TextTest>> = {
  EqualTilde: (value, pattern) => value === pattern,
  Has: hasTerm,
  Contains: (value, pattern) => value.includes(pattern),
  StartsWith: (value, pattern) => value.startsWith(pattern),
  EndsWith: (value, pattern) => value.endsWith(pattern),
};

function textTestOf(kind: string): { readonly test: TextTest; readonly negated: boolean; readonly caseSensitive: boolean } | undefined {
  if (kind === "BangTildeExpression") return { test: TEXT_TESTS["EqualTilde"] as TextTest, negated: true, caseSensitive: false };
  const parts = /^(Not)?(EqualTilde|Has|Contains|StartsWith|EndsWith)(Cs)?Expression$/.exec(kind);
  const test = TEXT_TESTS[parts?.[2] ?? ""];
  return parts === null || test === undefined
    ? undefined
    : { test, negated: parts[1] !== undefined, caseSensitive: parts[3] !== undefined };
}

export function isTextOperator(kind: string): boolean {
  return textTestOf(kind) !== undefined;
}

export function compileTextOperator(kind: string, left: Expression, right: Expression): Expression {
  const found = textTestOf(kind);
  if (found === undefined) throw new KqlError("InvalidQuery", `${kind} is not supported.`);
  for (const side of [left, right]) {
    if (side.type !== "string" && side.type !== "dynamic")
      throw new KqlError("InvalidQuery", `A text operator needs string values, found ${side.type}. Try adding explicit casts.`);
  }
  const { test, negated, caseSensitive } = found;
  const fold = (value: unknown, type: KqlType): string => (caseSensitive ? toText(value, type) : toText(value, type).toLowerCase());
  return {
    type: "bool",
    eval: (row, context) => test(fold(left.eval(row, context), left.type), fold(right.eval(row, context), right.type)) !== negated,
  };
}
