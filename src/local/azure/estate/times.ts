/** Times of an estate file: relative (`-6h`, `-5h50m`, `20m`, `45s`, `1d`) or ISO 8601. */

const RELATIVE = /^([+-]?)(?=\d)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/;

export const TIME_FORMS = "a relative time such as -6h, -5h50m, 20m or 45s, or ISO 8601 such as 2026-11-20T13:00:00Z";

/** Milliseconds, negative for the past; undefined when the text is no relative time. */
export function relativeMs(text: string): number | undefined {
  const parts = RELATIVE.exec(text.trim());
  if (parts === null) return undefined;
  const [, sign, days = "0", hours = "0", minutes = "0", seconds = "0"] = parts;
  const ms = Number(days) * 86_400_000 + Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1000;
  return sign === "-" ? -ms : ms;
}

export function isoMs(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/.test(text.trim())) return undefined;
  const ms = Date.parse(text.trim());
  return Number.isNaN(ms) ? undefined : ms;
}

export function isTime(text: string): boolean {
  return relativeMs(text) !== undefined || isoMs(text) !== undefined;
}

/** The moment that a checked time names, in ms since the epoch. */
export function resolveTime(text: string, baseMs: number): number {
  const relative = relativeMs(text);
  return relative === undefined ? (isoMs(text) ?? baseMs) : baseMs + relative;
}
