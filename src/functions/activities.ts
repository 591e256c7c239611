/** Registers the activities: each hands its input and the app's dependencies to the code that does it. Activities run at least once. */
import type { InvocationContext } from "@azure/functions";
import * as df from "durable-functions";
import { checkVault } from "../cloud/activities/check-vault.ts";
import { claimItem } from "../cloud/activities/claim.ts";
import { find } from "../cloud/activities/find.ts";
import { adopt, endAttempt, followOperation } from "../cloud/activities/follow.ts";
import { listVaults, plan } from "../cloud/activities/plan.ts";
import { report } from "../cloud/activities/report.ts";
import { settleItem } from "../cloud/activities/settle.ts";
import { trigger } from "../cloud/activities/trigger.ts";
import { closeVault, startWatcher, watchVault } from "../cloud/activities/watch.ts";
import { notifyEnded } from "../cloud/notify/notify.ts";
import { activities } from "../cloud/orchestrate/names.ts";
import type { ActivityMap } from "../cloud/orchestrate/steps.ts";
import type { Attributes } from "../cloud/telemetry/telemetry.ts";
import { dependencies, type AppDependencies } from "./wiring/dependencies.ts";

type Activity<K extends keyof ActivityMap> = (
  app: AppDependencies,
  input: ActivityMap[K]["input"],
  context: InvocationContext,
) => Promise<ActivityMap[K]["output"] | void>;

function register<K extends keyof ActivityMap>(name: K, run: Activity<K>, options: { readonly withClient?: boolean } = {}): void {
  df.app.activity(activities[name], {
    ...(options.withClient && { extraInputs: [df.input.durableClient()] }),
    handler: async (input: ActivityMap[K]["input"], context) => {
      const app = await dependencies();
      const step = { name, kind: "step", attributes: attributesOf(input), traceParent: context.traceContext?.traceParent } as const;
      return app.telemetry.step(step, () => run(app, input, context));
    },
  });
}

/** What every activity's input may say of where it belongs. */
function attributesOf(input: { readonly runId: string; readonly attempt?: number }): Attributes {
  return { "reprise.run": input.runId, "reprise.attempt": input.attempt };
}

register("find", find);
register("plan", plan);
register("listVaults", listVaults);
register("checkVault", checkVault);
register("claimItem", claimItem);
register("trigger", trigger);
register("adopt", adopt);
register("followOperation", followOperation);
register("endAttempt", endAttempt);
register("settleItem", settleItem);
register("report", async (app, input, context) => {
  const ended = await report(app, input);
  const { warning } = await notifyEnded(app, app.settings, input.runId);
  if (warning !== undefined) context.warn(warning);
  return ended;
});
register("startWatcher", (app, input, context) => startWatcher(app, df.getClient(context), input), { withClient: true });
register("watchVault", (app, input, context) => watchVault(app, df.getClient(context), input), { withClient: true });
register("closeVault", (app, input, context) => closeVault(app, df.getClient(context), input), { withClient: true });
