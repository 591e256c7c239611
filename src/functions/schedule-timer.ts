/** Looks every five minutes whether scheduled times have come, and starts their runs; the same due time never gives two. */
import { app } from "@azure/functions";
import * as df from "durable-functions";
import { dependencies } from "./wiring/dependencies.ts";
import { runClient } from "./wiring/http.ts";

app.timer("schedule", {
  schedule: "0 */5 * * * *",
  extraInputs: [df.input.durableClient()],
  handler: async (_timer, context) => {
    const [{ startDueRuns }, deps] = await Promise.all([import("../cloud/schedule/start-due-runs.ts"), dependencies()]);
    if (deps.telemetryProblem !== undefined) context.warn(deps.telemetryProblem);
    const step = { name: "schedule", kind: "step", traceParent: context.traceContext?.traceParent } as const;
    const dueRuns = await deps.telemetry.step(step, () => startDueRuns(deps, deps.settings, runClient(context)));
    for (const { schedule, dueMs, runId, kind } of dueRuns) {
      const due = `schedule ${schedule}, due ${new Date(dueMs).toISOString()}`;
      if (kind === "started") context.log(`Run ${runId} was started: ${due}.`);
      if (kind === "conflict") context.warn(`Run ${runId} was not started: ${due}. A run of this id exists with another request.`);
    }
  },
});
