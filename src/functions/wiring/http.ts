/** What the HTTP functions share: the client, answers, errors as `application/problem+json` (RFC 9457). */
import type { HttpRequest, HttpResponseInit, InvocationContext } from "@azure/functions";
import * as df from "durable-functions";
import type { FieldProblem } from "../../cloud/runs/request.ts";
import type { RunClient } from "../../cloud/runs/start-run.ts";
import { SettingError } from "../../settings/settings.ts";

/** Largest body of a request; a list of 1,000 ids of 500 characters fits. */
const MOST_BODY_BYTES = 1_000_000;

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
    headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store", ...headers },
    body: JSON.stringify(body),
  };
}

export function problem(status: number, title: string, detail: string, errors?: readonly FieldProblem[]): HttpResponseInit {
  return {
    status,
    headers: { "content-type": "application/problem+json", "cache-control": "no-store" },
    body: JSON.stringify({ type: "about:blank", title, status, detail, ...(errors && { errors }) }),
  };
}

export const unknownRun = (): HttpResponseInit => problem(404, "Unknown run", "There is no run with this id.");

type Handler = (request: HttpRequest, context: InvocationContext) => Promise<HttpResponseInit>;

/** A wrong setting is told to whoever may call; anything else is logged and not shown. */
export function answering(handler: Handler): Handler {
  return async (request, context) => {
    try {
      return await handler(request, context);
    } catch (error) {
      if (error instanceof SettingError) return problem(500, "Wrong settings", error.message);
      context.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
      return problem(500, "Internal error", "The request could not be carried out; the log has the details.");
    }
  };
}

/** The parsed body, `{}` when there is none; a problem when it is no JSON or too large. */
export async function readBody(
  request: HttpRequest,
): Promise<{ readonly ok: true; readonly body: unknown } | { readonly ok: false; readonly response: HttpResponseInit }> {
  const text = await request.text();
  if (text.length > MOST_BODY_BYTES)
    return {
      ok: false,
      response: problem(413, "Body too large", `The body has ${text.length} characters; at most ${MOST_BODY_BYTES} are allowed.`),
    };
  if (text.trim() === "") return { ok: true, body: {} };
  try {
    return { ok: true, body: JSON.parse(text) };
  } catch {
    return {
      ok: false,
      response: problem(400, "Wrong request", "The body is not JSON.", [
        { field: "(body)", found: "text that is not JSON", allowed: "a JSON object" },
      ]),
    };
  }
}

/** Paths in answers are relative to the host that was asked. */
export const runPath = (runId: string): string => `/api/runs/${runId}`;
export const reportPath = (runId: string): string => `/api/runs/${runId}/report`;
