/** The waits that answers ask for, in milliseconds. */

export interface HeaderBag {
  get(name: string): string | undefined;
}

/** `retry-after-ms`, `x-ms-retry-after-ms` or `Retry-After` (seconds or an HTTP date); undefined when absent or unreadable. Never negative. */
export function retryAfterMs(headers: HeaderBag, nowMs: number): number | undefined {
  for (const name of ["retry-after-ms", "x-ms-retry-after-ms"]) {
    const ms = unsigned(headers.get(name));
    if (ms !== undefined) return ms;
  }
  const value = headers.get("retry-after");
  if (value === undefined) return undefined;
  const seconds = unsigned(value);
  if (seconds !== undefined) return seconds * 1000;
  const dateMs = Date.parse(value);
  return Number.isFinite(dateMs) ? Math.max(0, dateMs - nowMs) : undefined;
}

/**
 * How long Resource Graph wants no further query: `x-ms-user-quota-resets-after` (hh:mm:ss) once `x-ms-user-quota-remaining` is 0, else undefined
 * (guidance-for-throttled-requests).
 */
export function quotaWaitMs(headers: HeaderBag): number | undefined {
  if (unsigned(headers.get("x-ms-user-quota-remaining")) !== 0) return undefined;
  const match = /^(\d{1,2}):(\d\d):(\d\d)(?:\.\d+)?$/.exec(headers.get("x-ms-user-quota-resets-after")?.trim() ?? "");
  if (match === null) return undefined;
  return ((Number(match[1]) * 60 + Number(match[2])) * 60 + Number(match[3])) * 1000;
}

function unsigned(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d+(?:\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
}
