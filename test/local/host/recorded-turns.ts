/** Orchestrator turns, captured from a real host or recorded on this one, made comparable. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

export interface Event {
  readonly EventType: number;
  readonly EventId: number;
  readonly Timestamp?: unknown;
  readonly FireAt?: string;
  readonly [field: string]: unknown;
}

export interface Turn {
  readonly name: string;
  readonly instance: string;
  readonly trigger: { readonly history: readonly Event[]; readonly instanceId: string; readonly [field: string]: unknown };
  /** What the library returned or, with an uncaught error, what its message carries. */
  readonly answer: unknown;
}

interface Line {
  readonly function: string;
  readonly instance?: string;
  readonly trigger?: Turn["trigger"];
  readonly returned?: unknown;
  readonly threw?: { readonly message: string };
}

/** Captured turns in order; `instance` also tells runs of the same id apart. */
export function readCapture(file: URL): Turn[] {
  const lines = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
  const turns: Turn[] = [];
  let open: Line | undefined;
  for (const line of lines) {
    if (line.trigger !== undefined) open = line;
    else if (open?.trigger !== undefined)
      turns.push(toTurn(line.function, open.trigger, line.threw === undefined ? line.returned : carried(line.threw.message)));
  }
  return turns;
}

/** Records every turn of this process from now on; the answer takes the recorder back out. */
export function recordTurns(into: Turn[]): () => void {
  interface Handled {
    handle(trigger: unknown, context: { readonly functionName: string }): Promise<unknown>;
  }
  const { Orchestrator } = createRequire(import.meta.url)("durable-functions/lib/src/orchestrations/Orchestrator.js") as {
    Orchestrator: { prototype: Handled };
  };
  const { prototype } = Orchestrator;
  const original = Object.getOwnPropertyDescriptor(prototype, "handle")?.value as Handled["handle"];
  prototype.handle = async function handle(this: Handled, trigger, context) {
    const before = JSON.parse(JSON.stringify(trigger)) as Turn["trigger"];
    try {
      const returned = await original.call(this, trigger, context);
      into.push(toTurn(context.functionName, before, JSON.parse(JSON.stringify(returned))));
      return returned;
    } catch (error) {
      into.push(toTurn(context.functionName, before, carried((error as Error).message)));
      throw error;
    }
  };
  return () => {
    prototype.handle = original;
  };
}

function toTurn(name: string, trigger: Turn["trigger"], answer: unknown): Turn {
  return { name, instance: trigger.instanceId, trigger, answer };
}

function carried(message: string): unknown {
  const json = message.split("$OutOfProcData$:")[1] ?? "";
  try {
    return JSON.parse(json);
  } catch {
    // Long messages were cut when they were captured.
    return { cut: json.slice(0, 100) };
  }
}

/** Times, ids, stack traces and their like are not differences. Ids keep their identity: the same one has the same stand-in. */
export function comparable(value: unknown): unknown {
  const ids = new Map<string, string>();
  const standIn = (id: string): string => ids.get(id) ?? ids.set(id, `id-${ids.size + 1}`).get(id) ?? "";
  const walk = (each: unknown, key: string): unknown => {
    if (key === "Timestamp" || key === "FireAt" || key === "fireAt") return "time";
    if (key === "ClientSpanId") return "span";
    if (key === "guid") return "guid";
    if (key === "Details" || key === "StackTrace" || key === "cut") return "details";
    if (typeof each === "string") {
      return each
        .replace(/ \n \{.*$|StackTrace: .*$/su, "details")
        .replaceAll(/[0-9a-f]{32}/gu, standIn)
        .replace(/StackTrace.*$/su, "details");
    }
    if (Array.isArray(each)) return each.map((part) => walk(part, ""));
    if (typeof each !== "object" || each === null) return each;
    return Object.fromEntries(Object.entries(each).map(([name, part]) => [name, walk(part, name)]));
  };
  return walk(value, "");
}

/** The turns of one instance from its first to its last, also over renewals. */
export function turnsOf(turns: readonly Turn[], instance: string): Turn[] {
  return turns.filter((turn) => turn.instance === instance);
}
