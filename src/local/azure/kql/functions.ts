/** The scalar functions that published Resource Graph samples use; a dialect may add to them. An unknown function is refused by name. */
import { KqlError } from "./error.ts";
import { type Expression, type KqlType, toBoolean, toEpochMs, toNumber, toText, toTimespanMs } from "./values.ts";

export interface FunctionSpec {
  readonly min: number;
  readonly max: number;
  readonly compile: (args: readonly Expression[]) => Expression;
}

type Args = readonly Expression[];

/** A function of its arguments' values; arguments of type string arrive as text, never null. */
export function plain(type: KqlType, min: number, max: number, apply: (values: readonly unknown[], args: Args) => unknown): FunctionSpec {
  return {
    min,
    max,
    compile: (args) => ({
      type,
      eval: (row, context) =>
        apply(
          args.map((arg) => arg.eval(row, context) ?? null),
          args,
        ),
    }),
  };
}

const text = (type: KqlType, min: number, max: number, apply: (...values: string[]) => unknown): FunctionSpec =>
  plain(type, min, max, (values, args) => apply(...values.map((value, index) => toText(value, args[index]?.type ?? "string"))));

const isEmpty = (value: unknown): boolean => value === null || value === "";

const jsonSpec: FunctionSpec = {
  min: 1,
  max: 1,
  compile: ([argument]) => {
    const source = argument as Expression;
    if (source.type === "dynamic") return { type: "dynamic", eval: (row, context) => parsed(source.eval(row, context)) };
    const origin = source.textOf?.type === "dynamic" ? source.textOf : undefined;
    if (origin === undefined) return { type: "dynamic", eval: (row, context) => parsed(toText(source.eval(row, context), source.type)) };
    return { type: "dynamic", eval: (row, context) => parsed(origin.eval(row, context)) };
  },
};

