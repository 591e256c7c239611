/**
 * What stands in for Application Insights: a real HTTP server on this machine that takes what the exporter posts, and the tables that the service would make of
 * it. In: envelopes, as received. Out: rows by the columns that Log Analytics documents for AppTraces, AppMetrics, AppDependencies.
 */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import type { Column, Row } from "../../src/local/azure/kql/values.ts";

export interface Envelope {
  readonly time: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly data: { readonly baseType: string; readonly baseData: Readonly<Record<string, unknown>> };
}

export interface Ingestion extends AsyncDisposable {
  readonly connectionString: string;
  readonly envelopes: readonly Envelope[];
  /** Everything that came in, unpacked, with request lines and headers. */
  readonly raw: string;
  readonly requests: number;
  readonly openConnections: () => Promise<number>;
}

/** `silent`: takes the request and never answers. A number: answers with that status and takes nothing. */
export async function startIngestion(behaviour: "takes" | "silent" | number = "takes"): Promise<Ingestion> {
  const envelopes: Envelope[] = [];
  let raw = "";
  let requests = 0;
  const server = createServer((request, response) => {
    void (async () => {
      const body = await bodyOf(request);
      requests++;
      raw += `${request.method} ${request.url}\n${JSON.stringify(request.headers)}\n${body}\n`;
      if (behaviour === "silent") return;
      if (behaviour === "takes") envelopes.push(...envelopesIn(body));
      response.writeHead(behaviour === "takes" ? 200 : behaviour, { "content-type": "application/json" });
      const count = envelopesIn(body).length;
      response.end(JSON.stringify({ itemsReceived: count, itemsAccepted: behaviour === "takes" ? count : 0, errors: [] }));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    connectionString: connectionStringTo(port),
    envelopes,
    get raw() {
      return raw;
    },
    get requests() {
      return requests;
    },
    openConnections: () =>
      new Promise((resolve, reject) => server.getConnections((error, count) => (error ? reject(error) : resolve(count)))),
    [Symbol.asyncDispose]: () => closed(server),
  };
}

export function connectionStringTo(port: number): string {
  return `InstrumentationKey=00000000-0000-4000-8000-000000000000;IngestionEndpoint=http://127.0.0.1:${port}/`;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.closeAllConnections();
    server.close(() => resolve());
  });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  return (request.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes).toString("utf8");
}

/** The exporter posts one JSON list. */
function envelopesIn(body: string): Envelope[] {
  return JSON.parse(body) as Envelope[];
}

/** https://learn.microsoft.com/azure/azure-monitor/reference/tables/apptraces and its neighbours: the columns that are filled. */
const shared: readonly Column[] = [
  { name: "TimeGenerated", type: "datetime" },
  { name: "AppRoleName", type: "string" },
  { name: "OperationId", type: "string" },
  { name: "ParentId", type: "string" },
  { name: "Properties", type: "dynamic" },
];

export const tables: ReadonlyMap<string, readonly Column[]> = new Map([
  ["apptraces", [...shared, { name: "Message", type: "string" }, { name: "SeverityLevel", type: "long" }]],
  [
    "appmetrics",
    [
      ...shared,
      { name: "Name", type: "string" },
      { name: "Sum", type: "real" },
      { name: "ItemCount", type: "long" },
      { name: "Min", type: "real" },
      { name: "Max", type: "real" },
    ],
  ],
  [
    "appdependencies",
    [
      ...shared,
      { name: "Id", type: "string" },
      { name: "Name", type: "string" },
      { name: "Target", type: "string" },
      { name: "DependencyType", type: "string" },
      { name: "ResultCode", type: "string" },
      { name: "Success", type: "bool" },
      { name: "DurationMs", type: "real" },
    ],
  ],
]);

const SEVERITIES = ["Verbose", "Information", "Warning", "Error", "Critical"];

export type Rows = ReadonlyMap<string, readonly Row[]>;

export function rowsOf(envelopes: readonly Envelope[]): Rows {
  const rows = new Map<string, Row[]>([...tables.keys()].map((table) => [table, []]));
  for (const { time, tags, data } of envelopes) {
    const { baseType, baseData } = data;
    const common = [
      Date.parse(time),
      tags["ai.cloud.role"] ?? "",
      tags["ai.operation.id"] ?? "",
      tags["ai.operation.parentId"] ?? "",
      baseData.properties ?? {},
    ];
    switch (baseType) {
      case "MessageData":
        rows.get("apptraces")?.push([...common, baseData.message, SEVERITIES.indexOf(String(baseData.severityLevel))]);
        break;
      case "MetricData":
        for (const metric of baseData.metrics as readonly Readonly<Record<string, unknown>>[])
          rows.get("appmetrics")?.push([...common, metric.name, metric.value, metric.count, metric.min ?? null, metric.max ?? null]);
        break;
      case "RemoteDependencyData":
        rows
          .get("appdependencies")
          ?.push([
            ...common,
            baseData.id,
            baseData.name,
            baseData.target ?? "",
            baseData.type,
            baseData.resultCode,
            baseData.success,
            durationMs(String(baseData.duration)),
          ]);
        break;
      default:
        throw new Error(`The exporter sent ${baseType}, which no table is known for.`);
    }
  }
  return rows;
}

/** `d.hh:mm:ss.fff` */
function durationMs(text: string): number {
  const parts = /^(?:(\d+)\.)?(\d\d):(\d\d):(\d\d(?:\.\d+)?)$/.exec(text);
  if (parts === null) throw new Error(`unexpected duration ${text}`);
  return ((Number(parts[1] ?? 0) * 24 + Number(parts[2])) * 60 + Number(parts[3])) * 60_000 + Number(parts[4]) * 1_000;
}
