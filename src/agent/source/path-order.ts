import type { PathBytes } from "./source.ts";

const SEPARATOR = 0x2f;

/**
 * The order of a folder's entries: by bytes, with "/" as byte 0, so that what is in a directory comes right after it, before `name-`. Negative when `a` comes
 * first, 0 when they are equal.
 */
export function comparePaths(a: PathBytes, b: PathBytes): number {
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at++) {
    const left = a[at] ?? 0;
    const right = b[at] ?? 0;
    if (left !== right) return (left === SEPARATOR ? 0 : left) - (right === SEPARATOR ? 0 : right);
  }
  return a.length - b.length;
}
