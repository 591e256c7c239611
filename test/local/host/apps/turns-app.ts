/** The functions of the first captured app. */
import { app } from "@azure/functions";
import * as df from "durable-functions";

let flakyCalls = 0;

df.app.activity("greet", { handler: (input: unknown) => ({ hello: input, n: 1 }) });
df.app.activity("nothing", { handler: () => undefined });
df.app.activity("text", { handler: () => "plain" });
df.app.activity("fail", {
  handler: () => {
    throw new TypeError("no such vault");
  },
});
df.app.activity("flaky", {
  handler: () => {
    flakyCalls++;
    if (flakyCalls < 3) throw new Error(`try ${flakyCalls}`);
    return "ok";
  },
});
df.app.orchestration("child", function* (c) {
  return { got: c.df.getInput(), id: c.df.instanceId, parent: c.df.parentInstanceId };
});
df.app.orchestration("badchild", function* () {
  throw new Error("child broke");
});
df.app.orchestration("main", function* (c) {
  const a: unknown = yield c.df.Task.all(["A", { b: 1 }].map((x) => c.df.callActivity("greet", x)));
  const n: unknown = yield c.df.callActivity("nothing", null);
  const t: unknown = yield c.df.callActivity("text", "x");
  let err: unknown;
  try {
    yield c.df.callActivity("fail", {});
  } catch (error) {
    const { name, message } = error as Error;
    err = { name, message, keys: Object.keys(error as Error) };
  }
  yield c.df.createTimer(new Date(c.df.currentUtcDateTime.getTime() + 1000));
  const r: unknown = yield c.df.callActivityWithRetry("flaky", new df.RetryOptions(300, 5), {});
  const s: unknown = yield c.df.callSubOrchestrator("child", { k: 1 }, `${c.df.instanceId}:kid`);
  let serr: unknown;
  try {
    yield c.df.callSubOrchestrator("badchild", null);
  } catch (error) {
    serr = (error as Error).message;
  }
  c.df.setCustomStatus({ phase: "waiting" });
  const ev = c.df.waitForExternalEvent("go");
  const to = c.df.createTimer(new Date(c.df.currentUtcDateTime.getTime() + 60_000));
  const w: unknown = yield c.df.Task.any([ev, to]);
  if (!to.isCompleted) to.cancel();
  return { a, n, t, err, r, s, serr, won: w === ev ? ev.result : "timeout", guid: c.df.newGuid("x") };
});
df.app.orchestration("eternal", function* (c) {
  const n = c.df.getInput<number | null>() ?? 0;
  yield c.df.callActivity("text", n);
  if (n < 2) c.df.continueAsNew(n + 1);
  return n;
});
df.app.orchestration("boom", function* (c) {
  yield c.df.callActivity("fail", {});
});
df.app.orchestration("slow", function* (c) {
  yield c.df.createTimer(new Date(c.df.currentUtcDateTime.getTime() + 600_000));
  return 1;
});
app.http("start", {
  route: "start/{name}/{id?}",
  methods: ["POST"],
  extraInputs: [df.input.durableClient()],
  handler: async (request, context) => {
    const client = df.getClient(context);
    const body = await request.text();
    const { name, id } = request.params;
    try {
      const started = await client.startNew(name ?? "", {
        ...(id === undefined ? {} : { instanceId: id }),
        input: body ? (JSON.parse(body) as unknown) : undefined,
      });
      return client.createCheckStatusResponse(request, started);
    } catch (error) {
      return { status: 418, body: (error as Error).message };
    }
  },
});
