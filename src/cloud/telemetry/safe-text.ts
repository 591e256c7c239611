/** Texts that leave in telemetry. Some come from Azure or from errors, and may quote what must not leave. */

/** The most of a text that leaves; Application Insights keeps 8,192 characters of a value. */
const MOST_CHARACTERS = 1_000;

const HIDDEN: readonly (readonly [RegExp, string])[] = [
  // Of an address only the host is told: webhooks have their secret in the path, signed URLs in the query, others before the host.
  [/\b([a-z][a-z0-9+.-]*:\/\/)(?:[^\s/?#"'<>@]*@)?([^\s/?#"'<>@]+)(?:[/?#][^\s"'<>]*)?/gi, "$1$2/***"],
  [/\beyJ[\w-]+(?:\.[\w-]+)*/g, "***"],
  [/\b(Bearer|Basic|SharedAccessSignature)\s+[^\s"',;]+/gi, "$1 ***"],
  [/\b(AccountKey|SharedAccessKey|client_secret|password|sig|code|api-?key)=[^\s"',;&]+/gi, "$1=***"],
];

export function safeText(text: string): string {
  let safe = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
  for (const [pattern, by] of HIDDEN) safe = safe.replace(pattern, by);
  return safe;
}
