/**
 * The one call that changes something: the POST that asks for a backup. It is sent once. Whether it was certainly refused or may have been accepted is
 * told apart here, because everything after a lost answer depends on it.
 */
import type { BackupRequestUnion } from "@azure/arm-recoveryservicesbackup";
import type { Clock } from "../../clock/clock.ts";
import type { BackupRequest, CallCounts, TriggerAnswer } from "../control-plane.ts";
import { parseProtectedItemId, sameId } from "../discover/ids.ts";
import { inCall } from "./call-context.ts";
import { isAtEndpoint, type Endpoint } from "./endpoint.ts";
import { failureOf, type Failure } from "./failures.ts";
import type { BackupClients } from "./recovery-services.ts";
import { retryAfterMs, type HeaderBag } from "./waits.ts";

interface RawAnswer {
  readonly status: number;
  readonly headers: HeaderBag;
}

export async function triggerBackup(
  { clients, endpoint, clock }: { readonly clients: BackupClients; readonly endpoint: Endpoint; readonly clock: Clock },
  request: BackupRequest,
  counts: CallCounts,
): Promise<TriggerAnswer> {
  const item = parseProtectedItemId(request.itemId);
  if (item === undefined || !sameId(item.vault.id, request.vault.id)) {
    throw new Error(`The item is not one of the vault ${request.vault.name}: ${JSON.stringify(request.itemId)}`);
  }
  const client = clients(item.vault);
  let raw: RawAnswer | undefined;
  try {
    await inCall({ counts, counter: "management", repeat: "once" }, () =>
      client.backups.trigger(
        item.vault.name,
        item.vault.resourceGroup,
        item.fabric,
        item.container,
        item.item,
        // The workload made the body; the serializer takes an ISO time where its type says Date.
        { properties: request.properties as unknown as BackupRequestUnion },
        {
          // The only way to the headers: the method itself returns nothing.
          onResponse: (answer) => {
            raw = answer;
          },
        },
      ),
    );
  } catch (error) {
    // An accepted POST stays accepted, whatever the client could not read in its body.
    if (raw?.status !== 202) return classifyFailure(failureOf(error), clock.now());
  }
  return raw === undefined ? { kind: "uncertain", problem: "The client gave no answer." } : readAcceptance(raw, endpoint, clock.now());
}

/** Whatever else it says: what was accepted is not sent again. Without an operation to follow the vault's list leads to the job. */
function readAcceptance({ headers }: RawAnswer, endpoint: Endpoint, nowMs: number): TriggerAnswer {
  const operationUrl = headers.get("azure-asyncoperation");
  const waitMs = retryAfterMs(headers, nowMs);
  return {
    kind: "accepted",
    ...(operationUrl !== undefined && isAtEndpoint(operationUrl, endpoint) && { operationUrl }),
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
  };
}

function classifyFailure(failure: Failure, nowMs: number): TriggerAnswer {
  const { status, code, message } = failure;
  const error = { ...(code !== undefined && { symbol: code }), text: message };
  // Without a token nothing was sent; to the rules that is a refusal like any other for lack of rights.
  if (failure.kind === "no-token") return { kind: "refused", status: 401, error };
  if (failure.kind === "no-answer" || status === undefined) return { kind: "uncertain", problem: `No answer: ${message}` };
  if (status === 429) {
    const afterMs = failure.headers && retryAfterMs(failure.headers, nowMs);
    return { kind: "throttled", ...(afterMs !== undefined && { afterMs }) };
  }
  if (status === 408 || status >= 500 || status < 300)
    return { kind: "uncertain", problem: `HTTP ${status}${code === undefined ? "" : ` ${code}`}: ${message}` };
  return { kind: "refused", status, error };
}
