/**
 * One page of Resource Graph. In: query, scope, page token. Out: the rows as received. The quota that answers announce is kept for all queries of this
 * client: 15 per 5 s and identity, each page counts.
 */
import { ResourceGraphClient, type QueryRequest, type QueryResponse } from "@azure/arm-resourcegraph";
import type { Clock } from "../../clock/clock.ts";
import { GraphError, type CallCounts } from "../control-plane.ts";
import type { AskGraph, GraphPage, GraphQuestion } from "../discover/graph-pages.ts";
import { unusedCredential } from "./authorization.ts";
import { inCall } from "./call-context.ts";
import { failureOf, type Failure } from "./failures.ts";
import type { Transport } from "./pipeline.ts";
import type { ReadRetryOptions } from "./read-retry.ts";
import { quotaWaitMs, type HeaderBag } from "./waits.ts";

/** The most that Resource Graph gives (work-with-data). */
const ROWS_PER_PAGE = 1000;

const ACCESS_ADVICE =
  "Give this identity the project's custom role or Backup Reader on the subscriptions or their management group; a new assignment takes up to 10 minutes to work.";

export function createGraph(
  transport: Transport,
  clock: Clock,
  onThrottled?: ReadRetryOptions["onThrottled"],
): (counts: CallCounts) => AskGraph {
  const client = new ResourceGraphClient(unusedCredential, transport.clientOptions);
  transport.equip(client.pipeline);
  let freeAtMs = 0;

  const ask = async (question: GraphQuestion): Promise<GraphPage> => {
    const waitMs = freeAtMs - clock.now();
    if (waitMs > 0) {
      onThrottled?.({ api: "graph", waitMs });
      await clock.sleep(waitMs);
    }
    let headers: HeaderBag | undefined;
    let response: QueryResponse;
    try {
      response = await client.resources(requestOf(question), {
        onResponse: (raw) => {
          headers = raw.headers;
        },
      });
    } catch (error) {
      throw graphError(failureOf(error), question);
    }
    freeAtMs = clock.now() + ((headers && quotaWaitMs(headers)) ?? 0);
    return pageOf(response, headers);
  };

  return (counts) => (question) => inCall({ counts, counter: "graph", repeat: "read" }, () => ask(question));
}

function requestOf(question: GraphQuestion): QueryRequest {
  const { query, subscriptions, managementGroup, skipToken } = question;
  return {
    query,
    ...(subscriptions && { subscriptions: [...subscriptions] }),
    ...(managementGroup !== undefined && { managementGroups: [managementGroup] }),
    // The default format changed between versions of the API.
    options: { top: ROWS_PER_PAGE, resultFormat: "objectArray", ...(skipToken !== undefined && { skipToken }) },
  };
}

function pageOf(response: QueryResponse, headers: HeaderBag | undefined): GraphPage {
  const rows: unknown = response.data;
  const truncated: unknown = response.resultTruncated;
  if (!Array.isArray(rows)) throw new GraphError("GRAPH_UNREACHABLE", "Resource Graph answered without a list of rows.");
  return {
    rows,
    ...(typeof response.totalRecords === "number" && { totalRecords: response.totalRecords }),
    // Documented as a string.
    truncated: truncated === "true" || truncated === true,
    ...(response.skipToken && { skipToken: response.skipToken }),
    subscriptionLimitHit: headers?.get("x-ms-tenant-subscription-limit-hit")?.toLowerCase() === "true",
  };
}

function graphError(failure: Failure, question: GraphQuestion): GraphError {
  const said = `${failure.code ?? "no code"}: ${failure.message}`;
  const codes = new Set([failure.code, ...failure.detailCodes].map((code) => code?.toLowerCase()));
  if (codes.has("novalidsubscriptionsinqueryrequest")) {
    return new GraphError(
      "GRAPH_NO_SUBSCRIPTION",
      `Resource Graph sees no subscription ${scopeText(question)} with this identity. ${ACCESS_ADVICE}`,
    );
  }
  if (codes.has("subscriptionscontaininvalidguids")) {
    return new GraphError(
      "GRAPH_BAD_QUERY",
      `One of the subscriptions asked for is not a GUID (${said}). Correct the list of subscriptions.`,
    );
  }
  if (failure.kind === "no-token")
    return new GraphError("GRAPH_FORBIDDEN", `${failure.message} Sign in, or give the app a managed identity.`);
  switch (failure.status) {
    case 401:
      return new GraphError(
        "GRAPH_FORBIDDEN",
        `Resource Graph does not accept the identity's token (${said}). Sign in again, to the right tenant.`,
      );
    case 403:
      return new GraphError("GRAPH_FORBIDDEN", `Resource Graph refuses this identity ${scopeText(question)} (${said}). ${ACCESS_ADVICE}`);
    case 400:
      return new GraphError("GRAPH_BAD_QUERY", `Resource Graph refuses the query (${said}).`);
    default:
      return new GraphError("GRAPH_UNREACHABLE", `Resource Graph gave no usable answer, repeats included (${said}).`);
  }
}

function scopeText({ subscriptions, managementGroup }: GraphQuestion): string {
  if (subscriptions !== undefined) return subscriptions.length === 1 ? `of the one asked for` : `of the ${subscriptions.length} asked for`;
  return managementGroup === undefined ? "in the tenant" : `in the management group ${JSON.stringify(managementGroup)}`;
}
