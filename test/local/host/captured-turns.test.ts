import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readAnswer } from "../../../src/local/durable/answer.ts";
import { decide } from "../../../src/local/durable/decide.ts";
import { eventTypes, type HistoryEvent } from "../../../src/local/durable/history.ts";
import { functionsCore, type Registration } from "../../../src/local/host/functions-core.ts";
import { invoke, toJsonText } from "../../../src/local/host/invocation.ts";
import { comparable, readCapture, type Event, type Turn } from "./recorded-turns.ts";

/** Every captured turn, one by one: the library gets the captured trigger, the host's half gets the captured answer. */
const apps = [
  { name: "orchestrations", capture: "turns", app: "turns-app", turns: 45 },
  { name: "events and timers", capture: "events", app: "events-app", turns: 33 },
] as const;

const isMark = (event: Event): boolean =>
  event.EventType === eventTypes.orchestratorStarted || event.EventType === eventTypes.orchestratorCompleted;

describe.each(apps)("captured turns of the app on $name", ({ capture, app, turns: count }) => {
  const turns = readCapture(new URL(`captures/${capture}.jsonl`, import.meta.url));
  let registrations: readonly Registration[] = [];
  beforeAll(async () => {
    registrations = await functionsCore().load([new URL(`apps/${app}.ts`, import.meta.url)]);
  });
  afterAll(() => expect(turns).toHaveLength(count));

  /** Long strings were cut when they were captured: what the library has to read as JSON cannot be given to it again. */
  const whole = turns.filter((turn) => !JSON.stringify(turn.trigger.history.map((event) => event["Result"])).includes("…(cut)"));

  it("has but one captured turn that cannot be given to the library again", () => {
    expect(turns.length - whole.length).toBe(capture === "events" ? 1 : 0);
  });

  it.each(whole.map((turn, index) => ({ turn, label: `${index + 1} ${turn.name} ${turn.instance.slice(0, 8)}` })))(
    "answers turn $label as captured",
    async ({ turn }) => {
      const registration = registrations.find(({ metadata }) => metadata.name === turn.name) as Registration;
      const answered = await invoke(registration, { trigger: { json: JSON.stringify(turn.trigger) } }, () => undefined).then(
        (returned) => JSON.parse(toJsonText(returned) ?? "null") as unknown,
        (error: unknown) => JSON.parse((error as Error).message.split("$OutOfProcData$:")[1] ?? "null") as unknown,
      );
      const isCut = JSON.stringify(turn.answer).includes("…(cut)") || JSON.stringify(turn.answer).includes('"cut"');
      if (isCut) expect(Object.keys(answered as object)).toContain("actions");
      else expect(comparable(answered)).toEqual(comparable(turn.answer));
    },
  );

  const followed = turns.flatMap((turn, index) => {
    const next = turns.slice(index + 1).find((later) => isNextTurn(turn, later));
    const hasAnswer = !JSON.stringify(turn.answer).includes('"cut"');
    return next === undefined || !hasAnswer ? [] : [{ turn, next, label: `${index + 1} ${turn.name} ${turn.instance.slice(0, 8)}` }];
  });

  it.each(followed)("schedules after turn $label what the next turn's history shows", ({ turn, next }) => {
    const executionId = executionOf(turn);
    const decision = decide(turn.trigger.history as unknown as HistoryEvent[], readAnswer(turn.answer), { name: turn.name, executionId });
    const caused = next.trigger.history.slice(turn.trigger.history.length).filter((event) => event.EventId >= 0);
    const planned = decision.scheduled.map((each) => ({
      id: each.id,
      kind: each.kind,
      name: each.kind === "timer" ? undefined : each.name,
      instance: each.kind === "sub" ? each.instanceId : undefined,
      fireAt: each.kind === "timer" ? new Date(each.fireAtMs).toISOString() : undefined,
    }));
    expect(planned).toEqual(caused.map(toPlanned));
    expect(decision.end).toBeUndefined();
  });
});

function isNextTurn(turn: Turn, later: Turn): boolean {
  return executionOf(turn) === executionOf(later) && later.trigger.history.length > turn.trigger.history.length;
}

function executionOf(turn: Turn): string {
  const started = turn.trigger.history.find((event) => event.EventType === eventTypes.executionStarted) as unknown as {
    OrchestrationInstance: { ExecutionId: string };
  };
  return started.OrchestrationInstance.ExecutionId;
}

function toPlanned(event: Event): unknown {
  const kinds: Readonly<Record<number, string>> = {
    [eventTypes.taskScheduled]: "activity",
    [eventTypes.subOrchestrationCreated]: "sub",
    [eventTypes.timerCreated]: "timer",
  };
  return {
    id: event.EventId,
    kind: kinds[event.EventType],
    name: event["Name"],
    instance: event["InstanceId"],
    // The host has 100 ns, this hub milliseconds.
    fireAt: event.FireAt === undefined ? undefined : new Date(event.FireAt).toISOString(),
  };
}

describe("ends of the captured instances", () => {
  const turns = [
    ...readCapture(new URL("captures/turns.jsonl", import.meta.url)),
    ...readCapture(new URL("captures/events.jsonl", import.meta.url)),
  ];
  const last = (instance: string): Turn => turns.findLast((turn) => turn.instance === instance) as Turn;
  const endOf = (instance: string): unknown => {
    const turn = last(instance);
    return decide(turn.trigger.history as unknown as HistoryEvent[], readAnswer(turn.answer), {
      name: turn.name,
      executionId: executionOf(turn),
    }).end;
  };

  it.each([
    ["et1", { status: "Completed", output: 2 }],
    ["sl1", { status: "Terminated", reason: "enough" }],
    ["p1", { status: "Terminated", reason: "stop" }],
    ["e1", { status: "Completed", output: { n: 1 } }],
    ["l1", { status: "Completed", output: { first: "timeout", second: "between" } }],
    ["t1", { status: "Completed", output: { a: "one", b: "two" } }],
    ["r1", { status: "Completed", output: [1, 1, 1] }],
    ["w1", { status: "Completed", output: 20 }],
  ])("%s ends as the host showed it", (instance, end) => {
    expect(endOf(instance)).toEqual(end);
  });

  it("carries the event that a renewing turn consumed into the next generation, as captured", () => {
    const [, second, third] = turns.filter((turn) => turn.instance === "r1");
    const decision = decide(second?.trigger.history as unknown as HistoryEvent[], readAnswer(second?.answer), {
      name: "renewing",
      executionId: "x",
    });
    const carried = third?.trigger.history.filter((event) => !isMark(event) && event.EventType !== eventTypes.executionStarted);
    expect(decision.end).toMatchObject({ status: "ContinuedAsNew", input: { seen: [1] } });
    const { carried: own } = decision.end as unknown as { readonly carried: readonly Event[] };
    expect(carried).toEqual(own.map((event) => ({ ...event, IsPlayed: true })));
  });
});
