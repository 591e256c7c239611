import { InvalidKeyError } from "./store.ts";

/** Leaves room below the 1,024 characters of a blob name for a container's prefix. */
const MAX_KEY_CHARACTERS = 800;
const SEGMENT = /^[A-Za-z0-9._~=-]{0,199}[A-Za-z0-9_~=-]$/;
const PARTIAL_SEGMENT = /^[A-Za-z0-9._~=-]{0,200}$/;

/** True for one segment of a key. */
export function isSegment(text: string): boolean {
  return SEGMENT.test(text);
}

/** @throws InvalidKeyError */
export function checkKey(key: string): void {
  if (key.length > MAX_KEY_CHARACTERS || !key.split("/").every(isSegment)) throw new InvalidKeyError(key);
}

/**
 * Checks a prefix and cuts it after its last `/`: `{ folder: "a/b/", start: "c" }` for `a/b/c`.
 * @throws InvalidKeyError
 */
export function splitPrefix(prefix: string): { readonly folder: string; readonly start: string } {
  const cut = prefix.lastIndexOf("/") + 1;
  const folder = prefix.slice(0, cut);
  const start = prefix.slice(cut);
  if (folder !== "") checkKey(folder.slice(0, -1));
  if (prefix.length > MAX_KEY_CHARACTERS || !PARTIAL_SEGMENT.test(start)) throw new InvalidKeyError(prefix);
  return { folder, start };
}

/** Order of UTF-8 bytes: keys are ASCII, so code units are bytes. */
export function compareKeys(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
