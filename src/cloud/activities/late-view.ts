/**
 * The item as the vault sees it when a trigger comes long after the vault was checked: the nightly backup may have succeeded meanwhile, a person may have
 * started one, the day may be another. The vault's list since its check is read at most once per interval for all of its items, so that the cost stays flat.
 */
import { curingSuccess, withVaultJobs, type Candidate } from "../../policy/candidate.ts";
import { MINUTE_MS, utcDay, utcMinute } from "../../policy/times.ts";
import type { CallCounts, ControlPlane } from "../control-plane.ts";
import type { CloudDependencies } from "../dependencies.ts";
import type { ListingRecord } from "../ledger/records.ts";
import type { TriggerResult } from "../orchestrate/steps.ts";
import { sumCalls, type AttemptScene } from "./attempt.ts";
import { CLOCK_SKEW_MS, factsOf, jobsOfItem } from "./vault-jobs.ts";

/** A check this recent still counts: the triggers of a vault follow its check within minutes. */
const RECENT_MS = 15 * MINUTE_MS;

const underWay = new WeakMap<ControlPlane, Map<string, Promise<ListingRecord | undefined>>>();

/** Triggers that come at the same time wait for one list: which of them were so quick must not decide how often the vault is asked. */
async function once(of: ControlPlane, key: string, read: () => Promise<ListingRecord | undefined>): Promise<ListingRecord | undefined> {
  const reads = underWay.get(of) ?? new Map<string, Promise<ListingRecord | undefined>>();
  underWay.set(of, reads);
  const going = reads.get(key);
  if (going !== undefined) return going;
  const started = read().finally(() => reads.delete(key));
  reads.set(key, started);
  return started;
}

/** As of now. Where the vault cannot be read, as of its check: the service itself refuses a second backup beside a running one, and keeps a limit of its own. */
export async function lateView({ clock, ledger, controlPlane }: CloudDependencies, scene: AttemptScene): Promise<Candidate> {
  const { candidate, checkedMs } = scene.planned;
  const nowMs = clock.now();
  if (nowMs - checkedMs < RECENT_MS && utcDay(checkedMs) === utcDay(nowMs)) return candidate;
  const { runId, vault } = scene.key;
  const freshMs = nowMs - Math.min(RECENT_MS, scene.run.rules.pollMs);
  const listing = await once(controlPlane, `${runId} ${vault}`, async () => {
    const kept = await ledger.listing.read(runId, vault, freshMs);
    if (kept !== undefined && kept.readMs >= freshMs) return kept;
    const calls: CallCounts = { graph: 0, management: 0, retried: 0 };
    const answer = await controlPlane.vaultJobs(candidate.vault, checkedMs - CLOCK_SKEW_MS, calls);
    if (!answer.ok) {
      Object.assign(scene.calls, sumCalls(scene.calls, calls));
      return kept;
    }
    const read = { readMs: nowMs, jobs: answer.value, calls: sumCalls(kept?.calls, calls) };
    await ledger.listing.write(runId, vault, read);
    return read;
  });
  const ofCheckDay = utcDay(checkedMs) === utcDay(nowMs) ? candidate : { ...candidate, triggeredToday: [] };
  return withVaultJobs(ofCheckDay, jobsOfItem(candidate, listing?.jobs ?? []).map(factsOf), nowMs);
}

/** A backup that somebody else made, or the schedule, succeeded since the item failed: nothing is left to retry. */
export function curedMeanwhile(scene: AttemptScene, view: Candidate): (TriggerResult & { readonly kind: "stopped" }) | undefined {
  const success = curingSuccess(view);
  if (success === undefined) return undefined;
  const reason = `A backup that this run did not start succeeded meanwhile (${utcMinute(success.endMs ?? success.startMs)}).`;
  return scene.key.attempt > 1
    ? { kind: "stopped", decision: "recovered", reason }
    : { kind: "stopped", decision: "skipped", cause: "cured", reason };
}
