/** Calls are counted once, whoever makes them: steps of one moment write the same records. */
import { describe, expect, it } from "vitest";
import type { ControlPlane } from "../../src/cloud/control-plane.ts";
import type { CloudDependencies } from "../../src/cloud/dependencies.ts";
import { closeVault, watchVault } from "../../src/cloud/activities/watch.ts";
import { lateView } from "../../src/cloud/activities/late-view.ts";
import { openScene } from "../../src/cloud/activities/attempt.ts";
import { HOUR_MS } from "../../src/policy/times.ts";
import { candidateOf, job } from "../support/jobs.ts";
import { oneAttempt } from "./one-attempt.ts";

const ONE = { graph: 0, management: 1, retried: 0 };

function countingLists(dependencies: CloudDependencies): CloudDependencies {
  const { controlPlane } = dependencies;
  const vaultJobs: ControlPlane["vaultJobs"] = (vault, fromMs, calls) => {
    calls.management++;
    return controlPlane.vaultJobs(vault, fromMs, calls);
  };
  return { ...dependencies, controlPlane: { ...controlPlane, vaultJobs } };
}

describe("the calls of a run", () => {
  it("C16: the watcher's list is on record before anybody is told what it says, for the last one told ends the vault", async () => {
    const { dependencies, service, key, input, nowMs } = await oneAttempt();
    const { ledger } = dependencies;
    const { vault } = candidateOf(job("Failed", -6, -5));
    const where = { runId: key.runId, vault: key.vault };
    await ledger.plan.first(key.runId, {
      draft: "draft",
      vaults: [{ hash: key.vault, vault, pages: 1, items: 1 }],
      skippedPages: 0,
      skipped: 0,
      failing: 0,
    });
    const { name } = service.begin({ status: "Succeeded" });
    await ledger.openJob(key.runId, key.vault, { jobName: name, sinceMs: nowMs, instanceId: input.instanceId, attempt: 1 });
    const counting = countingLists(dependencies);
    const onRecord: unknown[] = [];
    const client = {
      startNew: async () => "",
      // The item takes its news at once, and as the last one ends the vault.
      raiseEvent: async () => {
        onRecord.push((await ledger.progress.read(key.runId, key.vault))?.calls);
        await closeVault(counting, client, where);
      },
      terminate: async () => {},
    };
    await watchVault(counting, client, where);
    onRecord.push((await ledger.progress.read(key.runId, key.vault))?.calls);
    expect(onRecord).toEqual([ONE, ONE]);
  });

  it("C16: a late look at the vault is counted with the list, not with the trigger that happened to ask", async () => {
    const scene = await oneAttempt();
    const { dependencies, key, input } = scene;
    const { ledger } = dependencies;
    scene.nowMs += HOUR_MS;
    const counting = countingLists(dependencies);
    const asking = await openScene(counting, input);
    await lateView(counting, asking);
    await lateView(counting, asking);
    expect(asking.calls.management).toBe(0);
    expect((await ledger.listing.read(key.runId, key.vault, Infinity))?.calls).toEqual(ONE);
  });
});
