import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestHost, type TestHost } from "./local-host-on-virtual-time.ts";
import { comparable, readCapture, recordTurns, turnsOf, type Event, type Turn } from "./recorded-turns.ts";

/**
 * The captured apps run on this host, and their turns are compared with the captured ones. What differs on purpose:
 * - Results that arrive while an instance waits for more come in one turn (`main`, `window`); the captured host gave them in several.
 * - Timers never fire early; the captured host fired them up to a second before their time.
 * - Stack traces in `Details` are those of this process; times have milliseconds, not 100 ns; `ClientSpanId` is null.
 * - An activity's trigger metadata does not repeat the fields of its input.
 */
const captured = {
  turns: readCapture(new URL("captures/turns.jsonl", import.meta.url)),
  events: readCapture(new URL("captures/events.jsonl", import.meta.url)),
};

const recorded: Turn[] = [];
let restore: () => void;
beforeAll(() => {
  restore = recordTurns(recorded);
});
afterAll(() => restore());

const plainTurns = (turns: readonly Turn[]): unknown => comparable(turns.map(({ name, trigger, answer }) => ({ name, trigger, answer })));

/** Without the marks that begin and end turns: the same whatever arrived together. */
const withoutMarks = (turn: Turn | undefined): unknown =>
  comparable(
    (turn?.trigger.history ?? [])
      .filter(({ EventType }) => EventType !== 12 && EventType !== 13)
      .map((event) => ({ ...event, IsPlayed: true })),
  );

const actionsOf = (turn: Turn | undefined): unknown => (turn?.answer as { readonly actions: unknown } | undefined)?.actions;

