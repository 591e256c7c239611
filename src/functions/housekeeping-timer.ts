/** Deletes what is older than `REPRISE_KEEP_DAYS`, a bounded part every hour. */
import { app } from "@azure/functions";
import * as df from "durable-functions";
import { OrchestrationRuntimeStatus } from "durable-functions";
import { tidy } from "../cloud/housekeeping/tidy.ts";
import { dependencies } from "./wiring/dependencies.ts";
import { runClient } from "./wiring/http.ts";

const ENDED = [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated];

app.timer("housekeeping", {
  // Apart from the minutes at which schedules are evaluated and most runs start.
  schedule: "0 27 * * * *",
  extraInputs: [df.input.durableClient()],
  handler: async (_timer, context) => {
    const deps = await dependencies();
    const client = df.getClient(context);
    const { runs, records, instances, more } = await tidy(deps, deps.settings, {
      ...runClient(context),
      async purgeEnded(createdTimeFrom, createdTimeTo) {
        return (await client.purgeInstanceHistoryBy({ createdTimeFrom, createdTimeTo, runtimeStatus: ENDED })).instancesDeleted;
      },
    });
    if (records + instances > 0)
      context.log(
        `Housekeeping: ${runs} runs, ${records} records and ${instances} histories deleted${more ? "; the next hour goes on" : ""}.`,
      );
  },
});
