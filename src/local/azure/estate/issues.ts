/** Turns the parser's first issue into the one error of an estate file. */
import type { z } from "zod";
import { EstateError } from "./estate-error.ts";

export function explainIssue(issue: z.core.$ZodIssue | undefined, root: unknown, source: string): EstateError {
  if (issue === undefined) return new EstateError(source, "", "an invalid estate", "an estate");
  const path = issue.path.filter((part) => typeof part !== "symbol");
  if (issue.code === "unrecognized_keys") {
    const key = issue.keys[0] ?? "";
    const parent = valueAt(root, path);
    const found = (parent as Readonly<Record<string, unknown>>)[key];
    return new EstateError(source, pathText([...path, key]), `an unknown field (${shown(found)})`, issue.message);
  }
  return new EstateError(source, pathText(path), shown(valueAt(root, path)), allowedBy(issue));
}

function allowedBy(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_value") return issue.values.map(String).join(", ");
  // Messages of the library's own begin so; ours say what is allowed.
  if (issue.code === "invalid_type" && issue.message.startsWith("Invalid input"))
    return EXPECTED[issue.expected] ?? `a value of type ${issue.expected}`;
  return issue.message;
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object of texts",
};

function valueAt(root: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value === null || typeof value !== "object" ? undefined : (value as Readonly<Record<string | number, unknown>>)[key]),
    root,
  );
}

function pathText(path: readonly (string | number)[]): string {
  return path
    .map((part, index) => {
      if (typeof part === "number") return `[${part}]`;
      if (!/^[A-Za-z_]\w*$/.test(part)) return `[${JSON.stringify(part)}]`;
      return index === 0 ? part : `.${part}`;
    })
    .join("");
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
