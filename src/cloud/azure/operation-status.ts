/** The operation behind an accepted trigger. "Succeeded" means that a job was made, not that the backup worked. */
import { z } from "zod";
import type { Clock } from "../../clock/clock.ts";
import type { CallCounts, OperationAnswer } from "../control-plane.ts";
import { optionalText } from "../discover/row-values.ts";
import { inCall } from "./call-context.ts";
import { failureOf, plainText, refusalOf, unexpectedAnswer } from "./failures.ts";
import type { Transport } from "./pipeline.ts";
import { get, parseBody } from "./raw-requests.ts";
import { retryAfterMs } from "./waits.ts";

const operationStatus = z.looseObject({
  status: z.string().min(1),
  error: z.looseObject({ code: optionalText, message: optionalText }).nullish().catch(undefined),
  properties: z.looseObject({ jobId: optionalText }).nullish().catch(undefined),
});

/**
 * Follows the URL as it was received: it carries another version of the API than the request, and names written differently from those sent
 * (backup-azure-arm-userestapi-backupazurevms).
 */
export async function readOperation(
  { transport, clock }: { readonly transport: Transport; readonly clock: Clock },
  operationUrl: string,
  counts: CallCounts,
): Promise<OperationAnswer> {
  try {
    const response = await inCall({ counts, counter: "management", repeat: "read" }, () => get(transport, operationUrl));
    if (response.status !== 200 && response.status !== 202)
      return { kind: "unreadable", refusal: refusalOf(unexpectedAnswer(response.status, response.bodyAsText)) };
    const parsed = operationStatus.safeParse(parseBody(response));
    // A 202 may come without a body.
    if (!parsed.success && response.status === 200)
      return { kind: "unreadable", refusal: refusalOf(unexpectedAnswer(200, response.bodyAsText)) };
    const waitMs = retryAfterMs(response.headers, clock.now());
    return parsed.success ? answerOf(parsed.data, waitMs) : inProgress(waitMs);
  } catch (error) {
    return { kind: "unreadable", refusal: refusalOf(failureOf(error)) };
  }
}

function answerOf({ status, error, properties }: z.infer<typeof operationStatus>, waitMs: number | undefined): OperationAnswer {
  switch (status.toLowerCase()) {
    case "succeeded":
      return { kind: "succeeded", ...(properties?.jobId !== undefined && { jobName: properties.jobId }) };
    case "failed":
    case "canceled":
    case "cancelled":
      return {
        kind: "failed",
        error: {
          ...(error?.code !== undefined && { symbol: error.code }),
          text: plainText(error?.message ?? `The operation ended ${status} without a word.`),
        },
      };
    default:
      // An unknown word counts as not ended.
      return inProgress(waitMs);
  }
}

function inProgress(waitMs: number | undefined): OperationAnswer {
  return { kind: "in-progress", ...(waitMs !== undefined && { retryAfterMs: waitMs }) };
}
