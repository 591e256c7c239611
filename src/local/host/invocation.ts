/** Runs one function the way the worker does: typed data in, the library's converters around the handler, typed data out. */
import { randomUUID } from "node:crypto";
import { functionsCore, type CoreInvocation, type Registration, type TypedData } from "./functions-core.ts";
import type { HostLogLine, LogLevel } from "./local-host.ts";

export interface InvocationInput {
  readonly trigger: TypedData;
  /** Values of further inputs, by binding name. */
  readonly extra?: Readonly<Record<string, TypedData>>;
  readonly triggerMetadata?: Readonly<Record<string, TypedData>>;
}

const levels: Readonly<Record<string, LogLevel>> = {
  trace: "trace",
  debug: "debug",
  information: "information",
  warning: "warning",
  error: "error",
  critical: "critical",
};

/** Undefined when the function returned nothing. Rejects with what the function threw. */
export async function invoke(
  registration: Registration,
  input: InvocationInput,
  log: (line: HostLogLine) => void,
): Promise<TypedData | undefined> {
  const { metadata, handler } = registration;
  const invocationId = randomUUID();
  const names = Object.entries(metadata.bindings);
  const trigger = names.find(([, binding]) => isTrigger(binding.type))?.[0] ?? "";
  const extra = Object.entries(input.extra ?? {});
  const invocation: CoreInvocation = {
    invocationId,
    metadata,
    request: {
      inputData: [{ name: trigger, data: input.trigger }, ...extra.map(([name, data]) => ({ name, data }))],
      triggerMetadata: input.triggerMetadata ?? {},
    },
    log: (level, _category, message) => log({ level: levels[level] ?? "information", functionName: metadata.name, invocationId, message }),
  };
  const model = functionsCore().model.getInvocationModel(invocation);
  const { context, inputs } = await model.getArguments();
  const result = await model.invokeFunction(context, inputs, handler);
  const response = await model.getResponse(context, result);
  return response.returnValue ?? undefined;
}

function isTrigger(type: string): boolean {
  return /trigger$/iu.test(type);
}

/** JSON text of what a function returned; null for nothing. */
export function toJsonText(data: TypedData | undefined): string | null {
  if (data === undefined) return null;
  if (typeof data.json === "string") return data.json;
  if (typeof data.string === "string") return JSON.stringify(data.string);
  if (data.int !== undefined) return JSON.stringify(data.int);
  if (data.double !== undefined) return JSON.stringify(data.double);
  if (data.bytes) return JSON.stringify(Buffer.from(data.bytes).toString("base64"));
  return null;
}

/** A JSON text as the extension sends it: a string goes as the text that the library then reads as JSON. */
export function fromJsonText(text: string | null): TypedData {
  if (text === null) return { json: "null" };
  const value: unknown = text.startsWith('"') ? JSON.parse(text) : undefined;
  return typeof value === "string" ? { string: value } : { json: text };
}
