/** A history as the management API shows it: what was scheduled and how it came out in one entry, event types by name. */
import { eventTypes, type HistoryEvent } from "../durable/history.ts";

const shown: Readonly<Record<number, string>> = {
  [eventTypes.executionStarted]: "ExecutionStarted",
  [eventTypes.executionCompleted]: "ExecutionCompleted",
  [eventTypes.executionTerminated]: "ExecutionTerminated",
  [eventTypes.taskCompleted]: "TaskCompleted",
  [eventTypes.taskFailed]: "TaskFailed",
  [eventTypes.subOrchestrationCompleted]: "SubOrchestrationInstanceCompleted",
  [eventTypes.subOrchestrationFailed]: "SubOrchestrationInstanceFailed",
  [eventTypes.timerFired]: "TimerFired",
  [eventTypes.eventRaised]: "EventRaised",
  [eventTypes.executionSuspended]: "ExecutionSuspended",
  [eventTypes.executionResumed]: "ExecutionResumed",
};

export function historyForPeople(events: readonly HistoryEvent[], showOutput: boolean): readonly Readonly<Record<string, unknown>>[] {
  const scheduled = new Map(events.filter((event) => event.EventId >= 0).map((event) => [event.EventId, event]));
  return events.flatMap((event) => {
    const type = shown[event.EventType];
    return type === undefined ? [] : [toEntry(event, type, scheduled, showOutput)];
  });
}

function toEntry(
  event: HistoryEvent,
  type: string,
  scheduled: ReadonlyMap<number, HistoryEvent>,
  showOutput: boolean,
): Readonly<Record<string, unknown>> {
  const cause = scheduled.get(event.TaskScheduledId ?? -1);
  return {
    EventType: type,
    ...(event.EventType === eventTypes.executionStarted ? { Input: event.Input, Generation: 0, FunctionName: event.Name } : {}),
    ...(event.EventType === eventTypes.eventRaised ? { Name: event.Name, Input: event.Input } : {}),
    ...(event.Result !== undefined && showOutput ? { Result: event.Result === null ? null : (JSON.parse(event.Result) as unknown) } : {}),
    ...(event.Reason === undefined ? {} : { Reason: event.Reason }),
    ...(event.Details === undefined ? {} : { Details: event.Details }),
    ...(event.OrchestrationStatus === undefined ? {} : { OrchestrationStatus: event.OrchestrationStatus }),
    ...(event.FireAt === undefined ? {} : { FireAt: event.FireAt }),
    Timestamp: event.Timestamp,
    ...(cause === undefined ? {} : { ScheduledTime: cause.Timestamp, FunctionName: cause.Name, Input: null }),
  };
}
