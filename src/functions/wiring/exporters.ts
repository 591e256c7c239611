/**
 * The senders: Azure Monitor's own exporters behind OpenTelemetry's batches. In: where to send. Out: providers of tracer, logger and meter. Memory is bounded
 * (records beyond the queue are dropped), nothing is written to disk, no request lasts longer than its time, and nothing but the destination is called: the
 * exporter's reports about itself are turned off. (Its versions from 1.0.0-beta.44 on also ask a fixed address for switches, every hour, and cannot be told not to.)
 */
import { AzureMonitorLogExporter, AzureMonitorMetricExporter, AzureMonitorTraceExporter } from "@azure/monitor-opentelemetry-exporter";
import { createDefaultHttpClient, type HttpClient } from "@azure/core-rest-pipeline";
import type { TokenCredential } from "@azure/core-auth";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import type { TelemetryDestination } from "../../settings/telemetry.ts";

const REQUEST_TIMEOUT_MS = 10_000;
const EXPORT_TIMEOUT_MS = 30_000;
/** A plan decides thousands of items at once; a record is about a kilobyte. */
const MOST_RECORDS = 20_000;
const MOST_SPANS = 8_192;
const BATCH_DELAY_MS = 2_000;
const METRICS_EVERY_MS = 60_000;

export interface Providers {
  readonly tracers: BasicTracerProvider;
  readonly loggers: LoggerProvider;
  readonly meters: MeterProvider;
  /** Gives up every request under way, and those to come. */
  readonly abandon: () => void;
}

export function createProviders(destination: TelemetryDestination, credential: TokenCredential | undefined): Providers {
  // The exporter reads these from the process's environment and from nowhere else.
  Object.assign(process.env, {
    APPLICATION_INSIGHTS_NO_STATSBEAT: "1",
    APPLICATIONINSIGHTS_SDKSTATS_DISABLED: "1",
    APPLICATIONINSIGHTS_OPENTELEMETRY_RESOURCE_METRIC_DISABLED: "true",
  });
  const abandoned = new AbortController();
  const options = {
    connectionString: destination.connectionString,
    disableOfflineStorage: true,
    retryOptions: { maxRetries: 1 },
    // The exporter turns every http into https, unless it is told the host by itself.
    ...(destination.plainHttpOrigin !== undefined && { host: destination.plainHttpOrigin, allowInsecureConnection: true }),
    httpClient: boundedHttpClient(abandoned.signal),
    ...(credential && { credential }),
  };
  const resource = resourceFromAttributes({ "service.name": destination.roleName });
  return {
    abandon: () => abandoned.abort(),
    tracers: new BasicTracerProvider({
      resource,
      spanProcessors: [
        new BatchSpanProcessor(new AzureMonitorTraceExporter(options), {
          maxQueueSize: MOST_SPANS,
          scheduledDelayMillis: BATCH_DELAY_MS,
          exportTimeoutMillis: EXPORT_TIMEOUT_MS,
        }),
      ],
    }),
    loggers: new LoggerProvider({
      resource,
      processors: [
        new BatchLogRecordProcessor(new AzureMonitorLogExporter(options), {
          maxQueueSize: MOST_RECORDS,
          scheduledDelayMillis: BATCH_DELAY_MS,
          exportTimeoutMillis: EXPORT_TIMEOUT_MS,
        }),
      ],
    }),
    meters: new MeterProvider({
      resource,
      readers: [
        new PeriodicExportingMetricReader({
          exporter: new AzureMonitorMetricExporter(options),
          exportIntervalMillis: METRICS_EVERY_MS,
          exportTimeoutMillis: EXPORT_TIMEOUT_MS,
        }),
      ],
    }),
  };
}

/** The exporter sets no limit of its own: a receiver that never answers would collect open requests, and keep a process that has ended its work. */
function boundedHttpClient(abandoned: AbortSignal): HttpClient {
  const client = createDefaultHttpClient();
  return {
    sendRequest: (request) => {
      request.timeout = REQUEST_TIMEOUT_MS;
      request.abortSignal = abandoned;
      return client.sendRequest(request);
    },
  };
}
