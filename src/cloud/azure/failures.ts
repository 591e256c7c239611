/** What a failed call was, told from whatever the clients throw: the status, the service's code and words, or no answer at all. */
import { isRestError } from "@azure/core-rest-pipeline";
import { z } from "zod";
import type { Refusal } from "../control-plane.ts";
import { NoTokenError } from "./authorization.ts";
import { ForeignHostError } from "./endpoint.ts";
import { NoAnswerError } from "./single-try.ts";

const LONGEST_MESSAGE = 1000;

export interface Failure {
  /** `no-token`: nothing was sent. `foreign-host`: nothing was sent there. `no-answer`: it may have arrived. `answered`: with `status`. */
  readonly kind: "no-token" | "foreign-host" | "no-answer" | "answered";
  readonly status?: number;
  readonly code?: string;
  /** Codes of nested details, outermost first. */
  readonly detailCodes: readonly string[];
  readonly message: string;
  readonly headers?: { get(name: string): string | undefined };
}

/** Rethrows what is neither an answer nor the lack of one: a slip in the code. */
export function failureOf(error: unknown): Failure {
  if (error instanceof NoTokenError) return { kind: "no-token", code: error.code, detailCodes: [], message: plainText(error.message) };
  if (error instanceof ForeignHostError)
    return { kind: "foreign-host", code: error.code, detailCodes: [], message: plainText(error.message) };
  if (error instanceof NoAnswerError) return { kind: "no-answer", code: error.code, detailCodes: [], message: error.message };
  if (!isRestError(error)) {
    if (isSystemError(error)) return { kind: "no-answer", code: error.code, detailCodes: [], message: plainText(error.message) };
    throw error;
  }
  const status = error.response?.status ?? error.statusCode;
  if (status === undefined) {
    return { kind: "no-answer", ...(error.code !== undefined && { code: error.code }), detailCodes: [], message: plainText(error.message) };
  }
  const body = errorBody(error.response?.bodyAsText) ?? errorBody(error.details);
  const code = body?.code ?? error.code;
  return {
    kind: "answered",
    status,
    ...(code !== undefined && code !== "" && { code }),
    detailCodes: body?.details ?? [],
    message: plainText(body?.message ?? `HTTP ${status} ${error.message}`),
    ...(error.response && { headers: error.response.headers }),
  };
}

/** An answer that is no error to the client and none that was promised either. */
export function unexpectedAnswer(status: number, bodyText: string | null | undefined): Failure {
  const body = errorBody(bodyText);
  return {
    kind: "answered",
    status,
    ...(body?.code !== undefined && { code: body.code }),
    detailCodes: body?.details ?? [],
    message: plainText(body?.message ?? `HTTP ${status}${bodyText ? `: ${bodyText}` : " without a body"}`),
  };
}

export function refusalOf(failure: Failure): Refusal {
  return {
    ok: false,
    kind: refusalKind(failure),
    ...(failure.status !== undefined && { status: failure.status }),
    ...(failure.code !== undefined && { code: failure.code }),
    message: failure.message,
  };
}

function refusalKind({ kind, status }: Failure): Refusal["kind"] {
  if (kind === "no-token" || status === 401 || status === 403) return "forbidden";
  return status === 404 || status === 410 ? "gone" : "unreachable";
}

const detail = z.looseObject({ code: z.string().nullish() });
const cloudError = z.looseObject({
  code: z.string().nullish(),
  message: z.string().nullish(),
  details: z.array(detail).nullish().catch(undefined),
});
const wrapped = z.looseObject({ error: cloudError });

function errorBody(body: unknown): { code?: string; message?: string; details: string[] } | undefined {
  const value = typeof body === "string" ? fromJson(body) : body;
  const parsed = wrapped.safeParse(value).data?.error ?? cloudError.safeParse(value).data;
  if (parsed === undefined || (parsed.code ?? parsed.message ?? undefined) === undefined) return undefined;
  return {
    ...(parsed.code && { code: parsed.code }),
    ...(parsed.message && { message: parsed.message }),
    details: (parsed.details ?? []).flatMap((each) => (each.code ? [each.code] : [])),
  };
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An answer may be a whole page of HTML or hold control characters for a terminal. */
export function plainText(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\s]+/gu, " ")
    .trim()
    .slice(0, LONGEST_MESSAGE);
}

function isSystemError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && "code" in error && typeof error.code === "string" && /^(?:E[A-Z]+|UND_ERR_\w+)$/.test(error.code);
}
