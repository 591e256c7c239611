/** An HTTP client for the Azure SDK that talks to a simulator in the same process, without sockets. */
import { createHttpHeaders, type HttpClient, type PipelineRequest, RestError } from "@azure/core-rest-pipeline";
import type { Simulator } from "./simulator.ts";

/** A dropped connection rejects as the SDK reports one: a `RestError` with code `ECONNRESET`. */
export function inProcessHttpClient(simulator: Simulator): HttpClient {
  return {
    async sendRequest(request) {
      const signal = request.abortSignal as AbortSignal | undefined;
      if (signal?.aborted === true) throw abortError();
      const headers: Record<string, string> = {};
      for (const [name, value] of request.headers) headers[name.toLowerCase()] = value;
      const answer = await simulator
        .handle({ method: request.method, url: request.url, headers, body: bodyText(request) }, signal)
        .catch((error: unknown) => {
          throw signal?.aborted === true ? abortError() : error;
        });
      if (answer === "drop") throw new RestError("socket hang up", { code: "ECONNRESET", request });
      return { request, status: answer.status, headers: createHttpHeaders(answer.headers), bodyAsText: answer.body };
    },
  };
}

function abortError(): Error {
  const error = new Error("The operation was aborted.");
  error.name = "AbortError";
  return error;
}

function bodyText({ body }: PipelineRequest): string {
  if (body === undefined || body === null) return "";
  if (typeof body === "string") return body;
  if (body instanceof Uint8Array) return Buffer.from(body).toString("utf8");
  throw new TypeError("The in-process client takes text bodies only.");
}
