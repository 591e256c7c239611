import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { START_MS, startTestHost, type TestHost } from "./local-host-on-virtual-time.ts";
import { seenOf } from "./seen.ts";

const seen = seenOf(globalThis);

let app: TestHost;
beforeEach(async () => {
  app = await startTestHost("semantics-app");
});
afterEach(() => app.stop());

async function run(name: string, id: string, input?: unknown): Promise<unknown> {
  expect((await app.start(name, id, input)).status).toBe(202);
  return (await app.host.waitForEnd(id)).output;
}

const elapsedSeconds = (): number => (app.clock.now() - START_MS) / 1000;

describe("values", () => {
  it("reach an activity and come back as they are", async () => {
    const values = ["text", "123", '{"a":1}', "", 7, 1.5, true, null, [1, "a"], { deep: { x: [] } }, "ü✓\u2028"];
    expect(await run("echoes", "v1", values)).toEqual(values);
  });

  it("reach an orchestrator; a start without input gives the empty string", async () => {
    expect(await run("input", "i1")).toEqual({ input: "", type: "string" });
    expect(await run("input", "i2", { a: [1] })).toEqual({ input: { a: [1] }, type: "object" });
    expect(await run("input", "i3", null)).toEqual({ input: null, type: "object" });
  });

  it("tell an activity the instance that called it", async () => {
    expect(await run("one", "m1", "metadata")).toMatchObject({ instanceId: "m1", data: '"x"' });
  });

  it("carry log lines with level, function and invocation", async () => {
    await run("one", "lg1", "logs");
    expect(app.lines).toContainEqual({
      level: "warning",
      functionName: "logs",
      invocationId: expect.stringMatching(/^[0-9a-f-]{36}$/u),
      message: "watch { n: 1 }",
    });
  });
});

describe("events", () => {
  it("raised while a given-up wait is the newest of its name go to that wait, and are lost", async () => {
    await app.start("abandoned", "a1");
    app.after(3, () => app.manage("POST", "a1/raiseEvent/go", "too late"));
    expect((await app.host.waitForEnd("a1")).output).toBe("timeout");
  });

  it("raised during a later wait of the same name go to that one", async () => {
    await app.start("abandoned", "a2");
    app.after(8, () => app.manage("POST", "a2/raiseEvent/go", "in time"));
    expect((await app.host.waitForEnd("a2")).output).toBe("in time");
  });
});

describe("ends", () => {
  it("wait for whatever the instance began, as with a timer that nobody cancelled", async () => {
    expect(await run("forgetful", "f1")).toBe("done, but the timer was not cancelled");
    expect(elapsedSeconds()).toBe(3600);
  });

  it("do not wait for cancelled timers, and cancelled timers do not ring", async () => {
    expect(await run("cancels", "c1")).toBe("done");
    expect(elapsedSeconds()).toBe(60);
    expect((await app.manage("GET", "c1?showHistory=true")).body.match(/TimerFired/gu)).toHaveLength(1);
  });

  it("wait for all parts of a whole that has failed", async () => {
    expect(await run("partly", "p1")).toEqual({ afterwards: "after" });
    expect(elapsedSeconds()).toBe(600);
  });

  it("are told to a sub-orchestration's parent only while that run of the parent is on", async () => {
    await app.start("partly", "p2");
    app.after(10, () => app.manage("POST", "p2/terminate?reason=x"));
    expect((await app.host.waitForEnd("p2")).runtimeStatus).toBe("Terminated");
    expect(await run("input", "p2")).toEqual({ input: "", type: "string" });
    expect((await app.host.waitForEnd("partly-sleeper")).runtimeStatus).toBe("Completed");
    expect(app.host.instances({ instanceIdPrefix: "p2" })[0]).toMatchObject({ name: "input", runtimeStatus: "Completed" });
  });
});

describe("sub-orchestrations", () => {
  it("with the id of a running instance fail in the parent", async () => {
    await app.start("sleeper", "lone");
    expect(await run("adopts", "ad1")).toMatchObject({ caught: expect.stringContaining("already exists") });
    expect((await app.host.waitForEnd("lone")).output).toBe("slept");
    expect(await run("adopts", "ad2")).toBe("slept");
  });

  it("are retried by the host after the given time", async () => {
    expect(await run("strict", "s1")).toEqual({
      at: "2026-11-20T13:02:00.000Z",
      caught: expect.stringContaining("Orchestrator function 'falls' failed: always"),
    });
  });
});