describe("the app on orchestrations", () => {
  let app: TestHost;
  beforeAll(async () => {
    app = await startTestHost("turns-app");
  });
  afterAll(() => app.stop());

  it("runs 'main' through the captured history, apart from what arrives together", async () => {
    await app.start("main", "cap1", { x: 1 });
    app.after(30, () => app.manage("POST", "cap1/raiseEvent/go", { yes: true }));
    const end = await app.host.waitForEnd("cap1");
    const firstRun = turnsOf(captured.turns, "cap1").slice(0, -6);
    const lastCaptured = turnsOf(captured.turns, "cap1").find((turn) => (turn.answer as { isDone: boolean }).isDone);
    const own = turnsOf(recorded, "cap1");
    expect(withoutMarks(own.at(-1))).toEqual(withoutMarks(lastCaptured));
    expect(comparable(actionsOf(own.at(-1)))).toEqual(comparable(actionsOf(lastCaptured)));
    expect(end).toMatchObject({
      runtimeStatus: "Completed",
      customStatus: { phase: "waiting" },
      output: { n: null, t: "plain", r: "ok", won: { yes: true } },
    });
    expect(own.length).toBeLessThanOrEqual(firstRun.length);
  });

  it.each([
    ["child", "cap1:kid"],
    ["badchild", /:\d+$/u],
  ] as const)("gives the sub-orchestration '%s' of 'main' the captured turns", (name, id) => {
    const isIt = (turn: Turn): boolean => turn.name === name && (typeof id === "string" ? turn.instance === id : id.test(turn.instance));
    expect(plainTurns(recorded.filter(isIt).slice(0, 1))).toEqual(plainTurns(captured.turns.filter(isIt).slice(0, 1)));
  });

  it("renews 'eternal' through three generations in the captured turns", async () => {
    await app.start("eternal", "et1", 0);
    expect(await app.host.waitForEnd("et1")).toMatchObject({ runtimeStatus: "Completed", input: 2, output: 2 });
    expect(plainTurns(turnsOf(recorded, "et1"))).toEqual(plainTurns(turnsOf(captured.turns, "et1")));
  });

  it("fails 'boom' in the captured turns", async () => {
    await app.start("boom", "bm1", {});
    const end = await app.host.waitForEnd("bm1");
    expect(end.runtimeStatus).toBe("Failed");
    expect(end.output).toMatch(
      /^Orchestrator function 'boom' failed: Activity function 'fail' failed:  no such vault \n \{"\$type":"System\.Exception/u,
    );
    const [own, theirs] = [turnsOf(recorded, "bm1"), turnsOf(captured.turns, "bm1")];
    expect(plainTurns(own.slice(0, 1))).toEqual(plainTurns(theirs.slice(0, 1)));
    // The captured answer with the error was cut.
    expect(comparable(own.map(({ trigger }) => trigger))).toEqual(comparable(theirs.map(({ trigger }) => trigger)));
  });

  it("suspends, resumes and terminates 'slow' in the captured turns", async () => {
    await app.start("slow", "sl1", {});
    app.after(100, () => app.manage("POST", "sl1/suspend?reason=hold"));
    app.after(103, () => app.manage("POST", "sl1/resume?reason=on"));
    app.after(105, () => app.manage("POST", "sl1/terminate?reason=enough"));
    expect(await app.host.waitForEnd("sl1")).toMatchObject({ runtimeStatus: "Terminated", output: "enough" });
    expect(plainTurns(turnsOf(recorded, "sl1"))).toEqual(plainTurns(turnsOf(captured.turns, "sl1")));
  });
});

describe("the app on events and timers", () => {
  let app: TestHost;
  beforeAll(async () => {
    app = await startTestHost("events-app");
    await app.start("early", "e1");
    await app.start("late", "l1");
    await app.start("twice", "t1");
    await app.start("parent", "p1");
    await app.start("exhausted", "x1");
    await app.start("window", "w1");
    await app.start("sleeper", "s1");
    app.after(1.4, () => app.manage("POST", "e1/raiseEvent/go", { n: 1 }));
    app.after(1.4, () => app.manage("POST", "t1/raiseEvent/go", "one"));
    app.after(1.5, () => app.manage("POST", "t1/raiseEvent/go", "two"));
    // The wait of 2 s is over, the timer of 5 s rings, and in the same moment the event comes.
    app.after(6.9, () => app.after(7, () => app.manage("POST", "l1/raiseEvent/go", "between")));
    app.after(8, () => app.start("poker", "k1", { instance: "s1", ended: "w1" }));
    app.after(9, () => app.manage("POST", "p1/terminate?reason=stop"));
    await Promise.all(["e1", "l1", "t1", "p1", "x1", "w1", "p1-a", "p1-b", "s1"].map((id) => app.host.waitForEnd(id)));
  });
  afterAll(() => app.stop());

  it.each([
    ["early", "e1", "buffers an event until the wait begins"],
    ["late", "l1", "gives an event that came after a timeout to the next wait"],
    ["twice", "t1", "gives two events in order to two waits"],
    ["parent", "p1", "terminates a parent"],
    ["exhausted", "x1", "retries an activity, with a timer after the last failure too"],
    ["poker", "k1", "answers the client inside an activity"],
  ])("'%s' has the captured turns (%s): %s", (_name, id) => {
    const own = turnsOf(recorded, id);
    const theirs = turnsOf(captured.events, id);
    const cut = (turn: Turn): boolean => JSON.stringify(turn).includes("…(cut)");
    const kept = theirs.filter((turn) => !cut(turn));
    expect(plainTurns(own.filter((_turn, index) => !cut(theirs[index] as Turn)))).toEqual(plainTurns(kept));
    expect(own).toHaveLength(theirs.length);
  });

  it("runs 'window' to the same end with the same events, in fewer turns", () => {
    const own = turnsOf(recorded, "w1");
    const theirs = turnsOf(captured.events, "w1");
    const sorted = (turn: Turn | undefined): Event[] =>
      (withoutMarks(turn) as Event[]).sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
    expect(sorted(own.at(-1))).toEqual(sorted(theirs.at(-1)));
    expect(comparable(own.at(-1)?.answer)).toEqual(comparable(theirs.at(-1)?.answer));
    expect(own).toHaveLength(2);
  });

  it("answers the client inside an activity in the captured words", async () => {
    const poked = (await app.host.waitForEnd("k1")).output as Record<string, { readonly error?: string }>;
    expect(poked).toMatchObject({
      raise: { ok: null },
      raiseUnknown: { error: "No instance with ID 'no-such-instance' found." },
      raiseEnded: { ok: null },
      terminateUnknown: { error: "No instance with ID 'no-such-instance' found." },
    });
    expect(poked["statusUnknown"]?.error).toContain("HTTP 404");
    expect(poked["startRunning"]?.error).toContain("An Orchestration instance with the status Running already exists.");
  });

  it("lets the children of a terminated parent go on", async () => {
    expect(await app.host.waitForEnd("p1-a")).toMatchObject({
      runtimeStatus: "Completed",
      output: "slept",
      lastUpdatedTime: "2026-11-20T13:00:45.000Z",
    });
    expect(turnsOf(recorded, "p1")).toHaveLength(2);
  });

  it("gives every generation of 'renewing' the first event again, in the captured turns", async () => {
    const from = (app.clock.now() - Date.parse("2026-11-20T13:00:00Z")) / 1000;
    await app.start("renewing", "r1");
    app.after(from + 1, () => app.manage("POST", "r1/raiseEvent/go", 1));
    expect(await app.host.waitForEnd("r1")).toMatchObject({ runtimeStatus: "Completed", output: [1, 1, 1] });
    expect(plainTurns(turnsOf(recorded, "r1"))).toEqual(plainTurns(turnsOf(captured.events, "r1")));
    expect((await app.manage("POST", "r1/raiseEvent/go", 2)).status).toBe(410);
  });

  it("splits a timer of ten days at three, three and four", async () => {
    const before = app.clock.now();
    await app.start("tenDays", "d1");
    expect(await app.host.waitForEnd("d1")).toMatchObject({ runtimeStatus: "Completed", output: "done" });
    expect(app.clock.now() - before).toBe(10 * 86_400_000);
    const own = turnsOf(recorded, "d1");
    expect(plainTurns(own.slice(0, 1))).toEqual(plainTurns(turnsOf(captured.events, "d1").slice(0, 1)));
    const days = own
      .at(-1)
      ?.trigger.history.filter(({ EventType }) => EventType === 10)
      .map(({ FireAt }) => (Date.parse(FireAt ?? "") - before) / 86_400_000);
    expect(days).toEqual([3, 6, 10]);
  });
});
