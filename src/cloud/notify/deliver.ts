/**
 * Brings one request to its receiver. In: the request. Out: delivered, or why not in words that hold no part of the URL but its host. Repeats what a receiver
 * may answer otherwise the next time; follows no redirect, because the URL is a secret of this receiver alone.
 */
import type { Clock } from "../../clock/clock.ts";

export interface Delivery {
  readonly method: "GET" | "POST";
  readonly url: URL;
  /** JSON. */
  readonly body?: string;
}

/** One try. Rejects when there is no answer in time. */
export type Send = (delivery: Delivery, timeoutMs: number) => Promise<{ readonly status: number; readonly retryAfter?: string }>;

export type Delivered = { readonly ok: true } | { readonly ok: false; readonly why: string };

const MOST_TRIES = 3;
const ANSWER_WITHIN_MS = 10_000;
const FIRST_WAIT_MS = 2_000;
/** A receiver that wants to be left alone for longer is given up: the activity must end. */
const LONGEST_WAIT_MS = 30_000;
const REPEATED: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/** The receiver's own time is real time, so it is not told by the clock port. */
export const sendOverNetwork: Send = async ({ method, url, body }, timeoutMs) => {
  const response = await fetch(url, {
    method,
    redirect: "manual",
    signal: AbortSignal.timeout(timeoutMs),
    headers: { "user-agent": "reprise", ...(body !== undefined && { "content-type": "application/json; charset=utf-8" }) },
    ...(body !== undefined && { body }),
  });
  // What it says is of no use, and may be endless.
  await response.body?.cancel().catch(() => {});
  const retryAfter = response.headers.get("retry-after");
  return { status: response.status, ...(retryAfter !== null && { retryAfter }) };
};

/** Sleeps on the clock between tries: call it from inside the clock's work. */
export async function deliver(
  { clock, send, answerWithinMs = ANSWER_WITHIN_MS }: { readonly clock: Clock; readonly send: Send; readonly answerWithinMs?: number },
  delivery: Delivery,
): Promise<Delivered> {
  for (let tries = 1; ; tries++) {
    const { why, waitMs } = await tryOnce(send, delivery, answerWithinMs, FIRST_WAIT_MS * 4 ** (tries - 1));
    if (why === undefined) return { ok: true };
    if (waitMs === undefined || tries === MOST_TRIES) return { ok: false, why: tries === 1 ? why : `${why} (${tries} tries)` };
    await clock.sleep(waitMs);
  }
}

interface Try {
  /** Undefined: delivered. */
  readonly why?: string;
  /** Undefined: final. */
  readonly waitMs?: number;
}

async function tryOnce(send: Send, delivery: Delivery, timeoutMs: number, waitMs: number): Promise<Try> {
  try {
    const { status, retryAfter } = await send(delivery, timeoutMs);
    if (status >= 200 && status < 300) return {};
    if (status >= 300 && status < 400) return { why: `it answered ${status}, a redirect, which is not followed` };
    const why = `it answered ${status}`;
    if (!REPEATED.has(status)) return { why };
    const askedMs = /^\d{1,6}$/.test(retryAfter ?? "") ? Number(retryAfter) * 1_000 : 0;
    if (askedMs > LONGEST_WAIT_MS) return { why: `${why} and asked to wait for ${askedMs / 1_000} s` };
    return { why, waitMs: Math.max(askedMs, waitMs) };
  } catch (error) {
    return { why: noAnswer(error, timeoutMs), waitMs };
  }
}

/** Only the code: messages of the network may hold the URL. */
function noAnswer(error: unknown, timeoutMs: number): string {
  if (error instanceof Error && error.name === "TimeoutError") return `there was no answer within ${timeoutMs / 1_000} s`;
  const cause = error instanceof Error ? (error.cause as { readonly code?: unknown } | undefined) : undefined;
  return typeof cause?.code === "string" && /^[A-Z0-9_]{1,60}$/.test(cause.code)
    ? `it could not be reached (${cause.code})`
    : "it could not be reached";
}