describe("runs of the same id", () => {
  it("do not get what an earlier run's child comes to", async () => {
    await app.start("lulls", "twice", { child: "first", seconds: 100 });
    app.after(10, () => app.manage("POST", "twice/terminate?reason=x"));
    app.after(20, () => app.start("lulls", "twice", { child: "second", seconds: 1000 }));
    await app.host.waitForEnd("first");
    expect(await app.host.waitForEnd("twice")).toMatchObject({ runtimeStatus: "Completed", output: "second" });
  });

  it("leave no history of an earlier generation", async () => {
    expect(await run("shrinks", "sh")).toBe("done");
    const { historyEvents } = JSON.parse((await app.manage("GET", "sh?showHistory=true")).body) as {
      historyEvents: { EventType: string }[];
    };
    expect(historyEvents.map(({ EventType }) => EventType)).toEqual(["ExecutionStarted", "ExecutionCompleted"]);
  });
});

describe("faults of the app", () => {
  it("such as another way in the replay fail the instance", async () => {
    expect(await run("fickle", "n1")).toContain("Non-Deterministic workflow detected");
  });

  it("such as an unknown activity fail the instance with the known names", async () => {
    expect(await run("one", "u1", "nosuch")).toMatch(/The function 'nosuch' doesn't exist.*known activity functions: 'echo', 'fail'/u);
  });
});

describe("concurrency", () => {
  it("keeps to ten activities at once, or what was asked for", async () => {
    seen.mostRunning = 0;
    await run("many", "y1", 50);
    expect(seen.mostRunning).toBe(10);
    await app.stop();
    app = await startTestHost("semantics-app", { maxActivities: 3 });
    seen.mostRunning = 0;
    await run("many", "y2", 20);
    expect(seen.mostRunning).toBe(3);
  });

  it("makes one replay of many results: 10,000 activities below 200 sub-orchestrations take a few seconds and no virtual time", async () => {
    await app.stop();
    app = await startTestHost("fan-out-app");
    const startedMs = performance.now();
    expect(await run("tree", "big", { children: 200, each: 50 })).toBe(10_000);
    expect(performance.now() - startedMs).toBeLessThan(15_000);
    const history = JSON.parse((await app.manage("GET", "big?showHistory=true")).body) as { historyEvents: unknown[] };
    expect(history.historyEvents).toHaveLength(202);
    expect(app.clock.now()).toBe(START_MS);
  });
});

describe("a frozen clock", () => {
  it("gives the same histories in every run, to the execution id", async () => {
    const histories = async (): Promise<string[]> => {
      await run("partly", "same-1");
      await run("strict", "same-2");
      await run("echoes", "same-3", [1, "two"]);
      const ids = app.host.instances().map(({ instanceId }) => instanceId);
      return Promise.all(
        ids.map(async (id) =>
          (await app.manage("GET", `${id}?showHistory=true&showHistoryOutput=true`)).body.replaceAll(/Remote.*?Result/gu, ""),
        ),
      );
    };
    const first = await histories();
    await app.stop();
    app = await startTestHost("semantics-app");
    expect(await histories()).toEqual(first);
    expect(first.length).toBeGreaterThan(6);
  });
});

describe("waiting and stopping", () => {
  it("resolves a wait for an instance that starts later, and one that ended long ago", async () => {
    const later = app.host.waitForEnd("w1");
    await app.start("sleeper", "w1");
    expect((await later).output).toBe("slept");
    expect(await app.host.waitForEnd("w1")).toEqual(await later);
  });

  it("does not hang on an activity that never ends, and rejects who waits", async () => {
    await app.start("one", "h1", "hang");
    const waiting = app.host.waitForEnd("h1");
    const rejected = expect(waiting).rejects.toThrow("stopped before");
    await new Promise((resolve) => setTimeout(resolve, 50));
    const startedMs = performance.now();
    await app.host.stop();
    expect(performance.now() - startedMs).toBeLessThan(5000);
    await rejected;
    seen.release();
    await expect(app.host.waitForEnd("h1")).rejects.toThrow("stopped");
  });
});
