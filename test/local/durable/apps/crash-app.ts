/**
 * An app that ends its own process without warning, for the test of crashes. `CRASH_AT` says where ("activity:7", "turn:3", "none"), `CRASH_LOG` is a file that
 * gets a line for each activity that ran.
 */
import { appendFileSync } from "node:fs";
import * as df from "durable-functions";

const [place, number] = (process.env["CRASH_AT"] ?? "none").split(":");
const seen = { activity: 0, turn: 0 };

function maybeCrash(here: "activity" | "turn"): void {
  seen[here]++;
  if (here === place && seen[here] === Number(number)) process.kill(process.pid, "SIGKILL");
}

df.app.activity("step", {
  handler: async (label: string) => {
    appendFileSync(process.env["CRASH_LOG"] ?? "", `${label}\n`);
    maybeCrash("activity");
    await new Promise((resolve) => setImmediate(resolve));
    return `${label} by ${process.pid}`;
  },
});
df.app.orchestration("page", function* (c) {
  maybeCrash("turn");
  const id = c.df.instanceId;
  const results: unknown = yield c.df.Task.all([1, 2, 3, 4, 5].map((n) => c.df.callActivity("step", `${id}/${n}`)));
  return results;
});
df.app.orchestration("journey", function* (c) {
  maybeCrash("turn");
  const results: string[] = [];
  for (let day = 1; day <= 3; day++) {
    results.push((yield c.df.callActivity("step", `day ${day}`)) as string);
    const pages = [1, 2].map((n) => c.df.callSubOrchestrator("page", null, `page-${day}-${n}`));
    for (const page of (yield c.df.Task.all(pages)) as string[][]) results.push(...page);
    yield c.df.createTimer(new Date(c.df.currentUtcDateTime.getTime() + 86_400_000));
  }
  return results;
});
