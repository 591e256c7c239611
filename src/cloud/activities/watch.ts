/**
 * Watches the jobs of one vault for one run: one call per page and interval, whatever the number of items (C16). Level-triggered: every ended job that
 * is still open is raised again, so that a lost event costs one interval and a doubled one nothing.
 */
import { hasEnded } from "../../policy/job.ts";
import type { Decision } from "../../policy/run.ts";
import type { CallCounts, VaultJob } from "../control-plane.ts";
import type { CloudDependencies, OrchestrationClient } from "../dependencies.ts";
import type { OpenJobRecord, ProgressRecord } from "../ledger/records.ts";
import { POLLS_PER_RENEWAL, type WatcherInput } from "../orchestrate/fan-out.ts";
import { events, instances, orchestrators } from "../orchestrate/names.ts";
import type { JobEnded } from "../orchestrate/steps.ts";
import { sumCalls } from "./attempt.ts";
import { SETTLING_MS } from "./claim.ts";

interface VaultOfRun {
  readonly runId: string;
  readonly vault: string;
}

/** Also for a vault that was closed: its run ended without a report and was started again. */
export async function startWatcher(
  { ledger }: CloudDependencies,
  client: OrchestrationClient,
  { runId, vault, pollMs }: VaultOfRun & { readonly pollMs: number },
): Promise<void> {
  const { deadlineMs } = await ledger.run(runId);
  const input: WatcherInput = { runId, vault, pollMs, untilMs: deadlineMs + SETTLING_MS, polls: POLLS_PER_RENEWAL };
  await ledger.reopenVault(runId, vault);
  try {
    await client.startNew(orchestrators.watcher, { instanceId: instances.watcher(runId, vault), input });
  } catch (error) {
    // This activity ran before and was run again.
    if (!String(error).includes("already exists")) throw error;
  }
}

export async function watchVault(
  dependencies: CloudDependencies,
  client: OrchestrationClient,
  { runId, vault }: VaultOfRun,
): Promise<{ done: boolean }> {
  const { ledger, controlPlane } = dependencies;
  const [closed, outcome, cancelled] = await Promise.all([
    ledger.isVaultClosed(runId, vault),
    ledger.outcome.read(runId),
    ledger.isCancelled(runId),
  ]);
  if (closed || outcome !== undefined) return { done: true };
  const open = await ledger.openJobs(runId, vault);
  const calls: CallCounts = { graph: 0, management: 0, retried: 0 };
  let going = open;
  let ended: { readonly each: OpenJobRecord; readonly job: VaultJob }[] = [];
  if (open.length > 0) {
    const entry = (await ledger.plan.read(runId))?.vaults.find(({ hash }) => hash === vault);
    if (entry === undefined) throw new Error(`The plan of run ${runId} has no vault ${vault}.`);
    const jobs = await controlPlane.vaultJobs(entry.vault, Math.min(...open.map(({ sinceMs }) => sinceMs)), calls);
    // Unreadable now: the next interval asks again, and at its deadline each item reads its own job.
    const byName = new Map(jobs.ok ? jobs.value.map((job) => [job.name.toLowerCase(), job]) : []);
    going = open.filter((each) => !hasEnded(byName.get(each.jobName.toLowerCase())?.status ?? ""));
    ended = open.flatMap((each) => {
      const job = byName.get(each.jobName.toLowerCase());
      return job && hasEnded(job.status) ? [{ each, job }] : [];
    });
  }
  // Before anybody is told: the last item's news ends the vault, whose own writing of this record would lose these calls, or theirs it.
  await writeProgress(dependencies, { runId, vault }, calls);
  for (const { each, job } of ended)
    await raise(client, each, { jobName: each.jobName, status: job.status, ...(job.endMs !== undefined && { endMs: job.endMs }) });
  if (cancelled) await raiseCancelled(dependencies, client, { runId, vault }, open, going);
  return { done: false };
}

export async function closeVault(
  dependencies: CloudDependencies,
  client: OrchestrationClient,
  { runId, vault }: VaultOfRun,
): Promise<void> {
  await dependencies.ledger.closeVault(runId, vault);
  await writeProgress(dependencies, { runId, vault }, { graph: 0, management: 0, retried: 0 });
  try {
    await client.terminate(instances.watcher(runId, vault), "The vault's items are settled.");
  } catch {
    // It has ended, or will at its next poll: the marker above says so.
  }
}

async function raise(client: OrchestrationClient, open: OpenJobRecord, ended: JobEnded): Promise<void> {
  try {
    await client.raiseEvent(open.instanceId, events.jobEnded(open.attempt), ended);
  } catch {
    // One instance that is gone, or a hub that is busy, must not keep the others from their news. It is raised again at the next poll.
  }
}

/** Items in a wait between attempts are woken by one event, those that follow a job by the job's. */
async function raiseCancelled(
  { ledger }: CloudDependencies,
  client: OrchestrationClient,
  { runId, vault }: VaultOfRun,
  open: readonly OpenJobRecord[],
  going: readonly OpenJobRecord[],
): Promise<void> {
  for (const each of going) await raise(client, each, { jobName: each.jobName, status: "running", cancelled: true });
  const following = new Set(open.map(({ instanceId }) => instanceId));
  for (const [page, { items }] of ((await ledger.readChecked(runId, vault))?.pages ?? []).entries())
    for (let index = 0; index < items; index++) {
      const instanceId = instances.item(runId, vault, page, index);
      if (following.has(instanceId)) continue;
      try {
        await client.raiseEvent(instanceId, events.cancelled, {});
      } catch {
        // Not started yet: it reads the marker before its first trigger.
      }
    }
}

async function writeProgress({ ledger }: CloudDependencies, { runId, vault }: VaultOfRun, calls: CallCounts): Promise<void> {
  const [before, counts, triggered] = await Promise.all([
    ledger.progress.read(runId, vault),
    ledger.resultCounts(runId, vault),
    ledger.attemptCount(runId, vault),
  ]);
  const of = (decision: Decision): number => counts.get(decision) ?? 0;
  const now: ProgressRecord = {
    triggered,
    recovered: of("recovered"),
    failing: of("failing") + of("needs-person"),
    skipped: of("skipped"),
    cancelled: of("cancelled"),
    running: of("running"),
    calls: sumCalls(before?.calls, calls),
  };
  // While all items wait, a poll finds everything as it was.
  if (JSON.stringify(now) !== JSON.stringify(before)) await ledger.progress.write(runId, vault, now);
}
