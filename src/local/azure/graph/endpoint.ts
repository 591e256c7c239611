/**
 * `POST /providers/Microsoft.ResourceGraph/resources`: scope, query, paging. In: the request's body. Out: the answer of API version 2024-04-01.
 * Limits are those of the pages "Work with large datasets" and "Guidance for throttled requests".
 */
import { createQueryCompiler, type CompiledQuery } from "../kql/query.ts";
import { KqlError } from "../kql/error.ts";
import { MissingLanguageError } from "../kql/syntax.ts";
import { toJsonValue, type Column, type Row } from "../kql/values.ts";
import { type ErrorDetail, failure, json, type SimulatorResponse } from "../messages.ts";
import type { Subscription, Tenant } from "../state/tenant.ts";
import { rowsOf, TABLES } from "./rows.ts";
import { decodeToken, encodeToken, fingerprint } from "./skip-token.ts";
import { readGraphRequest, type GraphRequest } from "./request-body.ts";

/** Results kept for the pages to come. A result that fell out is computed again for the same moment. */
const MAX_KEPT_RESULTS = 8;

export interface GraphEndpoint {
  /** @param staleMs how old the rows are. */
  readonly query: (body: string, nowMs: number, staleMs: number) => SimulatorResponse;
}

interface Moment {
  readonly rowsAtMs: number;
  readonly nowMs: number;
}

export function createGraphEndpoint(tenant: Tenant): GraphEndpoint {
  const compile = createQueryCompiler(TABLES);
  const kept = new Map<string, readonly Row[]>();
  const keyOf = (print: string, { rowsAtMs, nowMs }: Moment): string => `${print}/${rowsAtMs}/${nowMs}`;
  const forget = (print: string, moment: Moment): void => void kept.delete(keyOf(print, moment));

  const resultOf = (
    compiled: CompiledQuery,
    scope: readonly Subscription[],
    print: string,
    moment: Moment,
    fresh: boolean,
  ): readonly Row[] => {
    const key = keyOf(print, moment);
    const known = fresh ? undefined : kept.get(key);
    if (known !== undefined) return known;
    const source = rowsOf(compiled.table, scope, { atMs: moment.rowsAtMs, symbols: tenant.symbols });
    const rows = compiled.run(source, { nowMs: moment.nowMs });
    kept.delete(key);
    kept.set(key, rows);
    for (const oldest of kept.keys()) {
      if (kept.size <= MAX_KEPT_RESULTS) break;
      kept.delete(oldest);
    }
    return rows;
  };

  return {
    query(body, nowMs, staleMs) {
      const request = readGraphRequest(body);
      if ("status" in request) return request;
      const scope = scopeOf(request, tenant);
      if ("status" in scope) return scope;
      let compiled: CompiledQuery;
      try {
        compiled = compile(request.query);
      } catch (error) {
        if (error instanceof KqlError) return badQuery(error);
        // No status that a client repeats: the package will not appear by itself.
        if (error instanceof MissingLanguageError) return failure(501, error.code, error.message);
        throw error;
      }
      const print = fingerprint(
        request.query,
        scope.subscriptions.map((one) => one.id),
      );
      const token = request.skipToken === undefined ? undefined : decodeToken(request.skipToken);
      if (request.skipToken !== undefined && token?.print !== print)
        return badRequest("InvalidSkipToken", "The provided $skipToken is not valid for this query and scope.");
      const moment = token ?? { rowsAtMs: nowMs - staleMs, nowMs };
      const rows = resultOf(compiled, scope.subscriptions, print, moment, token === undefined);
      const from = (token?.offset ?? 0) + request.skip;
      const page = rows.slice(from, from + request.top);
      const more = from + page.length < rows.length;
      // The last page was asked for: a large result is not kept for a repeat that hardly ever comes.
      if (!more) forget(print, moment);
      const answer = {
        totalRecords: rows.length,
        count: page.length,
        data: request.resultFormat === "table" ? asTable(page, compiled.columns) : asObjects(page, compiled.columns),
        facets: [],
        resultTruncated: more ? "true" : "false",
        ...(more && compiled.pageable && { $skipToken: encodeToken({ print, ...moment, offset: from + page.length }) }),
      };
      return json(200, answer);
    },
  };
}

function scopeOf(request: GraphRequest, tenant: Tenant): SimulatorResponse | { readonly subscriptions: readonly Subscription[] } {
  if (request.subscriptions === undefined) return { subscriptions: tenant.subscriptions };
  if (request.subscriptions.some((id) => !/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(id)))
    return badRequest("SubscriptionsContainInvalidGuids", "One of the subscription ids is not a valid GUID.");
  // Subscriptions that the identity cannot read are left out of the answer without a sign.
  const wanted = new Set(request.subscriptions.map((id) => id.toLowerCase()));
  const subscriptions = tenant.subscriptions.filter((one) => wanted.has(one.id.toLowerCase()));
  if (subscriptions.length > 0) return { subscriptions };
  return badRequest("NoValidSubscriptionsInQueryRequest", "There must be at least one subscription that is eligible to contain resources.");
}

function badRequest(code: string, message: string): SimulatorResponse {
  return failure(400, "BadRequest", "Please provide below info when asking for support.", { details: [{ code, message }] });
}

function badQuery(error: KqlError): SimulatorResponse {
  const details: ErrorDetail[] = [
    {
      code: "InvalidQuery",
      message:
        "Query is invalid. Please refer to the documentation for the Azure Resource Graph service and fix the error before retrying.",
    },
  ];
  details.push({ code: error.detail, message: error.message });
  return failure(400, "BadRequest", error.message, { details });
}

function asObjects(rows: readonly Row[], columns: readonly Column[]): object[] {
  return rows.map((row) => Object.fromEntries(columns.map(({ name, type }, index) => [name, toJsonValue(row[index], type)])));
}

const TABLE_TYPES: Readonly<Record<Column["type"], string>> = {
  string: "string",
  long: "integer",
  real: "number",
  bool: "boolean",
  datetime: "datetime",
  timespan: "string",
  dynamic: "object",
};

function asTable(rows: readonly Row[], columns: readonly Column[]): object {
  return {
    columns: columns.map(({ name, type }) => ({ name, type: TABLE_TYPES[type] })),
    rows: rows.map((row) => columns.map(({ type }, index) => toJsonValue(row[index], type))),
  };
}
