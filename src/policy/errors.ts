/** What a failure code means for a retry. The catalogue (`catalogue/`) is data of this shape. */
export type ErrorKind =
  /** Passes by itself: wait, then retry. */
  | "transient"
  /** The service asks to slow down: wait as told. */
  | "throttled"
  /** Another operation on the item runs: follow it, start none. */
  | "conflict"
  /** The service repairs it by itself: watch, never trigger. */
  | "self-healing"
  /** Nothing changes until somebody acts. */
  | "needs-person"
  /** Not in the catalogue. */
  | "unknown";

export interface CatalogueRow {
  readonly code: string;
  /** The published numbers of the code in job details. */
  readonly numbers?: readonly number[];
  /** Phrases of the (localised) error text: the last resort when neither symbol nor number is known. Compared without case. */
  readonly phrases?: readonly string[];
  /** Words of `WORKLOADS`, or every one. */
  readonly workloads: readonly string[] | "all";
  readonly kind: Exclude<ErrorKind, "unknown">;
  /** From the failure to the first retry. Zero for kinds that are never triggered. */
  readonly firstDelayMinutes: number;
  /** How many retries this code is worth within one run. Zero for kinds that are never triggered. */
  readonly tries: number;
  /** What the item is when those tries failed alike. */
  readonly then: "needs-person" | "failing";
  /** One sentence: what happened. */
  readonly meaning: string;
  /** What a person does about it, in words that can be followed. */
  readonly advice: string;
  /** The page that describes the code. */
  readonly source: string;
}

/** A failure after it was looked up: plain data, kept in histories and reports. */
export interface Verdict {
  readonly kind: ErrorKind;
  /** The symbol where known, else the number as text, else "Unknown". */
  readonly code: string;
  /** True when the catalogue has a row for it. */
  readonly known: boolean;
  readonly firstDelayMs: number;
  readonly tries: number;
  readonly then: "needs-person" | "failing";
  readonly meaning: string;
  readonly advice: string;
}
