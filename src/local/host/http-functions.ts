/** Runs HTTP functions through the library's converters. */
import type { HttpCookie, HttpData, Registration, TypedData } from "./functions-core.ts";
import { createRouter, type RouteMatch } from "./http-routes.ts";
import { invoke } from "./invocation.ts";
import type { HostLogLine } from "./local-host.ts";

export interface RawRequest {
  readonly method: string;
  /** Path and query, still encoded. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Scheme, host and port that the caller used. */
  readonly origin: string;
}

export interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies?: readonly string[];
  readonly body: Uint8Array;
}

export const apiPrefix = "/api";

export interface HttpFunctionsOptions {
  readonly registrations: readonly Registration[];
  readonly extraInputs: (registration: Registration) => Readonly<Record<string, TypedData>>;
  readonly log: (line: HostLogLine) => void;
}

export function createHttpFunctions(options: HttpFunctionsOptions): (request: RawRequest) => Promise<RawResponse> {
  const router = createRouter(options.registrations);
  return async (request) => {
    const path = request.target.split("?", 1)[0] ?? "";
    let match: RouteMatch;
    try {
      match = router(request.method, path.slice(apiPrefix.length));
    } catch {
      return plain(400, "The path holds a broken escape.");
    }
    if (match.kind === "none") return plain(404);
    if (match.kind === "wrong-method") return { ...plain(405), headers: { allow: match.allowed.join(", ") } };
    const { registration, params } = match;
    const { method, headers, body } = request;
    const http: HttpData = {
      method,
      url: `${request.origin}${request.target}`,
      headers,
      params,
      ...(body.length > 0 ? { body: { bytes: body } } : {}),
    };
    try {
      return toResponse(await invoke(registration, { trigger: { http }, extra: options.extraInputs(registration) }, options.log));
    } catch (error) {
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      options.log({ level: "error", functionName: registration.metadata.name, message });
      return plain(500);
    }
  };
}

export function plain(status: number, text = ""): RawResponse {
  return { status, headers: text === "" ? {} : { "content-type": "text/plain; charset=utf-8" }, body: Buffer.from(text) };
}

export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): RawResponse {
  return { status, headers: { "content-type": "application/json; charset=utf-8", ...headers }, body: Buffer.from(JSON.stringify(value)) };
}

function toResponse(returned: TypedData | undefined): RawResponse {
  const http = returned?.http;
  if (http === undefined) return plain(204);
  const headers = Object.fromEntries(Object.entries(http.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  return {
    status: Number(http.statusCode ?? 200),
    headers,
    cookies: (http.cookies ?? []).map(toCookie),
    body: http.body?.bytes ?? Buffer.from(http.body?.string ?? ""),
  };
}

function toCookie(cookie: HttpCookie): string {
  const seconds = cookie.expires?.value?.seconds;
  return [
    `${cookie.name ?? ""}=${encodeURIComponent(cookie.value ?? "")}`,
    ...(cookie.path?.value === undefined ? [] : [`Path=${cookie.path.value}`]),
    ...(cookie.domain?.value === undefined ? [] : [`Domain=${cookie.domain.value}`]),
    ...(seconds === undefined ? [] : [`Expires=${new Date(seconds * 1000).toUTCString()}`]),
    ...(cookie.maxAge?.value === undefined ? [] : [`Max-Age=${cookie.maxAge.value}`]),
    ...(cookie.secure?.value === true ? ["Secure"] : []),
    ...(cookie.httpOnly?.value === true ? ["HttpOnly"] : []),
    ...(cookie.sameSite === "lax" || cookie.sameSite === "strict" ? [`SameSite=${cookie.sameSite}`] : []),
    ...(cookie.sameSite === "explicitNone" ? ["SameSite=none"] : []),
  ].join("; ");
}
