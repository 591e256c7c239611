/**
 * Local time and the world's. In: a moment or a local time, and a time zone. Out: the other. A local time is given as the milliseconds that UTC would have
 * at the same date and hour ("wall"). A wall that comes twice (clocks go back) is its first moment; one that does not exist (clocks go forward) is the
 * moment right after the gap. Walls and their moments therefore have the same order. It relies on the zone data of the JavaScript engine.
 */
import { DAY_MS } from "../policy/times.ts";

/** No offset from UTC is larger, and no change of it either: zones have changed sides of the date line. */
const MOST_OFFSET_MS = DAY_MS;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  formats.set(timeZone, format);
  return format;
}

/** The local date and time of a moment. */
export function wallOf(epochMs: number, timeZone: string): number {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(epochMs)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  const milliseconds = ((epochMs % 1_000) + 1_000) % 1_000;
  return Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second")) + milliseconds;
}

function offsetMs(epochMs: number, timeZone: string): number {
  return wallOf(epochMs, timeZone) - epochMs;
}

export function momentOf(wallMs: number, timeZone: string): number {
  const offsets = [offsetMs(wallMs - MOST_OFFSET_MS, timeZone), offsetMs(wallMs + MOST_OFFSET_MS, timeZone)];
  const moments = offsets.map((offset) => wallMs - offset).filter((moment) => wallOf(moment, timeZone) === wallMs);
  return moments.length > 0 ? Math.min(...moments) : afterGap(wallMs, timeZone);
}

/** Halves the time around the gap until the first second is found whose wall is past it. */
function afterGap(wallMs: number, timeZone: string): number {
  let beforeSeconds = Math.floor((wallMs - 2 * MOST_OFFSET_MS) / 1_000);
  let afterSeconds = Math.ceil((wallMs + 2 * MOST_OFFSET_MS) / 1_000);
  while (afterSeconds - beforeSeconds > 1) {
    const middle = Math.floor((beforeSeconds + afterSeconds) / 2);
    if (wallOf(middle * 1_000, timeZone) > wallMs) afterSeconds = middle;
    else beforeSeconds = middle;
  }
  return afterSeconds * 1_000;
}

/** No wall that was shown at or before the moment is later: after clocks went back, walls up to the change are ahead of the wall of now. */
export function latestWallOf(epochMs: number, timeZone: string): number {
  const offset = offsetMs(epochMs, timeZone);
  const setBackMs = offsetMs(epochMs - MOST_OFFSET_MS, timeZone) - offset;
  // Once as much time has passed as was set back, now's wall has overtaken again.
  return epochMs + (setBackMs > 0 ? Math.max(offset, offsetMs(epochMs - setBackMs, timeZone)) : offset);
}
