/** What the HTTP functions share: the client, answers, errors as `application/problem+json` (RFC 9457). */
import type { HttpRequest, HttpResponseInit, InvocationContext } from "@azure/functions";
import * as df from "durable-functions";
import type { FieldProblem } from "../../cloud/runs/request.ts";
import type { RunClient } from "../../cloud/runs/start-run.ts";
import { SettingError } from "../../settings/settings.ts";

/** Largest body of a request; a list of 1,000 ids of 500 characters fits. */
const MOST_BODY_BYTES = 1_000_000;

/** Of every answer: runs change, and a browser must not take data for a page. */
export const ANSWER_HEADERS = { "cache-control": "no-store", "x-content-type-options": "nosniff" } as const;

export function runClient(context: InvocationContext): RunClient {
  const client = df.getClient(context);
  return {
    startNew: (orchestrator, options) => client.startNew(orchestrator, options),
    raiseEvent: (instanceId, eventName, eventData) => client.raiseEvent(instanceId, eventName, eventData),
    terminate: (instanceId, reason) => client.terminate(instanceId, reason),
    async getStatus(instanceId) {
      try {
        return await client.getStatus(instanceId, { showInput: false });
      } catch (error) {
        // The library throws for an unknown instance.
        if (/\b404\b|not found|No instance/i.test(String(error))) return undefined;
        throw error;
      }
    },
  };
}

export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): HttpResponseInit {
  return {
    status,
    headers: { ...ANSWER_HEADERS, "content-type": "application/json; charset=utf-8", ...headers },
    body: JSON.stringify(body),
  };
}

export function problem(status: number, title: string, detail: string, errors?: readonly FieldProblem[]): HttpResponseInit {
  return {
    status,
    headers: { ...ANSWER_HEADERS, "content-type": "application/problem+json" },
    body: JSON.stringify({ type: "about:blank", title, status, detail, ...(errors && { errors }) }),
  };
}

export const unknownRun = (): HttpResponseInit => problem(404, "Unknown run", "There is no run with this id.");

type Handler = (request: HttpRequest, context: InvocationContext) => Promise<HttpResponseInit>;

/** A wrong setting is told to whoever may call; anything else is logged and not shown. */
export function answering(handler: Handler): Handler {
  return async (request, context) => {
    if (request.method !== "GET" && isFromAnotherSite(request))
      return problem(403, "Refused", "A page of another site may not start or cancel runs. Use the page of this host, or a program.");
    try {
      return await handler(request, context);
    } catch (error) {
      if (error instanceof SettingError) return problem(500, "Wrong settings", error.message);
      context.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
      return problem(500, "Internal error", "The request could not be carried out; the log has the details.");
    }
  };
}

/**
 * A host on this machine asks for no key, so any page that a person has open could post to it. Browsers say where a request comes from; programs say
 * nothing. https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
 */
function isFromAnotherSite(request: HttpRequest): boolean {
  const site = request.headers.get("sec-fetch-site");
  if (site !== null) return site !== "same-origin" && site !== "none";
  const origin = request.headers.get("origin");
  return origin !== null && origin !== new URL(request.url).origin;
}

/** The parsed body, `{}` when there is none; a problem when it is no JSON or too large. */
export async function readBody(
  request: HttpRequest,
): Promise<{ readonly ok: true; readonly body: unknown } | { readonly ok: false; readonly response: HttpResponseInit }> {
  const bytes = await request.arrayBuffer();
  if (bytes.byteLength > MOST_BODY_BYTES)
    return {
      ok: false,
      response: fieldProblems(413, "Body too large", [
        { field: "(body)", found: `${bytes.byteLength} bytes`, allowed: `at most ${MOST_BODY_BYTES} bytes` },
      ]),
    };
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return { ok: true, body: text.trim() === "" ? {} : JSON.parse(text) };
  } catch {
    return { ok: false, response: wrongRequest([{ field: "(body)", found: "text that is not JSON", allowed: "a JSON object" }]) };
  }
}

/** 400; every wrong field stands in `errors`, the first one in `detail` as well. */
export function wrongRequest(errors: readonly FieldProblem[]): HttpResponseInit {
  return fieldProblems(400, "Wrong request", errors);
}

function fieldProblems(status: number, title: string, errors: readonly FieldProblem[]): HttpResponseInit {
  const [first] = errors;
  return problem(status, title, `${first?.field}: found ${first?.found}; allowed: ${first?.allowed}.`, errors);
}

/** Paths in answers are relative to the host that was asked. */
export const runPath = (runId: string): string => `/api/runs/${runId}`;
export const reportPath = (runId: string): string => `/api/runs/${runId}/report`;
