/** Orchestrators as a careless change would leave them: one step more, at each place where the real one waits. Registered like the real ones. */
import * as df from "durable-functions";
import type { OrchestrationContext, Task } from "durable-functions";
import { carryOutRun, retryVault, watchVault } from "../../../src/cloud/orchestrate/fan-out.ts";
import { retryItem } from "../../../src/cloud/orchestrate/item.ts";
import { activities } from "../../../src/cloud/orchestrate/names.ts";
import { alteredName, rewordedName, STEPS } from "../altered-names.ts";

type Orchestrator = (context: OrchestrationContext) => Generator<Task, unknown, unknown>;

const altered: Readonly<Record<string, Orchestrator>> = {
  item: retryItem,
  run: carryOutRun,
  vault: retryVault,
  watcher: watchVault,
};

function withOneStepMore(original: Orchestrator, at: number): Orchestrator {
  return function* (context) {
    const steps = original(context);
    let next = steps.next();
    for (let step = 0; !next.done; step++) {
      if (step === at) yield context.df.callActivity(activities.listVaults, {});
      try {
        const result: unknown = yield next.value;
        next = steps.next(result);
      } catch (error) {
        next = steps.throw(error);
      }
    }
    return next.value;
  };
}

/** Does nothing else but say it in other words. */
function inOtherWords(original: Orchestrator): Orchestrator {
  return function* (context) {
    const result = yield* original(context);
    return { result, words: "other" };
  };
}

for (const [name, original] of Object.entries(altered)) {
  for (let step = 0; step < STEPS; step++) df.app.orchestration(alteredName(name, step), withOneStepMore(original, step));
  df.app.orchestration(rewordedName(name), inOtherWords(original));
}
