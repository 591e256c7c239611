/**
 * The events of an instance's history, in the shape in which the extension hands them to the library (field names, order and nulls included).
 * `Input` and `Result` are JSON texts; times are ISO 8601. `EventId` numbers what the instance caused; events that arrived carry -1.
 */
export const eventTypes = {
  executionStarted: 0,
  executionCompleted: 1,
  executionTerminated: 3,
  taskScheduled: 4,
  taskCompleted: 5,
  taskFailed: 6,
  subOrchestrationCreated: 7,
  subOrchestrationCompleted: 8,
  subOrchestrationFailed: 9,
  timerCreated: 10,
  timerFired: 11,
  orchestratorStarted: 12,
  orchestratorCompleted: 13,
  eventRaised: 15,
  executionSuspended: 19,
  executionResumed: 20,
} as const;

export interface HistoryEvent {
  readonly EventType: number;
  readonly EventId: number;
  readonly IsPlayed: boolean;
  readonly Timestamp: string;
  readonly Name?: string;
  readonly Input?: string | null;
  readonly Result?: string | null;
  readonly Reason?: string | null;
  readonly Details?: string | null;
  readonly TaskScheduledId?: number;
  readonly TimerId?: number;
  readonly FireAt?: string;
  readonly InstanceId?: string;
  readonly OrchestrationStatus?: string;
  readonly ParentInstance?: ParentInstance | null;
}

/** Where a sub-orchestration reports to. */
export interface ParentInstance {
  readonly Name: string;
  readonly OrchestrationInstance: { readonly InstanceId: string; readonly ExecutionId: string };
  readonly TaskScheduleId: number;
  readonly Version: string;
}

export interface ExecutionStart {
  readonly instanceId: string;
  readonly executionId: string;
  readonly name: string;
  readonly input: string | null;
  readonly parent: ParentInstance | null;
  /** Null for sub-orchestrations and for generations that continue as new. */
  readonly generation: 0 | null;
}

type Body = Omit<HistoryEvent, "EventId" | "IsPlayed" | "Timestamp"> & Record<string, unknown>;

/** An event that arrived (or a mark of a turn). */
function arrived(body: Body, at: string): HistoryEvent {
  return { ...body, EventId: -1, IsPlayed: false, Timestamp: at };
}

function caused(body: Body, id: number, at: string): HistoryEvent {
  return { ...body, EventId: id, IsPlayed: false, Timestamp: at };
}

export const historyEvent = {
  executionStarted: (start: ExecutionStart, at: string): HistoryEvent =>
    arrived(
      {
        OrchestrationInstance: { InstanceId: start.instanceId, ExecutionId: start.executionId },
        EventType: eventTypes.executionStarted,
        ParentInstance: start.parent,
        Name: start.name,
        Version: "",
        Input: start.input,
        Tags: null,
        Correlation: null,
        ParentTraceContext: null,
        ScheduledStartTime: null,
        Generation: start.generation,
      },
      at,
    ),
  executionCompleted: (status: string, result: string | null, at: string): HistoryEvent =>
    arrived({ EventType: eventTypes.executionCompleted, OrchestrationStatus: status, Result: result }, at),
  executionTerminated: (reason: string, at: string): HistoryEvent =>
    arrived({ EventType: eventTypes.executionTerminated, Input: reason }, at),
  executionSuspended: (reason: string, at: string): HistoryEvent =>
    arrived({ EventType: eventTypes.executionSuspended, Reason: reason }, at),
  executionResumed: (reason: string, at: string): HistoryEvent => arrived({ EventType: eventTypes.executionResumed, Reason: reason }, at),
  orchestratorStarted: (at: string): HistoryEvent => arrived({ EventType: eventTypes.orchestratorStarted }, at),
  orchestratorCompleted: (at: string): HistoryEvent => arrived({ EventType: eventTypes.orchestratorCompleted }, at),
  taskScheduled: (id: number, name: string, at: string): HistoryEvent =>
    caused({ EventType: eventTypes.taskScheduled, Name: name, Version: "", Input: null, ParentTraceContext: null }, id, at),
  taskCompleted: (id: number, result: string | null, at: string): HistoryEvent =>
    arrived({ EventType: eventTypes.taskCompleted, TaskScheduledId: id, Result: result }, at),
  taskFailed: (id: number, reason: string, details: string, at: string): HistoryEvent =>
    arrived({ EventType: eventTypes.taskFailed, TaskScheduledId: id, Reason: reason, Details: details, FailureDetails: null }, at),
  subOrchestrationCreated: (id: number, name: string, instanceId: string, at: string): HistoryEvent =>
    caused(
      { EventType: eventTypes.subOrchestrationCreated, Name: name, Version: "", InstanceId: instanceId, Input: null, ClientSpanId: null },
      id,
      at,
    ),
  subOrchestrationCompleted: (id: number, result: string | null, at: string): HistoryEvent =>
    arrived({ EventType: eventTypes.subOrchestrationCompleted, TaskScheduledId: id, Result: result }, at),
  subOrchestrationFailed: (id: number, reason: string, details: string, at: string): HistoryEvent =>
    arrived(
      { EventType: eventTypes.subOrchestrationFailed, TaskScheduledId: id, Reason: reason, Details: details, FailureDetails: null },
      at,
    ),
  timerCreated: (id: number, fireAt: string, at: string): HistoryEvent =>
    caused({ EventType: eventTypes.timerCreated, FireAt: fireAt }, id, at),
  timerFired: (id: number, fireAt: string, at: string): HistoryEvent =>
    arrived({ EventType: eventTypes.timerFired, TimerId: id, FireAt: fireAt }, at),
  eventRaised: (name: string, input: string | null, at: string): HistoryEvent =>
    arrived({ EventType: eventTypes.eventRaised, Name: name, Input: input, ParentTraceContext: null }, at),
};
