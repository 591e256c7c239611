/** Looks every five minutes whether a scheduled time has come, and starts its run; the same due time never gives two. */
import { app } from "@azure/functions";
import * as df from "durable-functions";
import { startDueRun } from "../cloud/runs/schedule.ts";
import { dependencies } from "./wiring/dependencies.ts";
import { runClient } from "./wiring/http.ts";

app.timer("schedule", {
  schedule: "0 */5 * * * *",
  extraInputs: [df.input.durableClient()],
  handler: async (_timer, context) => {
    const deps = await dependencies();
    const started = await startDueRun(deps, deps.settings, runClient(context));
    if (started !== undefined) context.log(`Run ${started} for the scheduled time.`);
  },
});
