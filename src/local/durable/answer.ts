/** What the library answers to a turn, read and checked. Action numbers: the library's `ActionType`. */
export interface RetryOptions {
  readonly firstRetryIntervalInMilliseconds: number;
  readonly maxNumberOfAttempts: number;
  readonly backoffCoefficient?: number;
  readonly maxRetryIntervalInMilliseconds?: number;
}

export type Action =
  | { readonly kind: "activity"; readonly name: string; readonly input: unknown; readonly retry?: RetryOptions }
  | { readonly kind: "sub"; readonly name: string; readonly input: unknown; readonly instanceId?: string; readonly retry?: RetryOptions }
  | { readonly kind: "timer"; readonly fireAtMs: number; readonly cancelled: boolean }
  | { readonly kind: "event"; readonly name: string }
  | { readonly kind: "continue"; readonly input: unknown }
  | { readonly kind: "any" | "all"; readonly parts: readonly Action[] };

export interface Answer {
  readonly isDone: boolean;
  /** Everything since the start of the generation, not just the new. */
  readonly actions: readonly Action[];
  readonly output: unknown;
  readonly customStatus: unknown;
  /** The message of an error that the orchestrator did not catch. */
  readonly error?: string;
}

/** In front of the JSON that travels in the message of an error thrown by the library. */
export const outOfProcessLabel = "\n\n$OutOfProcData$:";

interface RawAction {
  readonly actionType: number;
  readonly functionName?: string;
  readonly input?: unknown;
  readonly retryOptions?: RetryOptions;
  readonly instanceId?: string;
  readonly fireAt?: string;
  readonly isCanceled?: boolean;
  readonly externalEventName?: string;
  readonly compoundActions?: readonly RawAction[];
}

interface RawAnswer {
  readonly isDone?: boolean;
  readonly actions?: readonly (readonly RawAction[])[];
  readonly output?: unknown;
  readonly customStatus?: unknown;
  readonly error?: string;
}

/** Throws for an action that this hub cannot carry out (entities, durable HTTP). */
export function readAnswer(value: unknown): Answer {
  if (typeof value !== "object" || value === null || !("actions" in value))
    throw new Error("The orchestrator returned no list of actions.");
  const raw = value as RawAnswer;
  return {
    isDone: raw.isDone === true,
    actions: (raw.actions ?? []).flat().map(readAction),
    output: raw.output,
    customStatus: raw.customStatus,
    ...(raw.error !== undefined && raw.error !== "" ? { error: raw.error } : {}),
  };
}

function readAction(raw: RawAction): Action {
  const name = raw.functionName ?? "";
  const retry = raw.retryOptions === undefined ? {} : { retry: raw.retryOptions };
  switch (raw.actionType) {
    case 0:
    case 1:
      return { kind: "activity", name, input: raw.input, ...retry };
    case 2:
    case 3:
      return { kind: "sub", name, input: raw.input, ...(raw.instanceId ? { instanceId: raw.instanceId } : {}), ...retry };
    case 4:
      return { kind: "continue", input: unquoted(raw.input) };
    case 5:
      return { kind: "timer", fireAtMs: Date.parse(raw.fireAt ?? ""), cancelled: raw.isCanceled === true };
    case 6:
      return { kind: "event", name: raw.externalEventName ?? "" };
    case 11:
      return { kind: "any", parts: (raw.compoundActions ?? []).map(readAction) };
    case 12:
      return { kind: "all", parts: (raw.compoundActions ?? []).map(readAction) };
    default:
      throw new Error(`Action type ${raw.actionType} (an entity or durable HTTP call) is not supported by the local task hub.`);
  }
}

/** The library turns strings into JSON texts for `continueAsNew`, as it does for activities. */
function unquoted(input: unknown): unknown {
  if (typeof input !== "string") return input;
  try {
    return JSON.parse(input) as unknown;
  } catch {
    return input;
  }
}
