import { RestError } from "@azure/core-rest-pipeline";
import type { Fault } from "../../policy/transfer/faults.ts";

/** Errors inside errors, not more than anybody nests. */
const DEEPEST = 8;

/**
 * What is known of an error, for `classifyFault`. The innermost code says what happened (a store's own code only what it means), an HTTP status anywhere
 * inside says more than any code. `nowMs` is the wall clock's, for a `Retry-After` that is a date.
 */
export function faultOf(error: unknown, nowMs: number): Fault {
  let code: string | undefined;
  for (const [depth, each] of chainOf(error).entries()) {
    if (typeof each !== "object" || each === null || depth > DEEPEST) break;
    const { statusCode, code: own, name, message } = each as Record<string, unknown>;
    if (typeof statusCode === "number")
      return { status: statusCode, retryAfterMs: each instanceof RestError ? retryAfterMs(each, nowMs) : undefined };
    if (typeof own === "string" && own !== "ABORT_ERR") code = own;
    // Credentials put what went wrong into their words only.
    else if (typeof name === "string" && /Authentication|CredentialUnavailable/.test(name))
      code = /\bE[A-Z_]{5,}\b/.exec(String(message))?.[0] ?? code;
  }
  return { code };
}

function chainOf(error: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let each = error; each !== undefined && each !== null && chain.length <= DEEPEST && !chain.includes(each);) {
    chain.push(each);
    const { cause, errors } = each as { cause?: unknown; errors?: unknown };
    each = cause ?? (Array.isArray(errors) ? (errors as unknown[]).at(-1) : undefined);
  }
  return chain;
}

function retryAfterMs(error: RestError, nowMs: number): number | undefined {
  const header = (name: string): string => error.response?.headers.get(name) ?? "";
  for (const name of ["x-ms-retry-after-ms", "retry-after-ms"]) if (/^\d{1,9}$/.test(header(name))) return Number(header(name));
  const text = header("retry-after");
  if (/^\d{1,7}$/.test(text)) return Number(text) * 1_000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
