/**
 * Cancels a run (C11). Out: a marker, which is read just before each POST, and news of it for the watchers, which tell the items that wait. What Azure is
 * already doing goes on. It does not promise that nothing more is sent: a POST that has passed the marker is under way.
 */
import type { CloudDependencies, OrchestrationClient } from "../dependencies.ts";
import { events, instances } from "../orchestrate/names.ts";

export async function cancelRun({ ledger }: Pick<CloudDependencies, "ledger">, client: OrchestrationClient, runId: string): Promise<void> {
  await ledger.markCancelled(runId);
  for (const { hash } of (await ledger.plan.read(runId))?.vaults ?? []) {
    try {
      await client.raiseEvent(instances.watcher(runId, hash), events.cancelled, {});
    } catch {
      // Its watcher has not begun, or its vault needs none. The marker is there, and the watcher's next poll finds it.
    }
  }
}
