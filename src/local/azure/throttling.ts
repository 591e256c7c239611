/**
 * Throttling as the service documents it, on the simulator's clock. Resource Graph: a number of queries per window and identity. Resource Manager:
 * token buckets per subscription and kind of operation. The buckets per region, per provider and for all principals together are not imitated.
 */
import { failure, type SimulatorResponse } from "./messages.ts";

/** Page "Guidance for throttled requests in Azure Resource Graph". */
const GRAPH_QUERIES = 15;
const GRAPH_WINDOW_MS = 5_000;

export interface GraphQuota {
  /** Counts one query. Undefined when the quota is used up. */
  readonly take: (nowMs: number) => Readonly<Record<string, string>> | undefined;
  readonly refusal: (nowMs: number) => SimulatorResponse;
}

export function createGraphQuota(): GraphQuota {
  let windowStartMs = Number.NEGATIVE_INFINITY;
  let used = 0;
  const resetsAfter = (nowMs: number): number => Math.max(1, Math.ceil((windowStartMs + GRAPH_WINDOW_MS - nowMs) / 1000));
  return {
    take(nowMs) {
      if (nowMs >= windowStartMs + GRAPH_WINDOW_MS) [windowStartMs, used] = [nowMs, 0];
      if (used >= GRAPH_QUERIES) return undefined;
      used++;
      return quotaHeaders(GRAPH_QUERIES - used, resetsAfter(nowMs));
    },
    refusal: (nowMs) => graphThrottled(resetsAfter(nowMs), undefined),
  };
}

const two = (value: number): string => String(value).padStart(2, "0");

function quotaHeaders(remaining: number, seconds: number): Readonly<Record<string, string>> {
  return {
    "x-ms-user-quota-remaining": String(remaining),
    "x-ms-user-quota-resets-after": `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`,
  };
}

/** Whether the service sends `Retry-After` here is not documented: it is sent only when a fault asks for it. */
export function graphThrottled(resetsAfterSeconds: number, retryAfterSeconds: number | undefined): SimulatorResponse {
  const code = "RateLimiting";
  const message =
    "Please provide below info when asking for support. Client application has been throttled and should not attempt to repeat the request until an amount of time has elapsed.";
  const headers = {
    ...quotaHeaders(0, resetsAfterSeconds),
    ...(retryAfterSeconds !== undefined && { "retry-after": String(retryAfterSeconds) }),
  };
  return failure(429, code, message, { details: [{ code, message }], headers });
}

interface BucketSize {
  readonly capacity: number;
  readonly perSecond: number;
}

/** Page "Understand how Azure Resource Manager throttles requests". A POST is a write. */
const READS: BucketSize = { capacity: 250, perSecond: 25 };
const WRITES: BucketSize = { capacity: 200, perSecond: 10 };

interface Bucket {
  tokens: number;
  atMs: number;
}

type ArmVerdict =
  | { readonly passed: true; readonly headers: Readonly<Record<string, string>> }
  | { readonly passed: false; readonly answer: SimulatorResponse };

/** Takes one token of a subscription's bucket. */
export type ArmBuckets = (subscriptionId: string, method: string, nowMs: number) => ArmVerdict;

export function createArmBuckets(): ArmBuckets {
  const buckets = new Map<string, Bucket>();
  return (subscriptionId, method, nowMs) => {
    const reading = method === "GET" || method === "HEAD";
    const size = reading ? READS : WRITES;
    const key = `${subscriptionId}/${reading ? "r" : "w"}`;
    const bucket = buckets.get(key) ?? { tokens: size.capacity, atMs: nowMs };
    buckets.set(key, bucket);
    bucket.tokens = Math.min(size.capacity, bucket.tokens + ((nowMs - bucket.atMs) / 1000) * size.perSecond);
    bucket.atMs = nowMs;
    if (bucket.tokens < 1) return { passed: false, answer: armThrottled(Math.max(1, Math.ceil((1 - bucket.tokens) / size.perSecond))) };
    bucket.tokens -= 1;
    return {
      passed: true,
      headers: { [`x-ms-ratelimit-remaining-subscription-${reading ? "reads" : "writes"}`]: String(Math.floor(bucket.tokens)) },
    };
  };
}

export function armThrottled(retryAfterSeconds: number | undefined): SimulatorResponse {
  return failure(429, "TooManyRequests", "The request was throttled.", {
    headers: retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) },
  });
}
