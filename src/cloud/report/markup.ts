/**
 * HTML and SVG by template: whatever is put into a template is escaped, and its hidden characters shown, unless it came out of a template itself. In: literals of this project and
 * untrusted values. Out: markup. Values are safe in text and in quoted attributes, nowhere else (not in scripts, styles or URLs).
 */
import { reveal, visibleName, visibleProse } from "./visible.ts";

const made = new WeakSet<Markup>();

export interface Markup {
  readonly source: string;
}

/** `undefined` and `false` leave nothing, so that an optional part can be written `condition && html…`. */
export type Part = Markup | string | number | false | undefined | readonly Part[];

export function html(literals: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  let source = "";
  for (const [index, literal] of squeezed(literals).entries()) source += literal + (index < parts.length ? render(parts[index]) : "");
  return trusted(source);
}

const squeezedOnce = new WeakMap<TemplateStringsArray, readonly string[]>();

/** The indentation of templates is for readers of the source; in thousands of rows it would be most of the page. */
function squeezed(literals: TemplateStringsArray): readonly string[] {
  const known = squeezedOnce.get(literals);
  if (known !== undefined) return known;
  const short = literals.map((literal) => literal.replaceAll(/\s*\n\s*/gu, "\n"));
  squeezedOnce.set(literals, short);
  return short;
}

/** For what this project wrote itself (style, script); never for a value. */
export function trusted(source: string): Markup {
  const markup = { source };
  made.add(markup);
  return markup;
}

function render(part: Part): string {
  if (part === undefined || part === false) return "";
  if (typeof part === "number") return String(part);
  if (typeof part === "string") return escapeText(reveal(part));
  if (isList(part)) return part.map(render).join("");
  // An object that only looks like markup may come out of parsed JSON.
  if (!made.has(part)) throw new TypeError("Markup has to come from a template.");
  return part.source;
}

function isList(part: Markup | readonly Part[]): part is readonly Part[] {
  return Array.isArray(part);
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escapeText(text: string): string {
  return text.replaceAll(/[&<>"']/gu, (character) => ENTITIES[character] ?? "");
}

/** An error code that may break between its words: they are long, and columns are narrow. */
export function errorCode(text: string): Markup {
  const words = visibleName(text).split(/(?<=[a-z0-9])(?=[A-Z])/u);
  return html`<code><bdi>${words.map((word, index) => (index === 0 ? word : html`<wbr />${word}`))}</bdi></code>`;
}

/** A name by its own direction, so that right-to-left letters do not turn the text around it. */
export function name(text: string): Markup {
  return html`<bdi>${visibleName(text)}</bdi>`;
}

/** Prose whose `commands` stand between backticks. */
export function prose(text: string): Markup {
  const parts = text.split("`");
  const pieces = parts.map((part, index) => {
    // What makes text visible trims it; beside a command the blank is wanted.
    if (index % 2 === 0) return html`${/^\s/.test(part) ? " " : ""}${visibleProse(part)}${/\s$/.test(part) ? " " : ""}`;
    // A backtick without its other half is text.
    return index === parts.length - 1 ? html`${visibleProse(`\`${part}`)}` : html`<code>${visibleProse(part)}</code>`;
  });
  return html`<bdi>${pieces}</bdi>`;
}
