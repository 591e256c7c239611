/**
 * Reads as much of Bicep as the tests need: declarations, their decorators, the keys of object literals. It is no parser of the language: it relies on one
 * declaration beginning at the start of a line, as Bicep's own formatter writes it.
 */
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Declaration {
  readonly kind: "param" | "var" | "resource" | "module" | "output";
  readonly symbol: string;
  /** From the keyword to the next declaration. */
  readonly text: string;
  /** The lines of decorators above it. */
  readonly decorators: string;
}

export interface Template {
  /** From the root of the repository. */
  readonly path: string;
  /** Without comments. */
  readonly text: string;
  readonly declarations: readonly Declaration[];
}

export function readTemplates(): readonly Template[] {
  return globSync("infra/**/*.bicep", { cwd: root })
    .sort()
    .map((path) => parseTemplate(path, readFileSync(`${root}/${path}`, "utf8")));
}

export function parseTemplate(path: string, source: string): Template {
  const text = withoutComments(source);
  const starts = [...text.matchAll(/^(param|var|resource|module|output) (\w+)/gm)];
  const declarations = starts.map((start, index): Declaration => {
    const [, kind = "", symbol = ""] = start;
    const before = text.slice(index === 0 ? 0 : starts[index - 1]?.index, start.index);
    return {
      kind: kind as Declaration["kind"],
      symbol,
      // A blank line parts a declaration from what is above it.
      decorators: /(?:^|\n\n|^[^@].*\n)((?:@(?:(?!\n\n)[\s\S])*)?)$/.exec(before)?.[1] ?? "",
      text: text.slice(start.index, starts[index + 1]?.index ?? text.length).replace(/\n@[\s\S]*$/, ""),
    };
  });
  return { path, text, declarations };
}

export function ofKind(template: Template, kind: Declaration["kind"]): readonly Declaration[] {
  return template.declarations.filter((each) => each.kind === kind);
}

export function templateAt(templates: readonly Template[], path: string): Template {
  const found = templates.find((each) => each.path === path);
  if (found === undefined) throw new Error(`there is no template ${path}`);
  return found;
}

/** The first declaration of the symbol. */
export function declared(template: Template, symbol: string): Declaration {
  const found = template.declarations.find((each) => each.symbol === symbol);
  if (found === undefined) throw new Error(`${template.path} declares no ${symbol}`);
  return found;
}

/** Keys and value texts of the object literal that opens at or after `from`. */
export function entriesOf(text: string, from = 0): readonly (readonly [key: string, value: string])[] {
  const body = blockAt(text, text.indexOf("{", from));
  const entries: [string, string][] = [];
  let depth = 0;
  for (const line of body.split("\n")) {
    const key = depth === 0 ? /^\s*'?([\w-]+)'?\s*:\s*(.*)$/.exec(line) : null;
    if (key !== null) entries.push([key[1] ?? "", key[2] ?? ""]);
    else {
      const last = entries.at(-1);
      if (last !== undefined) last[1] += `\n${line}`;
    }
    depth += balance(line);
  }
  return entries;
}

/** Every use of a name outside of strings, and inside of `${…}`. */
export function uses(text: string, symbol: string): number {
  const withoutKeys = codeOf(text).replace(/(^|\{)\s*[\w-]+\s*:/gm, "$1");
  return [...withoutKeys.matchAll(new RegExp(String.raw`(?<![\w.])${symbol}(?!\w)`, "g"))].length;
}

/** The text with everything in strings blanked but what they interpolate. */
function codeOf(text: string): string {
  return text.replace(/'(?:\\.|[^'\\])*'/g, (string) => [...string.matchAll(/\$\{([^}]*)\}/g)].map((part) => ` ${part[1]} `).join(" "));
}

function blockAt(text: string, open: number): string {
  if (open < 0) throw new Error(`no object literal in: ${text.slice(0, 80)}`);
  let depth = 0;
  const code = text.replace(/'(?:\\.|[^'\\])*'/g, (string) => string.replace(/[{}[\]()]/g, "_"));
  for (let at = open; at < code.length; at++) {
    if (code[at] === "{") depth++;
    if (code[at] === "}" && --depth === 0) return text.slice(open + 1, at);
  }
  throw new Error(`an object literal does not end: ${text.slice(open, open + 80)}`);
}

function balance(line: string): number {
  const code = line.replace(/'(?:\\.|[^'\\])*'/g, "");
  return code.replace(/[^{[(]/g, "").length - code.replace(/[^}\])]/g, "").length;
}

/** A `//` inside a string is none. */
function withoutComments(source: string): string {
  return source
    .split("\n")
    .map((line) => /^((?:'(?:\\.|[^'\\])*'|[^'/]|\/(?!\/))*)\/\/.*$/.exec(line)?.[1]?.trimEnd() ?? line)
    .join("\n");
}
