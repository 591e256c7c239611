/** `$filter` of the backup lists: `field eq 'value'` joined by `and`. Also the odd time format of the job list. */

export interface Filter {
  /** By the field's name as in `allowed`. */
  readonly values: Readonly<Record<string, string>>;
}

export interface FilterError {
  readonly problem: string;
}

const CLAUSE = /^\s*(\w+)\s+eq\s+'((?:[^']|'')*)'\s*(?:(and)\s|$)/i;

export function parseFilter(text: string | undefined, allowed: readonly string[]): Filter | FilterError {
  const values: Record<string, string> = {};
  let rest = text ?? "";
  while (rest.trim() !== "") {
    const clause = CLAUSE.exec(rest);
    if (clause === null) return { problem: `Cannot read the filter at '${rest.trim().slice(0, 40)}'.` };
    const [whole, name = "", value = "", more] = clause;
    const field = allowed.find((one) => one.toLowerCase() === name.toLowerCase());
    if (field === undefined) return { problem: `The filter field '${name}' is not one of ${allowed.join(", ")}.` };
    values[field] = value.replaceAll("''", "'");
    rest = rest.slice(whole.length);
    if (more !== undefined && rest.trim() === "") return { problem: "The filter ends in 'and'." };
  }
  return { values };
}

const FILTER_TIME = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d) (AM|PM)$/i;

/**
 * `yyyy-MM-dd hh:mm:ss tt` in UTC, as ms since the epoch; undefined for anything else. Midnight may be `00` or `12 AM`: the published examples write `00`.
 */
export function filterTimeMs(text: string): number | undefined {
  const parts = FILTER_TIME.exec(text);
  if (parts === null) return undefined;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  if (hour > 12) return undefined;
  const afternoon = parts[7]?.toUpperCase() === "PM";
  return Date.UTC(year, month - 1, day, (hour % 12) + (afternoon ? 12 : 0), minute, second);
}
