/** `$skipToken`: says for which query, scope and moment the next page is. It holds everything that is needed to compute the result again. */
import { hash } from "node:crypto";

export interface SkipToken {
  readonly print: string;
  readonly rowsAtMs: number;
  readonly nowMs: number;
  readonly offset: number;
}

/** Stands for a query text and a scope. */
export function fingerprint(query: string, subscriptionIds: readonly string[]): string {
  return hash("md5", JSON.stringify([query, subscriptionIds]));
}

export function encodeToken(token: SkipToken): string {
  return Buffer.from(JSON.stringify([token.print, token.rowsAtMs, token.nowMs, token.offset])).toString("base64");
}

/** Undefined for anything that {@link encodeToken} did not make. */
export function decodeToken(text: string): SkipToken | undefined {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, "base64").toString("utf8"));
    if (!Array.isArray(parts)) return undefined;
    const [print, rowsAtMs, nowMs, offset] = parts as unknown[];
    if (typeof print !== "string" || typeof rowsAtMs !== "number" || typeof nowMs !== "number" || typeof offset !== "number")
      return undefined;
    return { print, rowsAtMs, nowMs, offset };
  } catch {
    return undefined;
  }
}
