/**
 * What the cloud part tells about itself, as a port: steps (spans), records (structured logs) and sums (metrics). In: names and plain values. Out: nothing,
 * ever. `functions/wiring` answers it with OpenTelemetry. It promises that telling neither fails, nor waits, nor changes what is told about; it does not
 * promise that what was told arrives. Only activities and triggers tell: orchestrators are replayed.
 */

/** Undefined ones are left out. Texts are made safe by who sends them: no query, token or path of a URL leaves. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** Names of records. Alert rules and the workbook ask for them: a changed name is a changed query in `infra/monitoring`. */
export type RecordName =
  | "ScheduleChecked"
  | "ScheduleMissed"
  | "RunDue"
  | "RunNotStarted"
  | "RunStarted"
  | "RunEnded"
  | "ItemDecided"
  | "TriggerSent"
  | "TriggerAccepted"
  | "TriggerRefused"
  | "TriggerUncertain"
  | "AttemptEnded"
  | "Throttled";

export interface TelemetryRecord {
  readonly name: RecordName;
  readonly level: "information" | "warning" | "error";
  /** For people; the attributes hold the same for queries. */
  readonly message: string;
  readonly attributes: Attributes;
}

/** Sums, and in what. `reprise.items.failing` is one value per run: how many items it left. */
export const METRICS = {
  "reprise.runs.started": { unit: "{run}", kind: "sum" },
  "reprise.runs.ended": { unit: "{run}", kind: "sum" },
  "reprise.items.decided": { unit: "{item}", kind: "sum" },
  "reprise.items.failing": { unit: "{item}", kind: "values" },
  "reprise.attempts.triggered": { unit: "{attempt}", kind: "sum" },
  "reprise.throttled.wait": { unit: "s", kind: "sum" },
} as const;

export type MetricName = keyof typeof METRICS;

export interface Step {
  readonly name: string;
  /** `call`: of another service, which `target` names. */
  readonly kind: "step" | "call";
  readonly target?: string;
  readonly attributes?: Attributes;
  /** The caller's place in its trace, as W3C `traceparent` has it. Without one the step around this one is the parent. */
  readonly traceParent?: string | undefined;
}

/** A step under way. */
export interface OpenStep {
  /** It went wrong although nothing was thrown. `kind` is a code, not a text. */
  fail(kind: string): void;
}

export interface Telemetry {
  /** Carries out `run` as a step. What is told inside it belongs to it and has its attributes. Gives what `run` gives, throws what it throws. */
  step<T>(step: Step, run: (open: OpenStep) => Promise<T>): Promise<T>;
  /** More is known now: attributes for the step under way and for all that is told inside it from here on. */
  annotate(attributes: Attributes): void;
  record(record: TelemetryRecord): void;
  add(metric: MetricName, value: number, attributes: Attributes): void;
  /** Sends what is collected, soon; nobody waits for it. */
  flush(): void;
  /** Sends what is collected, for a bounded time. Nothing is told afterwards. */
  close(): Promise<void>;
}

const unheard: OpenStep = { fail: () => {} };

export const noTelemetry: Telemetry = {
  step: (_step, run) => run(unheard),
  annotate: () => {},
  record: () => {},
  add: () => {},
  flush: () => {},
  close: () => Promise.resolve(),
};
