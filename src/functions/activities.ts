/** Registers the activities: each hands its input and the app's dependencies to the code that does it. Activities run at least once. */
import type { InvocationContext } from "@azure/functions";
import * as df from "durable-functions";
import { activities } from "../cloud/orchestrate/names.ts";
import type { ActivityMap } from "../cloud/orchestrate/steps.ts";
import type { Attributes } from "../cloud/telemetry/telemetry.ts";
import { dependencies } from "./wiring/dependencies.ts";

function register(name: keyof ActivityMap, options: { readonly withClient?: boolean } = {}): void {
  df.app.activity(activities[name], {
    ...(options.withClient && { extraInputs: [df.input.durableClient()] }),
    handler: (input: unknown, context) => carryOut(name, input as never, context),
  });
}

/** What the activity does is loaded by its first run. */
async function carryOut<K extends keyof ActivityMap>(
  name: K,
  input: ActivityMap[K]["input"],
  context: InvocationContext,
): Promise<ActivityMap[K]["output"] | void> {
  const [{ work }, app] = await Promise.all([import("./wiring/activity-work.ts"), dependencies()]);
  const step = { name, kind: "step", attributes: attributesOf(input), traceParent: context.traceContext?.traceParent } as const;
  return app.telemetry.step(step, () => work[name](app, input, context));
}

/** What every activity's input may say of where it belongs. */
function attributesOf(input: { readonly runId: string; readonly attempt?: number }): Attributes {
  return { "reprise.run": input.runId, "reprise.attempt": input.attempt };
}

register("find");
register("plan");
register("listVaults");
register("checkVault");
register("claimItem");
register("trigger");
register("adopt");
register("followOperation");
register("endAttempt");
register("settleItem");
register("report");
register("startWatcher", { withClient: true });
register("watchVault", { withClient: true });
register("closeVault", { withClient: true });
