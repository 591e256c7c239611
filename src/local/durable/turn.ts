/**
 * One turn of an instance: the history and what arrived go through the library, the host's half decides, and out comes what has to be stored.
 * Nothing is stored here. When the generation continues as new, the next one gets its first turn at once, as in the extension.
 */
import { hash } from "node:crypto";
import type { Answer } from "./answer.ts";
import { decide, type Decision, type End, type Planned } from "./decide.ts";
import { unknownFunction, type HubFunctions } from "./functions.ts";
import { eventTypes, historyEvent, type HistoryEvent, type ParentInstance } from "./history.ts";
import type { InstanceRow, Status } from "./hub-store.ts";
import { toJson } from "./json-text.ts";

export interface Past {
  readonly events: readonly HistoryEvent[];
  /** The same events as JSON texts, those of one turn in one, with commas between them. */
  readonly texts: readonly string[];
}

export interface Turn extends Past {
  readonly instance: InstanceRow;
  /** The last text is the one to be stored; after a renewal it is the only one, and the old history has to go. */
  readonly isRenewed: boolean;
  readonly scheduled: readonly Planned[];
  readonly cancelledTimers: readonly number[];
  readonly end: Exclude<End, { readonly status: "ContinuedAsNew" }> | undefined;
  readonly outstanding: number;
}

/** 32 hexadecimal digits, the same for the same start on the same clock. */
export function executionIdOf(instanceId: string, createdMs: number, executions: number): string {
  return hash("sha256", `${instanceId}\n${createdMs}\n${executions}`).slice(0, 32);
}

export async function playTurn(
  instance: InstanceRow,
  past: Past,
  arrived: readonly HistoryEvent[],
  nowMs: number,
  functions: HubFunctions,
): Promise<Turn> {
  const at = new Date(nowMs).toISOString();
  let current: InstanceRow = { ...instance };
  let before = past;
  let fresh: readonly HistoryEvent[] = [historyEvent.orchestratorStarted(at), ...arrived];
  for (;;) {
    const texts = [...before.texts, toText(fresh)];
    const answer = await ask(functions, current, texts, before.texts.length > 0);
    const decision = decideSafely([...before.events, ...fresh], answer, current, functions);
    current = Object.assign(current, {
      updatedMs: nowMs,
      customStatus: answer.ok?.customStatus === undefined ? current.customStatus : JSON.stringify(answer.ok.customStatus),
    });
    const { end } = decision;
    if (end?.status !== "ContinuedAsNew")
      return finish(current, before, fresh, decision, end, instance.executionId !== current.executionId, at);

    const executions = current.executions + 1;
    current = Object.assign(current, {
      executions,
      executionId: executionIdOf(current.instanceId, nowMs, executions),
      input: toJson(end.input),
    });
    before = { events: [], texts: [] };
    fresh = [
      historyEvent.orchestratorStarted(at),
      historyEvent.executionStarted(
        {
          instanceId: current.instanceId,
          executionId: current.executionId,
          name: current.name,
          input: current.input,
          parent: current.parent === null ? null : (JSON.parse(current.parent) as ParentInstance),
          generation: null,
        },
        at,
      ),
      ...end.carried.map(played),
      historyEvent.orchestratorCompleted(at),
    ];
  }
}

function toText(events: readonly HistoryEvent[]): string {
  return events.map((event) => JSON.stringify(event)).join(",");
}

function played(event: HistoryEvent): HistoryEvent {
  return { ...event, IsPlayed: true };
}

type Asked = { readonly ok: Answer; readonly fault?: never } | { readonly ok?: never; readonly fault: string };

async function ask(functions: HubFunctions, instance: InstanceRow, texts: readonly string[], isReplaying: boolean): Promise<Asked> {
  const parent = instance.parent === null ? null : (JSON.parse(instance.parent) as ParentInstance).OrchestrationInstance.InstanceId;
  const trigger =
    `{"history":[${texts.join(",")}],"input":${instance.input ?? "null"},"instanceId":${JSON.stringify(instance.instanceId)},"isReplaying":${isReplaying},` +
    `"parentInstanceId":${JSON.stringify(parent)},"upperSchemaVersion":1,"upperSchemaVersionNew":2,"longRunningTimerIntervalDuration":"3.00:00:00",` +
    `"maximumShortTimerDuration":"6.00:00:00","defaultHttpAsyncRequestSleepTimeMillseconds":30000}`;
  try {
    return { ok: await functions.runTurn(instance.name, instance.instanceId, trigger) };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}

function decideSafely(history: readonly HistoryEvent[], answer: Asked, instance: InstanceRow, functions: HubFunctions): Decision {
  const failed = (message: string): Decision => ({
    scheduled: [],
    cancelledTimers: [],
    suspended: undefined,
    outstanding: 0,
    end: {
      status: "Failed",
      reason: `Orchestrator function '${instance.name}' failed: ${message}`,
      details: `Message: ${message}, StackTrace: `,
    },
  });
  if (answer.ok === undefined) return failed(answer.fault);
  const decision = decide(history, answer.ok, instance);
  for (const planned of decision.scheduled) {
    if (planned.kind === "activity" && !functions.activities.has(planned.name))
      return failed(unknownFunction(planned.name, "activity", functions.activities));
    if (planned.kind === "sub" && !functions.orchestrators.has(planned.name))
      return failed(unknownFunction(planned.name, "orchestrator", functions.orchestrators));
  }
  return decision;
}

function finish(
  instance: InstanceRow,
  before: Past,
  fresh: readonly HistoryEvent[],
  decision: Decision,
  end: Turn["end"],
  isRenewed: boolean,
  at: string,
): Turn {
  const status = statusOf(decision, end);
  const output = outputOf(decision, end);
  const added = [
    ...fresh.map((event) => (event.EventType === eventTypes.orchestratorStarted ? event : played(event))),
    ...decision.scheduled.map((planned) => toEvent(planned, at)),
    historyEvent.orchestratorCompleted(at),
    ...(end === undefined ? [] : [historyEvent.executionCompleted(status, output, at)]),
  ];
  return {
    instance: { ...instance, status, output },
    events: [...before.events, ...added],
    texts: [...before.texts, toText(added)],
    isRenewed,
    scheduled: decision.scheduled,
    cancelledTimers: decision.cancelledTimers,
    end,
    outstanding: decision.outstanding,
  };
}

function statusOf(decision: Decision, end: Turn["end"]): Status {
  if (end !== undefined) return end.status;
  return decision.suspended === undefined ? "Running" : "Suspended";
}

function outputOf(decision: Decision, end: Turn["end"]): string | null {
  if (end === undefined) return decision.suspended === undefined ? null : JSON.stringify(decision.suspended);
  return end.status === "Completed" ? toJson(end.output) : JSON.stringify(end.reason);
}

function toEvent(planned: Planned, at: string): HistoryEvent {
  if (planned.kind === "activity") return historyEvent.taskScheduled(planned.id, planned.name, at);
  if (planned.kind === "sub") return historyEvent.subOrchestrationCreated(planned.id, planned.name, planned.instanceId, at);
  return historyEvent.timerCreated(planned.id, new Date(planned.fireAtMs).toISOString(), at);
}
