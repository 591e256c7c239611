import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { HostResponse } from "../../../src/local/host/local-host.ts";
import { startTestHost, type TestHost } from "./local-host-on-virtual-time.ts";

/** The answers of the captured management API. "held" is kept running by suspending it, since this clock jumps over its sleep. */
let app: TestHost;
beforeEach(async () => {
  app = await startTestHost("semantics-app");
});
afterEach(() => app.stop());

async function hold(id: string): Promise<void> {
  await app.clock.work(async () => {
    await app.start("sleeper", id, { x: 1 });
    // Real time for its first turn, in which the virtual clock stands still.
    await new Promise((resolve) => setTimeout(resolve, 20));
    await app.manage("POST", `${id}/suspend?reason=hold`);
  });
  // The timer rings during the suspension, and is taken into account after it.
  await new Promise((resolve) => setTimeout(resolve, 30));
}

const state = (response: HostResponse): Record<string, unknown> => JSON.parse(response.body) as Record<string, unknown>;

describe("GET instance", () => {
  it("answers 202 with where to ask again while it runs, with the custom status and the reason of a suspension", async () => {
    await hold("held");
    const response = await app.manage("GET", "held");
    expect(response.status).toBe(202);
    expect(response.headers).toMatchObject({
      "retry-after": "5",
      location: expect.stringMatching(/\/runtime\/webhooks\/durabletask\/instances\/held$/u),
    });
    expect(state(response)).toEqual({
      name: "sleeper",
      instanceId: "held",
      runtimeStatus: "Suspended",
      input: { x: 1 },
      customStatus: { asleep: true },
      output: "hold",
      createdTime: "2026-11-20T13:00:00Z",
      lastUpdatedTime: expect.stringMatching(/^2026-11-20T13:\d\d:\d\dZ$/u),
    });
  });

  it("answers 200 when it has ended, in whatever way, and 404 for an unknown id", async () => {
    await app.start("sleeper", "done");
    await app.host.waitForEnd("done");
    expect(await app.manage("GET", "done")).toMatchObject({
      status: 200,
      headers: expect.not.objectContaining({ location: expect.anything() }),
    });
    await hold("stopped");
    await app.manage("POST", "stopped/terminate?reason=enough");
    await app.host.waitForEnd("stopped");
    const response = await app.manage("GET", "stopped?showInput=false");
    expect(response.status).toBe(200);
    expect(state(response)).toMatchObject({ runtimeStatus: "Terminated", output: "enough", input: null });
    expect(await app.manage("GET", "nope")).toMatchObject({ status: 404, body: "" });
  });

  it("shows the history, with outputs only when asked", async () => {
    await app.start("echoes", "h", ["a"]);
    await app.host.waitForEnd("h");
    const short = state(await app.manage("GET", "h?showHistory=true"))["historyEvents"] as Record<string, unknown>[];
    expect(short.map((event) => event["EventType"])).toEqual(["ExecutionStarted", "TaskCompleted", "ExecutionCompleted"]);
    expect(short[1]).toMatchObject({ FunctionName: "echo", ScheduledTime: "2026-11-20T13:00:00.000Z" });
    expect(short[1]).not.toHaveProperty("Result");
    const long = state(await app.manage("GET", "h?showHistory=true&showHistoryOutput=true"))["historyEvents"] as Record<string, unknown>[];
    expect(long[1]).toMatchObject({ Result: "a" });
  });
});

describe("messages", () => {
  it.each(["raiseEvent/go", "terminate?reason=r", "suspend?reason=r", "resume?reason=r"])(
    "%s: 202 to a running, 410 to an ended, 404 to an unknown instance",
    async (call) => {
      await hold("held");
      await app.start("input", "ended");
      await app.host.waitForEnd("ended");
      expect((await app.manage("POST", `held/${call}`, {})).status).toBe(202);
      expect((await app.manage("POST", `ended/${call}`, {})).status).toBe(410);
      expect((await app.manage("POST", `unknown/${call}`, {})).status).toBe(404);
    },
  );

  it("lets a suspended instance go on where it was after a resume", async () => {
    await hold("held");
    expect(app.clock.now()).toBe(Date.parse("2026-11-20T13:10:00Z"));
    await app.manage("POST", "held/resume?reason=on");
    expect(await app.host.waitForEnd("held")).toMatchObject({ runtimeStatus: "Completed", output: "slept" });
  });
});

