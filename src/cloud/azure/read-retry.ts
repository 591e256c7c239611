/**
 * Repeats reads: throttled, server trouble, dropped connections. It stands in for the SDK's own policy, which would also repeat the POST that starts
 * a backup, and whose waits do not pass on the clock port.
 */
import type { PipelinePolicy, PipelineResponse } from "@azure/core-rest-pipeline";
import type { Clock } from "../../clock/clock.ts";
import { backoffMs } from "../../policy/backoff.ts";
import { currentCall, type CallContext } from "./call-context.ts";
import { quotaWaitMs, retryAfterMs } from "./waits.ts";

const MAX_TRIES = 5;
/** All waits of one read together. An activity must not sleep for longer. */
const MAX_TOTAL_WAIT_MS = 5 * 60_000;
const BACKOFF = { firstMs: 1000, maxMs: 60_000 };

const PASSING_STATUS: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);
const PASSING_CODES: ReadonlySet<string> = new Set([
  "NO_ANSWER",
  "ECONNRESET",
  "ECONNREFUSED",
  "ECONNABORTED",
  "ETIMEDOUT",
  "EPIPE",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  // The pipeline's codes for a connection that broke without a code of its own, and for one that broke within the body.
  "REQUEST_SEND_ERROR",
  "PARSE_ERROR",
]);

export interface ReadRetryOptions {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly jitter: () => number;
  readonly log?: (line: string) => void;
  /** The service asked to wait, and nothing is sent until the wait is over. */
  readonly onThrottled?: ((wait: { readonly api: CallContext["counter"]; readonly waitMs: number }) => void) | undefined;
}

export function readRetryPolicy({ clock, jitter, log, onThrottled }: ReadRetryOptions): PipelinePolicy {
  return {
    name: "repriseReadRetryPolicy",
    async sendRequest(request, next) {
      const call = currentCall();
      if (call.repeat === "once") return next(request);
      // A redirect rewrites the request; a repeat begins where the first try began.
      const { url, method } = request;
      let waitedMs = 0;
      for (let tryNumber = 1; ; tryNumber++) {
        request.url = url;
        request.method = method;
        const outcome = await settle(next(request));
        if (!mayPass(outcome)) return unwrap(outcome);
        const asked = "response" in outcome ? askedWaitMs(outcome.response, clock.now()) : undefined;
        const waitMs = asked ?? backoffMs(tryNumber, BACKOFF, jitter());
        if (tryNumber === MAX_TRIES || waitedMs + waitMs > MAX_TOTAL_WAIT_MS) return unwrap(outcome);
        log?.(`${describe(outcome)} from ${call.counter}; try ${tryNumber + 1} of ${MAX_TRIES} in ${Math.ceil(waitMs / 1000)} s`);
        if ("response" in outcome && outcome.response.status === 429) onThrottled?.({ api: call.counter, waitMs });
        await clock.sleep(waitMs);
        waitedMs += waitMs;
        call.counts.retried++;
      }
    },
  };
}

type Outcome = { readonly response: PipelineResponse } | { readonly error: unknown };

function settle(sending: Promise<PipelineResponse>): Promise<Outcome> {
  return sending.then(
    (response) => ({ response }),
    (error: unknown) => ({ error }),
  );
}

function unwrap(outcome: Outcome): PipelineResponse {
  if ("error" in outcome) throw outcome.error;
  return outcome.response;
}

function mayPass(outcome: Outcome): boolean {
  if ("response" in outcome) return PASSING_STATUS.has(outcome.response.status);
  const code = errorCode(outcome.error);
  return code !== undefined && PASSING_CODES.has(code);
}

function askedWaitMs({ headers }: PipelineResponse, nowMs: number): number | undefined {
  const waits = [retryAfterMs(headers, nowMs), quotaWaitMs(headers)].filter((wait) => wait !== undefined);
  return waits.length === 0 ? undefined : Math.max(...waits);
}

function describe(outcome: Outcome): string {
  return "response" in outcome ? `HTTP ${outcome.response.status}` : (errorCode(outcome.error) ?? "no answer");
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
