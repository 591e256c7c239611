/**
 * Puts values into a query text as typed literals. Placeholders are written `{{name:type}}` with type `datetime`, `string` or `strings` (a list for
 * `in (…)`). A value can only ever become one literal; text is never pasted.
 */
export type QueryValue = Date | string | readonly string[];

const PLACEHOLDER = /\{\{([A-Za-z]\w*):(\w+)\}\}/g;

/** Throws when a placeholder has no value of its type, or a value has no placeholder: either is a slip in the code, not in the input. */
export function renderQuery(text: string, values: Readonly<Record<string, QueryValue>>): string {
  const used = new Set<string>();
  const body = withoutCommentLines(text);
  if (/\{\{|\}\}/.test(body.replace(PLACEHOLDER, "")))
    throw new Error("The query text holds a malformed placeholder; expected {{name:type}}.");
  const rendered = body.replace(PLACEHOLDER, (placeholder, name: string, type: string) => {
    if (!Object.hasOwn(values, name)) throw new Error(`The placeholder ${placeholder} of the query has no value.`);
    used.add(name);
    return literal(values[name] as QueryValue, type, placeholder);
  });
  const unused = Object.keys(values).filter((name) => !used.has(name));
  if (unused.length > 0) throw new Error(`The query has no placeholder for ${unused.map((name) => `"${name}"`).join(", ")}.`);
  return rendered;
}

function literal(value: QueryValue, type: string, placeholder: string): string {
  switch (type) {
    case "datetime":
      if (value instanceof Date && Number.isFinite(value.getTime())) return `datetime(${value.toISOString()})`;
      break;
    case "string":
      if (typeof value === "string") return stringLiteral(value);
      break;
    case "strings":
      // An empty list has no literal: `in ()` is refused by the service.
      if (Array.isArray(value) && value.length > 0) return (value as readonly string[]).map(stringLiteral).join(", ");
      break;
    default:
      throw new Error(`The placeholder ${placeholder} of the query has an unknown type; allowed are datetime, string and strings.`);
  }
  throw new Error(`The value for the placeholder ${placeholder} of the query is not a valid ${type}.`);
}

/** A KQL string literal. Whatever could end the literal or the line leaves as an escape. */
function stringLiteral(text: string): string {
  const escaped = text.replace(/['"\\\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/gu, (char) => {
    if (char === "\\" || char === "'" || char === '"') return `\\${char}`;
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return `'${escaped}'`;
}

/** Comments are for readers of the file; the service gets the query alone. */
function withoutCommentLines(text: string): string {
  return text
    .split(/\r?\n/)
    .filter((line) => !line.startsWith("//"))
    .join("\n")
    .trim();
}
