/**
 * Recorded histories of instances, and their replay. In: what an instance was handed at its last recorded turn. Out: every turn at which today's orchestrator would do
 * something else than was done then, in words; none means that such an instance survives a deployment of today's code.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Answer } from "../../src/local/durable/answer.ts";
import { decide, type Planned } from "../../src/local/durable/decide.ts";
import type { HubFunctions } from "../../src/local/durable/functions.ts";
import { eventTypes, type HistoryEvent } from "../../src/local/durable/history.ts";

export interface RecordedHistory {
  /** What the instance went through, for people. */
  readonly title: string;
  readonly orchestrator: string;
  readonly trigger: { readonly history: readonly HistoryEvent[]; readonly instanceId: string } & Readonly<Record<string, unknown>>;
  /** How the last turn ended. */
  readonly end: "done" | "renewed" | "waiting";
}

const FOLDER = new URL("histories/", import.meta.url);

export function readHistories(): (RecordedHistory & { readonly file: string })[] {
  return readdirSync(FOLDER)
    .sort()
    .map((file) => {
      const [head = "", ...events] = readFileSync(new URL(file, FOLDER), "utf8").trimEnd().split("\n");
      const recorded = JSON.parse(head) as RecordedHistory;
      const history = events.map((event) => JSON.parse(event) as HistoryEvent);
      return { file, ...recorded, trigger: { ...recorded.trigger, history } };
    });
}

/** A line for the instance, then one per event, so that two recordings can be compared. */
export function writeHistory(file: string, { trigger, ...recorded }: RecordedHistory): void {
  const { history, ...rest } = trigger;
  const lines = [{ ...recorded, trigger: rest }, ...history];
  writeFileSync(new URL(file, FOLDER), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

export function endOf({ isDone, actions }: Answer): RecordedHistory["end"] {
  if (actions.some(({ kind }) => kind === "continue")) return "renewed";
  return isDone ? "done" : "waiting";
}

interface Turn {
  /** The history up to what arrived for this turn. */
  readonly known: readonly HistoryEvent[];
  /** What the turn scheduled then; undefined for the last one, of which only the end is recorded. */
  readonly caused: readonly HistoryEvent[] | undefined;
}

function turnsOf(history: readonly HistoryEvent[]): Turn[] {
  const starts = history.flatMap((event, index) => (event.EventType === eventTypes.orchestratorStarted ? [index] : []));
  return starts.map((start, number) => {
    const next = starts[number + 1];
    const turn = history.slice(start, next);
    const isMarkOrCaused = (event: HistoryEvent): boolean => event.EventId >= 0 || event.EventType === eventTypes.orchestratorCompleted;
    const arrived = turn.findIndex(isMarkOrCaused);
    return {
      known: history.slice(0, arrived < 0 ? next : start + arrived),
      caused: next === undefined ? undefined : turn.filter(({ EventId }) => EventId >= 0),
    };
  });
}

const KIND_OF: Readonly<Record<number, Planned["kind"]>> = {
  [eventTypes.taskScheduled]: "activity",
  [eventTypes.subOrchestrationCreated]: "sub",
  [eventTypes.timerCreated]: "timer",
};

/** @param name of the orchestrator to replay it with, when it is not the recorded one. */
export async function divergences(recorded: RecordedHistory, functions: HubFunctions, name = recorded.orchestrator): Promise<string[]> {
  const { trigger } = recorded;
  const { instanceId } = trigger;
  const found: string[] = [];
  for (const [index, { known, caused }] of turnsOf(trigger.history).entries()) {
    const say = (what: string): void => void found.push(`${name}, turn ${index + 1}: ${what}`);
    let answer: Answer;
    try {
      answer = await functions.runTurn(name, instanceId, JSON.stringify({ ...trigger, history: known }));
    } catch (error) {
      say(String(error));
      continue;
    }
    const decision = decide(known, answer, { name, executionId: "execution" });
    if (decision.end?.status === "Failed") say(decision.end.reason);
    else if (caused !== undefined) {
      const [then, now] = [caused.map(recordedStep).join(", "), decision.scheduled.map(plannedStep).join(", ")];
      if (then !== now) say(`scheduled ${then || "nothing"}, now ${now || "nothing"}`);
    } else if (endOf(answer) !== recorded.end) say(`was ${recorded.end}, is ${endOf(answer)}`);
  }
  return found;
}

function recordedStep({ EventId, EventType, Name, FireAt }: HistoryEvent): string {
  const kind = KIND_OF[EventType] ?? "?";
  return `${EventId} ${kind} ${kind === "timer" ? (FireAt ?? "") : (Name ?? "")}`;
}

function plannedStep(planned: Planned): string {
  return `${planned.id} ${planned.kind} ${planned.kind === "timer" ? new Date(planned.fireAtMs).toISOString() : planned.name}`;
}
