/** What was found, for messages about it. */

const MAX_SHOWN_CHARACTERS = 120;

/** Text of unknown origin as one short line; what may be a secret (all of it, or a URL's user and query) is left out. */
export function shown(text: string, secret = false): string {
  if (secret) return `a hidden value of ${text.length} characters`;
  const bare = text.replace(/:\/\/[^/?#]*@/, "://***@").replace(/\?.*$/s, "?***");
  return JSON.stringify(oneLine(bare)).replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A value out of JSON, as `shown` does it with text. */
export function shownValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return shown(value);
  if (typeof value === "number" || typeof value === "boolean" || value === null) return String(value);
  return Array.isArray(value) ? "a list" : "an object";
}

function oneLine(text: string): string {
  return text.length > MAX_SHOWN_CHARACTERS ? `${text.slice(0, MAX_SHOWN_CHARACTERS)}…` : text;
}
