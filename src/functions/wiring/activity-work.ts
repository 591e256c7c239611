/** What each activity does. Loaded by the first activity and not when the app starts: most of the app stands behind it. */
import type { InvocationContext } from "@azure/functions";
import * as df from "durable-functions";
import { checkVault } from "../../cloud/activities/check-vault.ts";
import { claimItem } from "../../cloud/activities/claim.ts";
import { find } from "../../cloud/activities/find.ts";
import { adopt, endAttempt, followOperation } from "../../cloud/activities/follow.ts";
import { listVaults, plan } from "../../cloud/activities/plan.ts";
import { report } from "../../cloud/activities/report.ts";
import { settleItem } from "../../cloud/activities/settle.ts";
import { trigger } from "../../cloud/activities/trigger.ts";
import { closeVault, startWatcher, watchVault } from "../../cloud/activities/watch.ts";
import { notifyEnded } from "../../cloud/notify/notify.ts";
import type { ActivityMap } from "../../cloud/orchestrate/steps.ts";
import type { AppDependencies } from "./dependencies.ts";

type Activity<K extends keyof ActivityMap> = (
  app: AppDependencies,
  input: ActivityMap[K]["input"],
  context: InvocationContext,
) => Promise<ActivityMap[K]["output"] | void>;

export const work: { readonly [K in keyof ActivityMap]: Activity<K> } = {
  find,
  plan,
  listVaults,
  checkVault,
  claimItem,
  trigger,
  adopt,
  followOperation,
  endAttempt,
  settleItem,
  report: async (app, input, context) => {
    const ended = await report(app, input);
    const { warning } = await notifyEnded(app, app.settings, input.runId);
    if (warning !== undefined) context.warn(warning);
    return ended;
  },
  startWatcher: (app, input, context) => startWatcher(app, df.getClient(context), input),
  watchVault: (app, input, context) => watchVault(app, df.getClient(context), input),
  closeVault: (app, input, context) => closeVault(app, df.getClient(context), input),
};
