/**
 * Reads of a subscription keep to the shared bucket, repeats included, and what the service asks of one instance is passed on to all. Triggers are not
 * paced here: whoever sends one has taken its turn long before, and must not be held up between its intent and the POST.
 */
import type { PipelinePolicy } from "@azure/core-rest-pipeline";
import type { Clock } from "../../clock/clock.ts";
import type { Limits } from "../limits/limits.ts";
import { retryAfterMs } from "./waits.ts";

export type ReadPace = Pick<Limits, "readTurn" | "heldBack">;

/** A read that waits longer for its turn is sent all the same: no activity sleeps for minutes, and the service answers 429 if it has to. */
const LONGEST_WAIT_MS = 60_000;

export function readPacePolicy(pace: ReadPace, clock: Clock): PipelinePolicy {
  return {
    name: "repriseReadPacePolicy",
    async sendRequest(request, next) {
      const subscriptionId = /^https?:\/\/[^/]+\/subscriptions\/([^/?]+)\//i.exec(request.url)?.[1];
      if (request.method !== "GET" || subscriptionId === undefined) return next(request);
      const waitMs = (await pace.readTurn(subscriptionId)) - clock.now();
      if (waitMs > 0) await clock.sleep(Math.min(waitMs, LONGEST_WAIT_MS));
      const response = await next(request);
      const askedMs = response.status === 429 ? retryAfterMs(response.headers, clock.now()) : undefined;
      if (askedMs !== undefined) await pace.heldBack(subscriptionId, "reads", clock.now() + askedMs);
      return response;
    },
  };
}
