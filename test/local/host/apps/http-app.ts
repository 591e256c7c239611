/** HTTP functions and timers of every kind. */
import { app, type HttpHandler } from "@azure/functions";
import * as df from "durable-functions";
import { notesOf } from "../notes.ts";

const notes = notesOf(globalThis);

app.http("things", {
  route: "things/{id}/{part?}",
  methods: ["GET", "PUT"],
  handler: async (request) => ({
    status: 201,
    jsonBody: {
      params: request.params,
      method: request.method,
      url: request.url,
      query: Object.fromEntries(request.query),
      header: request.headers.get("x-mine"),
      text: request.method === "PUT" ? await request.text() : "",
    },
    headers: { "X-Answer": "yes" },
    cookies: [{ name: "c", value: "v", httpOnly: true }],
  }),
});
app.http("special", { route: "things/special", methods: ["GET"], handler: () => ({ body: "special" }) });
app.http("files", { route: "files/{*path}", methods: ["GET"], handler: (request) => ({ body: request.params["path"] ?? "" }) });
app.http("bytes", { methods: ["POST"], handler: async (request) => ({ body: new Uint8Array(await request.arrayBuffer()).reverse() }) });
app.http("silent", { methods: ["POST"], handler: (() => undefined) as unknown as HttpHandler });
app.http("broken", {
  methods: ["GET"],
  handler: () => {
    throw new Error("secret detail");
  },
});
app.http("begin", {
  methods: ["POST"],
  extraInputs: [df.input.durableClient()],
  handler: async (request, context) => {
    const client = df.getClient(context);
    return client.createCheckStatusResponse(request, await client.startNew("quick", { instanceId: "quick-1", input: 1 }));
  },
});
df.app.orchestration("quick", function* (c): Generator<df.Task, unknown> {
  yield c.df.createTimer(new Date(c.df.currentUtcDateTime.getTime() + 60_000));
  return c.df.getInput();
});
app.timer("often", {
  schedule: "*/20 * * * * *",
  handler: (timer) => {
    notes.ticks.push({ name: "often", ...timer });
  },
});
app.timer("daily", {
  schedule: "%DAILY%",
  extraInputs: [df.input.durableClient()],
  handler: async (timer, context) => {
    notes.ticks.push({ name: "daily", ...timer });
    context.log("daily run");
    await notes.slowly();
    notes.hubs.push(df.getClient(context).taskHubName);
  },
});