function parsed(value: unknown): unknown {
  if (typeof value !== "string") return value ?? null;
  if (value === "") return null;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

function sameType(args: Args, name: string): KqlType {
  const type = args.find((arg) => arg.type !== "dynamic")?.type ?? "dynamic";
  const odd = args.find((arg) => arg.type !== type && arg.type !== "dynamic");
  if (odd !== undefined) throw new KqlError("InvalidQuery", `${name}() needs values of one type, found ${type} and ${odd.type}.`);
  return type;
}

/** First value that is not null; for text, first that is not empty. */
const coalesceSpec: FunctionSpec = {
  min: 2,
  max: 64,
  compile: (args) => {
    const type = sameType(args, "coalesce");
    return {
      type,
      eval: (row, context) => {
        for (const arg of args) {
          const value = arg.eval(row, context) ?? null;
          if (value !== null && !(type === "string" && value === "")) return value;
        }
        return type === "string" ? "" : null;
      },
    };
  },
};

/** `case(when1, then1, when2, then2, …, else)`; `iff` is the shortest one. */
const caseSpec: FunctionSpec = {
  min: 3,
  max: 129,
  compile: (args) => {
    if (args.length % 2 === 0) throw new KqlError("InvalidQuery", "case() needs an odd number of arguments: pairs and an else.");
    const type = sameType(
      args.filter((_, index) => index % 2 === 1 || index === args.length - 1),
      "case",
    );
    return {
      type,
      eval: (row, context) => {
        for (let index = 0; index + 1 < args.length; index += 2) {
          if (args[index]?.eval(row, context) === true) return args[index + 1]?.eval(row, context) ?? null;
        }
        return args.at(-1)?.eval(row, context) ?? null;
      },
    };
  },
};

const toStringSpec: FunctionSpec = {
  min: 1,
  max: 1,
  compile: ([argument]) => {
    const source = argument as Expression;
    return { type: "string", eval: (row, context) => toText(source.eval(row, context), source.type), textOf: source };
  },
};

const agoSpec: FunctionSpec = {
  min: 1,
  max: 1,
  compile: ([argument]) => {
    if (argument?.type !== "timespan") throw new KqlError("InvalidQuery", "ago() needs a timespan such as 24h.");
    return { type: "datetime", eval: (row, context) => context.nowMs - (argument.eval(row, context) as number) };
  },
};

const nowSpec: FunctionSpec = {
  min: 0,
  max: 1,
  compile: ([offset]) => ({
    type: "datetime",
    eval: (row, context) => context.nowMs + (offset === undefined ? 0 : (toTimespanMs(offset.eval(row, context)) ?? 0)),
  }),
};

export type FunctionTable = Readonly<Record<string, FunctionSpec>>;

export const resourceGraphFunctions: FunctionTable = {
  parse_json: jsonSpec,
  todynamic: jsonSpec,
  tostring: toStringSpec,
  toint: plain("long", 1, 1, ([value]) => toNumber(value, true)),
  tolong: plain("long", 1, 1, ([value]) => toNumber(value, true)),
  todouble: plain("real", 1, 1, ([value]) => toNumber(value, false)),
  toreal: plain("real", 1, 1, ([value]) => toNumber(value, false)),
  tobool: plain("bool", 1, 1, ([value]) => toBoolean(value)),
  todatetime: plain("datetime", 1, 1, ([value]) => toEpochMs(value)),
  totimespan: plain("timespan", 1, 1, ([value]) => toTimespanMs(value)),
  coalesce: coalesceSpec,
  iff: { ...caseSpec, max: 3 },
  iif: { ...caseSpec, max: 3 },
  case: caseSpec,
  isempty: plain("bool", 1, 1, ([value]) => isEmpty(value)),
  isnotempty: plain("bool", 1, 1, ([value]) => !isEmpty(value)),
  notempty: plain("bool", 1, 1, ([value]) => !isEmpty(value)),
  isnull: plain("bool", 1, 1, ([value]) => value === null),
  isnotnull: plain("bool", 1, 1, ([value]) => value !== null),
  notnull: plain("bool", 1, 1, ([value]) => value !== null),
  not: plain("bool", 1, 1, ([value]) => (typeof value === "boolean" ? !value : null)),
  tolower: text("string", 1, 1, (value = "") => value.toLowerCase()),
  toupper: text("string", 1, 1, (value = "") => value.toUpperCase()),
  trim: text("string", 2, 2, (pattern = "", value = "") =>
    value.replace(new RegExp(`^(?:${pattern})+`), "").replace(new RegExp(`(?:${pattern})+$`), ""),
  ),
  strcat: text("string", 1, 64, (...values) => values.join("")),
  strlen: text("long", 1, 1, (value = "") => value.length),
  replace_string: text("string", 3, 3, (value = "", from = "", to = "") => (from === "" ? value : value.replaceAll(from, () => to))),
  substring: plain("string", 2, 3, ([value, start, length], args) => {
    const whole = toText(value, args[0]?.type ?? "string");
    const from = toNumber(start, true) ?? 0;
    const begin = from < 0 ? Math.max(0, whole.length + from) : from;
    return args.length === 3 ? whole.slice(begin, begin + (toNumber(length, true) ?? 0)) : whole.slice(begin);
  }),
  split: plain("dynamic", 2, 3, ([value, separator, index], args) => {
    const parts = toText(value, args[0]?.type ?? "string").split(toText(separator, "string"));
    return args.length === 3 ? [parts[toNumber(index, true) ?? 0] ?? null] : parts;
  }),
  extract: plain("string", 3, 3, ([pattern, group, value], args) => {
    const found = new RegExp(toText(pattern, "string")).exec(toText(value, args[2]?.type ?? "string"));
    return found?.[toNumber(group, true) ?? 0] ?? "";
  }),
  array_length: plain("long", 1, 1, ([value]) => (Array.isArray(value) ? value.length : null)),
  bag_keys: plain("dynamic", 1, 1, ([value]) =>
    value !== null && typeof value === "object" && !Array.isArray(value) ? Object.keys(value) : null,
  ),
  bin: plain("datetime", 2, 2, ([value, size]) =>
    typeof value === "number" && typeof size === "number" && size > 0 ? Math.floor(value / size) * size : null,
  ),
  min_of: plain("long", 2, 64, (values) => values.reduce<number | null>((least, value) => lesser(least, value), null)),
  now: nowSpec,
  ago: agoSpec,
};

function lesser(least: number | null, value: unknown): number | null {
  if (typeof value !== "number") return least;
  return least === null || value < least ? value : least;
}

export function compileFunction(functions: FunctionTable, name: string, args: Args): Expression {
  const spec = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (spec === undefined)
    throw new KqlError("InvalidQuery", `Function '${name}' is not known to the simulator. Known: ${Object.keys(functions).join(", ")}.`);
  if (args.length < spec.min || args.length > spec.max) {
    const allowed = spec.min === spec.max ? String(spec.min) : `${spec.min} to ${spec.max}`;
    throw new KqlError("InvalidQuery", `${name}(): expected ${allowed} argument(s), found ${args.length}.`);
  }
  const compiled = spec.compile(args);
  // A rounded value keeps the type of what was rounded.
  return name === "bin" || name === "min_of" ? { ...compiled, type: args[0]?.type ?? compiled.type } : compiled;
}
