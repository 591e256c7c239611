/** Small orchestrators, each about one property of the task hub. */
import * as df from "durable-functions";
import type { OrchestrationContext } from "durable-functions";
import { seenOf } from "../seen.ts";

type Steps = Generator<df.Task, unknown, unknown>;

const at = (c: OrchestrationContext, seconds: number): Date => new Date(c.df.currentUtcDateTime.getTime() + seconds * 1000);

/** Shared with the test through the process: the app must not be imported before there is a host. */
const seen = seenOf(globalThis);

df.app.activity("echo", { handler: (input: unknown) => input });
df.app.activity("fail", {
  handler: (input: string): never => {
    throw new Error(`no ${input}`);
  },
});
df.app.activity("busy", {
  handler: async () => {
    seen.running++;
    seen.mostRunning = Math.max(seen.mostRunning, seen.running);
    await new Promise((resolve) => setTimeout(resolve, 5));
    seen.running--;
  },
});
df.app.activity("hang", { handler: () => new Promise<void>((resolve) => (seen.release = resolve)) });
df.app.activity("metadata", { handler: (_input: unknown, context) => context.triggerMetadata });
df.app.activity("logs", {
  handler: (_input: unknown, context) => {
    context.warn("watch", { n: 1 });
  },
});
df.app.orchestration("echoes", function* (c): Steps {
  const results: unknown[] = [];
  for (const input of c.df.getInput<unknown[]>() ?? []) results.push(yield c.df.callActivity("echo", input));
  return results;
});
df.app.orchestration("input", function* (c): Steps {
  return { input: c.df.getInput(), type: typeof c.df.getInput() };
});
df.app.orchestration("one", function* (c): Steps {
  return yield c.df.callActivity(c.df.getInput<string>() ?? "", "x");
});
df.app.orchestration("many", function* (c): Generator<df.Task, void> {
  yield c.df.Task.all(Array.from({ length: c.df.getInput<number>() ?? 0 }, () => c.df.callActivity("busy")));
});
df.app.orchestration("sleeper", function* (c): Steps {
  c.df.setCustomStatus({ asleep: true });
  yield c.df.createTimer(at(c, 600));
  return "slept";
});
/** The wait of the first two seconds is given up; its successor begins at seven. */
df.app.orchestration("abandoned", function* (c): Steps {
  yield c.df.Task.any([c.df.waitForExternalEvent("go"), c.df.createTimer(at(c, 2))]);
  yield c.df.createTimer(at(c, 5));
  const timer = c.df.createTimer(at(c, 6));
  const event = c.df.waitForExternalEvent("go");
  const won = yield c.df.Task.any([event, timer]);
  if (won !== event) return "timeout";
  timer.cancel();
  return event.result;
});
df.app.orchestration("forgetful", function* (c): Steps {
  const fast = c.df.callActivity("echo", "fast");
  yield c.df.Task.any([fast, c.df.createTimer(at(c, 3600))]);
  return "done, but the timer was not cancelled";
});
df.app.orchestration("cancels", function* (c): Steps {
  const timer = c.df.createTimer(at(c, 30));
  yield c.df.Task.any([c.df.callActivity("echo", "fast"), timer]);
  timer.cancel();
  yield c.df.createTimer(at(c, 60));
  return "done";
});
df.app.orchestration("partly", function* (c): Steps {
  try {
    yield c.df.Task.all([c.df.callActivity("fail", "luck"), c.df.callSubOrchestrator("sleeper", null, "partly-sleeper")]);
  } catch {
    return { afterwards: yield c.df.callActivity("echo", "after") };
  }
});
df.app.orchestration("adopts", function* (c): Steps {
  try {
    return yield c.df.callSubOrchestrator("sleeper", null, "lone");
  } catch (error) {
    return { caught: (error as Error).message };
  }
});
df.app.orchestration("strict", function* (c): Steps {
  try {
    return yield c.df.callSubOrchestratorWithRetry("falls", new df.RetryOptions(60_000, 3), null);
  } catch (error) {
    return { at: c.df.currentUtcDateTime.toISOString(), caught: (error as Error).message.slice(0, 70) };
  }
});
df.app.orchestration("falls", function* (): Generator<df.Task, never> {
  throw new Error("always");
});
df.app.orchestration("nap", function* (c): Steps {
  yield c.df.createTimer(at(c, c.df.getInput<number>() ?? 0));
  return c.df.instanceId;
});
df.app.orchestration("lulls", function* (c): Steps {
  const { child, seconds } = c.df.getInput<{ child: string; seconds: number }>() ?? { child: "", seconds: 0 };
  return yield c.df.callSubOrchestrator("nap", seconds, child);
});
df.app.orchestration("shrinks", function* (c): Steps {
  if (c.df.getInput() === "short") return "done";
  for (const n of [1, 2, 3]) yield c.df.callActivity("echo", n);
  c.df.continueAsNew("short");
});
/** Lets the test act in the middle of its last turn. */
df.app.orchestration("last", function* (c): Steps {
  yield c.df.callActivity("echo", 1);
  seen.release();
  return "done";
});
/** Takes another way each time it is replayed, which is forbidden. */
let plays = 0;
df.app.orchestration("fickle", function* (c): Generator<df.Task, void> {
  plays++;
  yield c.df.callActivity(plays % 2 === 1 ? "echo" : "metadata", 1);
});
