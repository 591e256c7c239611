/** The functions of the second captured app: events, continue-as-new, long timers, exhausted retries, the client inside activities. */
import * as df from "durable-functions";
import type { OrchestrationContext } from "durable-functions";

type Steps = Generator<df.Task, unknown, unknown>;

const at = (c: OrchestrationContext, seconds: number): Date => new Date(c.df.currentUtcDateTime.getTime() + seconds * 1000);

function* wait(c: OrchestrationContext, name: string, seconds: number): Steps {
  const event = c.df.waitForExternalEvent(name);
  const timer = c.df.createTimer(at(c, seconds));
  const won = yield c.df.Task.any([event, timer]);
  if (won !== event) return "timeout";
  if (!timer.isCompleted) timer.cancel();
  return event.result;
}

df.app.activity("text", { handler: () => "plain" });
df.app.activity("alwaysFails", {
  handler: () => {
    throw new Error("never works");
  },
});
df.app.activity("poke", {
  extraInputs: [df.input.durableClient()],
  handler: async (input: { readonly instance: string; readonly ended: string }, context) => {
    const client = df.getClient(context);
    const outcomes: Record<string, unknown> = {};
    const calls: Readonly<Record<string, () => Promise<unknown>>> = {
      raise: () => client.raiseEvent(input.instance, "go", { from: "activity" }),
      raiseUnknown: () => client.raiseEvent("no-such-instance", "go", 1),
      raiseEnded: () => client.raiseEvent(input.ended, "go", 1),
      statusUnknown: () => client.getStatus("no-such-instance"),
      startRunning: () => client.startNew("sleeper", { instanceId: input.instance }),
      terminateUnknown: () => client.terminate("no-such-instance", "x"),
    };
    for (const [key, call] of Object.entries(calls)) {
      try {
        outcomes[key] = { ok: (await call()) ?? null };
      } catch (error) {
        outcomes[key] = { error: (error as Error).message.slice(0, 300) };
      }
    }
    return outcomes;
  },
});
df.app.orchestration("early", function* (c): Steps {
  yield c.df.createTimer(at(c, 4));
  return yield* wait(c, "go", 10);
});
df.app.orchestration("late", function* (c): Steps {
  const first = yield* wait(c, "go", 2);
  yield c.df.createTimer(at(c, 5));
  const second = yield* wait(c, "go", 6);
  return { first, second };
});
df.app.orchestration("twice", function* (c): Steps {
  const a = yield* wait(c, "go", 20);
  const b = yield* wait(c, "go", 20);
  return { a, b };
});
df.app.orchestration("renewing", function* (c): Steps {
  const n: { seen: unknown[] } = c.df.getInput<{ seen: unknown[] }>() || { seen: [] };
  const seen = [...n.seen, yield* wait(c, "go", 15)];
  if (seen.length < 3) {
    c.df.continueAsNew({ seen });
    return;
  }
  return seen;
});
df.app.orchestration("sleeper", function* (c): Steps {
  yield c.df.createTimer(at(c, 45));
  return "slept";
});
df.app.orchestration("parent", function* (c): Steps {
  return yield c.df.Task.all(["a", "b"].map((k) => c.df.callSubOrchestrator("sleeper", null, `${c.df.instanceId}-${k}`)));
});
df.app.orchestration("tenDays", function* (c): Steps {
  yield c.df.createTimer(at(c, 864_000));
  return "done";
});
df.app.orchestration("exhausted", function* (c): Steps {
  try {
    yield c.df.callActivityWithRetry("alwaysFails", new df.RetryOptions(1000, 2));
  } catch (error) {
    return { name: (error as Error).name, message: (error as Error).message.slice(0, 200) };
  }
});
df.app.orchestration("poker", function* (c): Steps {
  return yield c.df.callActivity("poke", c.df.getInput());
});
df.app.orchestration("window", function* (c): Steps {
  return ((yield c.df.Task.all(Array.from({ length: 20 }, () => c.df.callActivity("text", null)))) as unknown[]).length;
});
