/** Functions that do a lot of small things, for measuring. */
import * as df from "durable-functions";

df.app.activity("tick", { handler: (n: number) => n + 1 });
df.app.orchestration("flat", function* (c) {
  const count = c.df.getInput<number>() ?? 0;
  const results: unknown = yield c.df.Task.all(Array.from({ length: count }, (_, n) => c.df.callActivity("tick", n)));
  return (results as number[]).length;
});
df.app.orchestration("tree", function* (c) {
  const { children, each } = c.df.getInput<{ children: number; each: number }>() ?? { children: 0, each: 0 };
  const tasks = Array.from({ length: children }, (_, n) => c.df.callSubOrchestrator("flat", each, `${c.df.instanceId}-${n}`));
  const results: unknown = yield c.df.Task.all(tasks);
  return (results as number[]).reduce((sum, n) => sum + n, 0);
});
