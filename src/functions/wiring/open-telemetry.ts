/**
 * The port answered with OpenTelemetry. Nothing is registered globally: the host's own telemetry and libraries in this process stay as they are. Times are
 * those of the clock port. Loaded only where something is sent; every call that only tells swallows its errors, so that a run cannot end by its telemetry.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { TokenCredential } from "@azure/core-auth";
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
  type Attributes as OtelAttributes,
  type Context,
  type Counter,
  type Histogram,
  type Span,
} from "@opentelemetry/api";
import { SeverityNumber } from "@opentelemetry/api-logs";
import type { Clock } from "../../clock/clock.ts";
import { safeText } from "../../cloud/telemetry/safe-text.ts";
import { METRICS, type Attributes, type MetricName, type OpenStep, type Step, type Telemetry } from "../../cloud/telemetry/telemetry.ts";
import type { TelemetryDestination } from "../../settings/telemetry.ts";
import { createProviders } from "./exporters.ts";

/** How long an app that stops waits for its last telemetry. */
const CLOSE_WITHIN_MS = 2_000;

const LEVELS = {
  information: { severityNumber: SeverityNumber.INFO, severityText: "Information" },
  warning: { severityNumber: SeverityNumber.WARN, severityText: "Warning" },
  error: { severityNumber: SeverityNumber.ERROR, severityText: "Error" },
} as const;

interface Scope {
  readonly context: Context;
  readonly span: Span;
  /** Of everything told inside; grows. */
  attributes: OtelAttributes;
}

export function createOpenTelemetry(options: {
  readonly destination: TelemetryDestination;
  readonly clock: Clock;
  readonly credential?: TokenCredential;
}): Telemetry {
  // A number that is smaller than the process's beginning would be taken for a time since then.
  const now = (): Date => new Date(options.clock.now());
  const { tracers, loggers, meters, abandon } = createProviders(options.destination, options.credential);
  const [tracer, logger, meter] = [tracers.getTracer("reprise"), loggers.getLogger("reprise"), meters.getMeter("reprise")];
  const scopes = new AsyncLocalStorage<Scope>();
  const instruments = new Map<string, (value: number, attributes: OtelAttributes) => void>();
  for (const [name, { unit, kind }] of Object.entries(METRICS)) {
    const instrument: Counter | Histogram = kind === "sum" ? meter.createCounter(name, { unit }) : meter.createHistogram(name, { unit });
    instruments.set(name, (value, attributes) =>
      "add" in instrument ? instrument.add(value, attributes) : instrument.record(value, attributes),
    );
  }
  const flushing = (): Promise<unknown> => Promise.allSettled([loggers.forceFlush(), tracers.forceFlush(), meters.forceFlush()]);

  function open({ name, kind, target, attributes, traceParent }: Step): Scope {
    const around = scopes.getStore();
    const own = { ...around?.attributes, ...safe(attributes) };
    const parent = parentOf(traceParent) ?? around?.context ?? ROOT_CONTEXT;
    const span = tracer.startSpan(
      name,
      {
        kind: kind === "call" ? SpanKind.CLIENT : SpanKind.INTERNAL,
        startTime: now(),
        attributes: { ...own, ...(target !== undefined && { "reprise.service": target }) },
      },
      parent,
    );
    return { context: trace.setSpan(parent, span), span, attributes: own };
  }

  return {
    async step(step, run) {
      const scope = quietly(() => open(step));
      if (scope === undefined) return run({ fail: () => {} });
      const failed = (kind: string): void =>
        void quietly(() => scope.span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute("error.type", kind));
      const handle: OpenStep = { fail: failed };
      try {
        return await scopes.run(scope, () => run(handle));
      } catch (error) {
        failed(error instanceof Error ? error.name : "error");
        throw error;
      } finally {
        quietly(() => scope.span.end(now()));
      }
    },
    annotate: (attributes) =>
      quietly(() => {
        const scope = scopes.getStore();
        if (scope === undefined) return;
        scope.attributes = { ...scope.attributes, ...safe(attributes) };
        scope.span.setAttributes(safe(attributes));
      }),
    record: ({ name, level, message, attributes }) =>
      quietly(() => {
        const scope = scopes.getStore();
        logger.emit({
          ...LEVELS[level],
          eventName: name,
          body: safeText(message),
          timestamp: now(),
          attributes: { ...scope?.attributes, ...safe(attributes), "reprise.event": name },
          ...(scope && { context: scope.context }),
        });
      }),
    add: (metric: MetricName, value, attributes) => quietly(() => instruments.get(metric)?.(value, safe(attributes))),
    flush: () => void flushing(),
    async close() {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise((resolve) => (timer = setTimeout(resolve, CLOSE_WITHIN_MS)));
      await Promise.race([flushing(), late]);
      clearTimeout(timer);
      // Neither their timers nor an answer that does not come may keep the process.
      abandon();
      void Promise.allSettled([loggers.shutdown(), tracers.shutdown(), meters.shutdown()]);
    },
  };
}

function quietly<T>(tell: () => T): T | undefined {
  try {
    return tell();
  } catch {
    return undefined;
  }
}

function safe(attributes: Attributes | undefined): OtelAttributes {
  return Object.fromEntries(
    Object.entries(attributes ?? {}).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, typeof value === "string" ? safeText(value) : value] as const],
    ),
  );
}

/**
 * https://www.w3.org/TR/trace-context/#traceparent-header. The flag says whether the host records; whether this app's steps are sent is for this app to say.
 */
function parentOf(traceParent: string | undefined): Context | undefined {
  const parts = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}$/.exec(traceParent ?? "");
  const [, traceId, spanId] = parts ?? [];
  if (traceId === undefined || spanId === undefined) return undefined;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true });
}
