import { describe, expect, it } from "vitest";
import type { Action, Answer } from "../../../src/local/durable/answer.ts";
import { decide, type Decision } from "../../../src/local/durable/decide.ts";
import { historyEvent, type HistoryEvent } from "../../../src/local/durable/history.ts";

const AT = "2026-11-20T13:00:00.000Z";
const AT_MS = Date.parse(AT);
const instance = { name: "main", executionId: "e" };
const started = historyEvent.executionStarted(
  { instanceId: "i", executionId: "e", name: "main", input: null, parent: null, generation: 0 },
  AT,
);
const begin = [historyEvent.orchestratorStarted(AT), started];

const answer = (actions: readonly Action[], rest: Partial<Answer> = {}): Answer => ({
  isDone: false,
  actions,
  output: undefined,
  customStatus: undefined,
  ...rest,
});
const call = (name: string): Action => ({ kind: "activity", name, input: null });
const event = (name: string): Action => ({ kind: "event", name });
const timer = (afterMs: number): Action => ({ kind: "timer", fireAtMs: AT_MS + afterMs, cancelled: false });
const raised = historyEvent.eventRaised("go", "1", AT);
const names = (decision: Decision): unknown[] => decision.scheduled.map((planned) => (planned.kind === "timer" ? "timer" : planned.name));
const play = (history: readonly HistoryEvent[], actions: readonly Action[], rest?: Partial<Answer>): Decision =>
  decide(history, answer(actions, rest), instance);

describe("the host's half of a turn", () => {
  it("gives an event to the newest wait of its name", () => {
    const actions: Action[] = [
      { kind: "any", parts: [event("go"), timer(1000)] },
      { kind: "any", parts: [event("go"), timer(9000)] },
      call("next"),
    ];
    const rung = historyEvent.timerFired(0, AT, AT);
    const history = [...begin, historyEvent.timerCreated(0, AT, AT), rung, historyEvent.timerCreated(1, AT, AT), raised];
    expect(names(play(history, actions))).toEqual(["next"]);
  });

  it("buffers events that nobody waits for, in order", () => {
    const actions: Action[] = [call("a"), event("go"), event("go"), call("b")];
    const history = [...begin, historyEvent.taskScheduled(0, "a", AT), raised, raised, historyEvent.taskCompleted(0, null, AT)];
    expect(names(play(history, actions))).toEqual(["b"]);
    expect(
      names(
        play(
          history.filter((each) => each !== raised),
          actions,
        ),
      ),
    ).toEqual([]);
  });

  it("schedules nothing while suspended, and takes what came meanwhile after the resume", () => {
    const actions: Action[] = [call("a"), call("b")];
    const suspended = [
      ...begin,
      historyEvent.taskScheduled(0, "a", AT),
      historyEvent.executionSuspended("why", AT),
      historyEvent.taskCompleted(0, null, AT),
    ];
    expect(play([...begin, historyEvent.executionSuspended("why", AT)], actions).scheduled).toEqual([]);
    expect(play(suspended, actions)).toMatchObject({ scheduled: [], suspended: "why", end: undefined });
    expect(names(play([...suspended, historyEvent.executionResumed("", AT)], actions))).toEqual(["b"]);
  });

  it("ends a suspended instance that is terminated", () => {
    const history = [...begin, historyEvent.executionSuspended("why", AT), historyEvent.executionTerminated("stop", AT)];
    expect(play(history, [call("a")]).end).toEqual({ status: "Terminated", reason: "stop" });
  });

  it("waits for all parts although one has failed, before it begins the next step", () => {
    const actions: Action[] = [{ kind: "all", parts: [call("a"), call("b")] }, call("next")];
    const scheduled = [
      ...begin,
      historyEvent.taskScheduled(0, "a", AT),
      historyEvent.taskScheduled(1, "b", AT),
      historyEvent.taskFailed(0, "no", "", AT),
    ];
    expect(names(play(scheduled, actions))).toEqual([]);
    expect(names(play([...scheduled, historyEvent.taskCompleted(1, null, AT)], actions))).toEqual(["next"]);
  });

  it("takes the first outcome of a task only", () => {
    const failed = historyEvent.taskFailed(0, "no", "", AT);
    const history = [...begin, historyEvent.taskScheduled(0, "a", AT), historyEvent.taskCompleted(0, null, AT), failed];
    expect(play(history, [call("a")], { isDone: true, output: 1 }).end).toEqual({ status: "Completed", output: 1 });
  });

  it("numbers activities, timers and sub-orchestrations together, parts of parts too", () => {
    const sub: Action = { kind: "sub", name: "child", input: null };
    const decision = play(begin, [{ kind: "all", parts: [call("a"), { kind: "any", parts: [timer(1), sub] }, call("b")] }]);
    expect(decision.scheduled.map(({ id, kind }) => [id, kind])).toEqual([
      [0, "activity"],
      [1, "timer"],
      [2, "sub"],
      [3, "activity"],
    ]);
    expect(decision.scheduled[2]).toMatchObject({ instanceId: "e:2" });
    expect(decision.outstanding).toBe(3);
  });

  it("grows the wait between attempts when told to, up to a limit", () => {
    const retry = {
      firstRetryIntervalInMilliseconds: 1000,
      maxNumberOfAttempts: 5,
      backoffCoefficient: 3,
      maxRetryIntervalInMilliseconds: 5000,
    };
    const history: HistoryEvent[] = [...begin];
    const waitsMs: number[] = [];
    for (let attempt = 0; attempt < 4; attempt++) {
      history.push(historyEvent.taskScheduled(2 * attempt, "a", AT), historyEvent.taskFailed(2 * attempt, "no", "", AT));
      const [planned] = play(history, [{ kind: "activity", name: "a", input: null, retry }]).scheduled;
      if (planned?.kind === "timer") waitsMs.push(planned.fireAtMs - AT_MS);
      history.push(historyEvent.timerCreated(2 * attempt + 1, AT, AT), historyEvent.timerFired(2 * attempt + 1, AT, AT));
    }
    expect(waitsMs).toEqual([1000, 3000, 5000, 5000]);
  });

  it("refuses a history that this run would not have made", () => {
    const history = [...begin, historyEvent.taskScheduled(0, "other", AT)];
    expect(play(history, [call("a")]).end).toMatchObject({
      status: "Failed",
      reason: expect.stringContaining("history has activity other with EventId 0"),
    });
  });
});
