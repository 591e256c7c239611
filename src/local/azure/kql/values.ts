/** Types and conversions of the query language. A datetime is milliseconds since the epoch, a timespan is milliseconds, null stands for all nulls. */
export type KqlType = "string" | "long" | "real" | "bool" | "datetime" | "timespan" | "dynamic";

export interface Column {
  readonly name: string;
  readonly type: KqlType;
}

/** One value per column. */
export type Row = readonly unknown[];

export interface RunContext {
  /** What `now()` says. */
  readonly nowMs: number;
}

export interface Expression {
  readonly type: KqlType;
  readonly eval: (row: Row, context: RunContext) => unknown;
  /** The value, for literals. */
  readonly constant?: unknown;
  /** `tostring(x)` remembers x, so that `parse_json(tostring(x))` over an object need not write and read it. */
  readonly textOf?: Expression;
}

const DAY_MS = 86_400_000;

const two = (value: number): string => String(value).padStart(2, "0");

/** `2026-11-20T13:00:00.0000000Z`, as the service writes times. */
export function isoWithTicks(epochMs: number): string {
  return new Date(epochMs).toISOString().replace("Z", "0000Z");
}

/** `[-][d.]hh:mm:ss[.fffffff]`. */
function clockNotation(durationMs: number): string {
  const total = Math.abs(Math.trunc(durationMs));
  const days = Math.floor(total / DAY_MS);
  const fraction = total % 1000;
  const time = `${two(Math.floor(total / 3_600_000) % 24)}:${two(Math.floor(total / 60_000) % 60)}:${two(Math.floor(total / 1000) % 60)}`;
  return `${durationMs < 0 ? "-" : ""}${days > 0 ? `${days}.` : ""}${time}${fraction > 0 ? `.${String(fraction).padStart(3, "0")}0000` : ""}`;
}

export function toText(value: unknown, type: KqlType): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  if (type === "datetime") return isoWithTicks(value as number);
  if (type === "timespan") return clockNotation(value as number);
  return JSON.stringify(value);
}

export function toNumber(value: unknown, whole: boolean): number | null {
  const number =
    typeof value === "number"
      ? value
      : typeof value === "string" && value.trim() !== ""
        ? Number(value)
        : typeof value === "boolean"
          ? Number(value)
          : Number.NaN;
  if (!Number.isFinite(number)) return null;
  return whole ? Math.trunc(number) : number;
}

export function toBoolean(value: unknown): boolean | null {
  if (typeof value === "boolean") return value;
  if (typeof value === "number") return value !== 0;
  if (typeof value !== "string") return null;
  const text = value.trim().toLowerCase();
  if (text === "true" || text === "1") return true;
  return text === "false" || text === "0" ? false : null;
}

/** Text without a zone is UTC, as in the query language. */
export function toEpochMs(value: unknown): number | null {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || value.trim() === "") return null;
  const text = value.trim();
  const zoned = /(?:z|[+-]\d\d:?\d\d)$/i.test(text) || !/\d:\d/.test(text) ? text : `${text}Z`;
  const parsed = Date.parse(zoned);
  return Number.isNaN(parsed) ? null : parsed;
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: DAY_MS };

/** `24h`, `1.5d`, `1.02:03:04`; null for anything else. */
export function toTimespanMs(value: unknown): number | null {
  if (typeof value === "number") return value;
  if (typeof value !== "string") return null;
  const short = /^(-?\d+(?:\.\d+)?)\s*(ms|milliseconds?|s|seconds?|m|minutes?|h|hours?|d|days?)$/.exec(value.trim());
  if (short !== null) {
    const unit = short[2] as string;
    return (
      Number(short[1]) * (UNIT_MS[unit.startsWith("mi") && unit.startsWith("milli") ? "ms" : unit === "ms" ? "ms" : unit.charAt(0)] ?? 0)
    );
  }
  const long = /^(-?)(?:(\d+)\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2}(?:\.\d+)?))?$/.exec(value.trim());
  if (long === null) return null;
  const ms = Number(long[2] ?? 0) * DAY_MS + Number(long[3]) * 3_600_000 + Number(long[4]) * 60_000 + Number(long[5] ?? 0) * 1000;
  return long[1] === "-" ? -ms : ms;
}

/** A value of a result, as Resource Graph writes it in JSON. */
export function toJsonValue(value: unknown, type: KqlType): unknown {
  if (value === null || value === undefined) return type === "string" ? "" : null;
  if (type === "datetime") return isoWithTicks(value as number);
  if (type === "timespan") return clockNotation(value as number);
  return value;
}

/** Negative, zero or positive; nulls are the smallest. Text goes by code unit. */
export function compareValues(a: unknown, b: unknown): number {
  const left = a ?? null;
  const right = b ?? null;
  if (left === null || right === null) return left === right ? 0 : left === null ? -1 : 1;
  if (typeof left === typeof right && typeof left !== "object")
    return (left as number) < (right as number) ? -1 : (left as number) > (right as number) ? 1 : 0;
  return compareText(JSON.stringify(left), JSON.stringify(right));
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
