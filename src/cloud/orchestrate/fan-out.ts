/** From a run to its items: groups of vaults, vaults, pages of items. `Task.all` over at most 50 children each, so that 10,000 items cost 10,000 times one item. */
import type { OrchestrationContext, Task } from "durable-functions";
import type { RunCounts } from "../../policy/report.ts";
import type { ItemRef } from "../ledger/keys.ts";
import { instances, orchestrators } from "./names.ts";
import { activity, nowMs, until, type Step } from "./steps.ts";

const MOST_CHILDREN = 50;
/** Polls before a watcher renews itself, which keeps its history short: each turn replays it. */
export const POLLS_PER_RENEWAL = 10;
/** Of watchers that were started before the number stood in their input. */
const POLLS_THEN = 50;

/** How many groups so many vaults are. */
export function groupsOf(vaults: number): number {
  return Math.ceil(vaults / MOST_CHILDREN);
}

export interface RunInput {
  readonly runId: string;
  readonly pollMs: number;
  readonly dryRun: boolean;
}

export interface WatcherInput {
  readonly runId: string;
  readonly vault: string;
  readonly pollMs: number;
  readonly untilMs: number;
  readonly polls?: number;
}

/** The whole run; it ends in a report whatever happens. */
export function* carryOutRun(context: OrchestrationContext): Step<{ readonly status: string; readonly counts: RunCounts }> {
  const input = context.df.getInput<RunInput>();
  const { runId } = input;
  let problem: string | undefined;
  try {
    const found = yield* activity(context, "find", { runId });
    if (found.ok) {
      const { vaults } = yield* activity(context, "plan", { runId });
      const groups = Array.from({ length: groupsOf(vaults) }, (_, group) =>
        context.df.callSubOrchestrator(orchestrators.vaultGroup, { ...input, group }, instances.vaultGroup(runId, group)),
      );
      yield* all(context, groups);
    } else problem = found.problem;
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  return yield* activity(context, "report", { runId, ...(problem !== undefined && { problem: problem.slice(0, 2_000) }) });
}

/** What went wrong in a part of the run; empty when nothing did. It stands in the instance's output. */
interface PartEnd {
  readonly problem?: string;
}

/** Never throws: `Task.all` fails at its first failure, and one part must not end the others. Items without a result are reported as such. */
function* part(steps: Step<void>): Step<PartEnd> {
  try {
    yield* steps;
    return {};
  } catch (error) {
    return { problem: error instanceof Error ? error.message.slice(0, 500) : String(error) };
  }
}

export function retryVaultGroup(context: OrchestrationContext): Step<PartEnd> {
  return part(carryOutVaultGroup(context));
}

function* carryOutVaultGroup(context: OrchestrationContext): Step<void> {
  const { group, ...input } = context.df.getInput<RunInput & { group: number }>();
  const { vaults } = yield* activity(context, "listVaults", { runId: input.runId, from: group * MOST_CHILDREN, count: MOST_CHILDREN });
  yield* all(
    context,
    vaults.map((vault) => context.df.callSubOrchestrator(orchestrators.vault, { ...input, vault }, instances.vault(input.runId, vault))),
  );
}

export function retryVault(context: OrchestrationContext): Step<PartEnd> {
  return part(carryOutVault(context, context.df.getInput<RunInput & { vault: string }>()));
}

function* carryOutVault(context: OrchestrationContext, { runId, vault, pollMs, dryRun }: RunInput & { vault: string }): Step<void> {
  const { pages, draft } = yield* activity(context, "checkVault", { runId, vault });
  if (pages.length === 0 || dryRun) return;
  yield* activity(context, "startWatcher", { runId, vault, pollMs });
  try {
    yield* all(
      context,
      pages.map((items, page) =>
        context.df.callSubOrchestrator(orchestrators.page, { runId, vault, draft, page, items }, instances.page(runId, vault, page)),
      ),
    );
  } finally {
    // Also when a page failed, or the watcher would outlive the run.
    yield* activity(context, "closeVault", { runId, vault });
  }
}

export function retryPage(context: OrchestrationContext): Step<PartEnd> {
  return part(carryOutPage(context));
}

function* carryOutPage(context: OrchestrationContext): Step<void> {
  const { items, ...page } = context.df.getInput<Omit<ItemRef, "index"> & { readonly items: number }>();
  yield* all(
    context,
    Array.from({ length: items }, (_, index) =>
      context.df.callSubOrchestrator(orchestrators.item, { ...page, index }, instances.item(page.runId, page.vault, page.page, index)),
    ),
  );
}

/**
 * One per run and vault, without children: it renews itself, and what is still open is raised again at every poll. A poll comes early when the run is
 * cancelled; one that fails is followed by the next. It ends with the vault, at the latest when the run can wait for nothing more.
 */
export function* watchVault(context: OrchestrationContext): Step<void> {
  const { untilMs, ...input } = context.df.getInput<WatcherInput>();
  for (let poll = 0; poll < (input.polls ?? POLLS_THEN); poll++) {
    yield* until(context, nowMs(context) + input.pollMs);
    if (nowMs(context) > untilMs) return;
    try {
      const { done } = yield* activity(context, "watchVault", { runId: input.runId, vault: input.vault });
      if (done) return;
    } catch {
      // The store or the hub is out of reach. Items read their own job at their deadline if this lasts.
    }
  }
  context.df.continueAsNew({ ...input, untilMs });
}

function* all(context: OrchestrationContext, tasks: Task[]): Step<void> {
  if (tasks.length > 0) yield context.df.Task.all(tasks);
}
