/** One sending of a request: counted, and given up when no answer came in time. */
import type { PipelinePolicy } from "@azure/core-rest-pipeline";
import type { Clock } from "../../clock/clock.ts";
import { currentCall } from "./call-context.ts";

/** No answer within the deadline. The request may have arrived. */
export class NoAnswerError extends Error {
  readonly code = "NO_ANSWER";
  constructor(timeoutMs: number) {
    super(`No answer within ${timeoutMs / 1000} s.`);
    this.name = "NoAnswerError";
  }
}

/**
 * The deadline is an appointment on the clock port: real seconds on real time, while on a virtual clock it passes only when the answering side
 * itself sleeps past it, however slow the machine is.
 */
export function singleTryPolicy(options: { readonly clock: Clock; readonly timeoutMs: number }): PipelinePolicy {
  const { clock, timeoutMs } = options;
  return {
    name: "repriseSingleTryPolicy",
    async sendRequest(request, next) {
      const call = currentCall();
      call.counts[call.counter]++;
      const callerSignal = request.abortSignal;
      const deadline = new AbortController();
      const passOn = (): void => deadline.abort();
      callerSignal?.addEventListener("abort", passOn);
      // A client in this process may not look at the signal: the race ends the wait all the same.
      let cancel: (() => void) | undefined;
      const late = new Promise<never>((_resolve, reject) => {
        cancel = clock.at(clock.now() + timeoutMs, () => {
          reject(new NoAnswerError(timeoutMs));
          deadline.abort();
        });
      });
      try {
        request.abortSignal = deadline.signal;
        return await Promise.race([next(request), late]);
      } finally {
        cancel?.();
        callerSignal?.removeEventListener("abort", passOn);
        if (callerSignal === undefined) delete request.abortSignal;
        else request.abortSignal = callerSignal;
      }
    },
  };
}