describe("start", () => {
  it("answers 202 with the management URLs, and makes up an id", async () => {
    const response = await app.host.request("POST", "/runtime/webhooks/durabletask/orchestrators/input");
    const urls = JSON.parse(response.body) as Record<string, string>;
    expect(response.status).toBe(202);
    expect(urls["id"]).toMatch(/^[0-9a-f]{32}$/u);
    expect(response.headers).toMatchObject({ "retry-after": "10", location: urls["statusQueryGetUri"] });
    expect(Object.keys(urls).sort()).toEqual(
      [
        "id",
        "purgeHistoryDeleteUri",
        "restartPostUri",
        "resumePostUri",
        "rewindPostUri",
        "sendEventPostUri",
        "statusQueryGetUri",
        "suspendPostUri",
        "terminatePostUri",
      ].sort(),
    );
  });

  it("refuses a running id, and starts an ended one again", async () => {
    await hold("again");
    const refused = await app.start("input", "again");
    expect(refused.status).toBe(500);
    expect(state(refused)["ExceptionMessage"]).toBe("An Orchestration instance with the status Suspended already exists.");
    await app.manage("POST", "again/terminate?reason=x");
    await app.host.waitForEnd("again");
    expect((await app.start("input", "again", 5)).status).toBe(202);
    expect(await app.host.waitForEnd("again")).toMatchObject({
      name: "input",
      runtimeStatus: "Completed",
      output: { input: 5 },
      customStatus: null,
    });
    const history = state(await app.manage("GET", "again?showHistory=true"))["historyEvents"] as unknown[];
    expect(history).toHaveLength(2);
  });

  it("refuses an unknown orchestrator with the known ones", async () => {
    const response = await app.start("nosuch", "x");
    expect(response.status).toBe(400);
    expect(state(response)["ExceptionMessage"]).toMatch(/The function 'nosuch' doesn't exist.*known orchestrator functions: .*'sleeper'/u);
  });

  it.each(["a".repeat(101), "a%23b", "a%3Fb", "a%5Cb", "a%00b"])("refuses the instance id %s", async (id) => {
    expect((await app.start("input", id)).status).toBe(400);
  });

  it("refuses an input that is not JSON", async () => {
    const response = await app.host.request("POST", "/runtime/webhooks/durabletask/orchestrators/input/x", "{");
    expect(response).toMatchObject({ status: 400, body: "The input is not JSON." });
  });
});

describe("lists and purges", () => {
  beforeEach(async () => {
    for (const id of ["a", "b", "c", "d"]) await app.start("input", id);
    await app.start("one", "e", "fail");
    for (const id of ["a", "b", "c", "d", "e"]) await app.host.waitForEnd(id);
  });
  const ids = (response: HostResponse): unknown[] =>
    (JSON.parse(response.body) as { instanceId: string }[]).map(({ instanceId }) => instanceId);

  it("come in pages with a continuation token in a header, sent back in a header", async () => {
    const path = "/runtime/webhooks/durabletask/instances?top=2&showInput=false";
    const pages: unknown[] = [];
    let token: string | undefined;
    do {
      const page = await app.host.request("GET", path, "", token === undefined ? {} : { "x-ms-continuation-token": token });
      pages.push(ids(page));
      token = page.headers["x-ms-continuation-token"];
    } while (token !== undefined);
    expect(pages).toEqual([["a", "b"], ["c", "d"], ["e"]]);
  });

  it("are filtered by several states, by time and by prefix", async () => {
    expect(ids(await app.manage("GET", "?runtimeStatus=Failed,Terminated"))).toEqual(["e"]);
    expect(ids(await app.manage("GET", "?runtimeStatus=Completed&createdTimeFrom=2026-01-01T00:00:00Z"))).toEqual(["a", "b", "c", "d"]);
    expect(ids(await app.manage("GET", "?createdTimeTo=2026-01-01T00:00:00Z"))).toEqual([]);
    expect(ids(await app.manage("GET", "?instanceIdPrefix=b"))).toEqual(["b"]);
    expect((await app.manage("GET", "?createdTimeTo=soon")).status).toBe(400);
    expect((await app.manage("GET", "?top=x")).status).toBe(400);
    expect(app.host.instances({ runtimeStatus: ["Failed"], top: 5 }).map(({ instanceId }) => instanceId)).toEqual(["e"]);
  });

  it("delete ended instances, one or by filter, and say how many", async () => {
    expect(await app.manage("DELETE", "a")).toMatchObject({ status: 200, body: '{"instancesDeleted":1}' });
    expect((await app.manage("DELETE", "a")).status).toBe(404);
    expect((await app.manage("GET", "a")).status).toBe(404);
    expect(await app.manage("DELETE", "?runtimeStatus=Completed")).toMatchObject({ status: 200, body: '{"instancesDeleted":3}' });
    expect(ids(await app.manage("GET", ""))).toEqual(["e"]);
  });
});
