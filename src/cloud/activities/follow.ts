/** From an accepted trigger to its job, and to the job's end. Each may be run again; nothing here sends a backup. */
import { hasEnded } from "../../policy/job.ts";
import type { CloudDependencies } from "../dependencies.ts";
import type { AttemptRecord } from "../ledger/records.ts";
import type { AttemptEnd, AttemptInput, Following, JobEnded, OperationResult } from "../orchestrate/steps.ts";
import { follow, lookUp, openScene, record, recordedEnd, refusedLookUp, verdictOf, type AttemptScene } from "./attempt.ts";
import { attemptEnded } from "../telemetry/item-facts.ts";
import { lookUpDelayMs } from "./send.ts";
import { tellRefusal } from "./turn.ts";

const OPERATION_POLL_MS = 60_000;
/** So many looks at the vault's list before an accepted backup counts as lost from sight. */
const LOOKS_FOR_JOB = 10;

/** Looks for a backup of the item that runs already, before anything is sent; it becomes this attempt. */
export async function adopt(dependencies: CloudDependencies, input: AttemptInput): Promise<Following | { kind: "none" }> {
  const { clock, ledger } = dependencies;
  const scene = await openScene(dependencies, input);
  const existing = await ledger.readAttempt(scene.key);
  if (existing?.state === "adopted" && existing.jobName !== undefined)
    return follow(dependencies, scene, { jobName: existing.jobName, adopted: true });
  // The trigger knows what to do with an attempt that has begun.
  if (existing !== undefined) return { kind: "none" };
  const nowMs = clock.now();
  const found = await lookUp(dependencies, scene, nowMs);
  if (!found.ok || found.running === undefined) return { kind: "none" };
  const { name: jobName, startMs } = found.running;
  await ledger.createAttempt(scene.key, {
    itemKey: scene.planned.candidate.itemKey,
    attempt: input.attempt,
    intentMs: nowMs,
    sentMs: nowMs,
    sends: 0,
    answerByMs: nowMs,
    expiryAskedMs: nowMs,
    properties: {},
    state: "adopted",
    jobName,
    triggeredMs: startMs,
    status: "running",
    calls: { graph: 0, management: 0, retried: 0 },
  });
  return follow(dependencies, scene, { jobName, adopted: true, startMs });
}

export async function followOperation(dependencies: CloudDependencies, input: AttemptInput): Promise<OperationResult> {
  const { clock, ledger, controlPlane } = dependencies;
  const scene = await openScene(dependencies, input);
  const attempt = await ledger.readAttempt(scene.key);
  if (attempt === undefined) throw new Error("An operation is followed whose attempt has no record.");
  if (attempt.jobName !== undefined) return follow(dependencies, scene, { jobName: attempt.jobName, adopted: attempt.state === "adopted" });
  if (attempt.status === "Failed" && attempt.verdict !== undefined)
    return { kind: "failed", verdict: attempt.verdict, failedAtMs: attempt.endedMs ?? clock.now() };
  if (attempt.operationUrl === undefined) return byLookUp(dependencies, scene, attempt, "The trigger has no operation");
  const answer = await controlPlane.operation(scene.planned.candidate.vault, attempt.operationUrl, scene.calls);
  const nowMs = clock.now();
  switch (answer.kind) {
    case "in-progress":
      await record(dependencies, scene, () => ({}));
      return {
        kind: "wait",
        untilMs: nowMs + Math.min(answer.retryAfterMs ?? OPERATION_POLL_MS, scene.run.rules.pollMs),
        reason: "The operation is in progress",
      };
    case "succeeded":
      if (answer.jobName === undefined) return byLookUp(dependencies, scene, attempt, "The operation names no job");
      return follow(dependencies, scene, { jobName: answer.jobName, adopted: false });
    case "failed": {
      const verdict = verdictOf(scene, answer.error);
      await record(dependencies, scene, () => ({
        status: "Failed",
        verdict,
        endedMs: nowMs,
        ...(answer.error.text !== undefined && { errorText: answer.error.text }),
      }));
      await tellRefusal(dependencies, scene, verdict);
      return { kind: "failed", verdict, failedAtMs: nowMs };
    }
    case "unreadable":
      if (answer.refusal.kind === "unreachable")
        return { kind: "wait", untilMs: nowMs + OPERATION_POLL_MS, reason: `The operation cannot be read (${answer.refusal.message})` };
      return byLookUp(dependencies, scene, attempt, `The operation cannot be read (${answer.refusal.message})`);
  }
}

/** The operation does not lead to the job: the vault's list does, sooner or later. */
async function byLookUp(
  dependencies: CloudDependencies,
  scene: AttemptScene,
  attempt: AttemptRecord,
  problem: string,
): Promise<OperationResult> {
  const found = await lookUp(dependencies, scene, attempt.intentMs);
  if (found.ok && found.ours) return follow(dependencies, scene, { jobName: found.ours.name, adopted: false, startMs: found.ours.startMs });
  const nowMs = dependencies.clock.now();
  const verdict = found.ok ? undefined : refusedLookUp(scene, found.refusal);
  const delayMs = lookUpDelayMs(scene);
  if (verdict === undefined && nowMs < (attempt.triggeredMs ?? attempt.sentMs) + LOOKS_FOR_JOB * delayMs) {
    await record(dependencies, scene, () => ({}));
    return { kind: "wait", untilMs: nowMs + delayMs, reason: problem };
  }
  await record(dependencies, scene, () => ({ status: "unknown", endedMs: nowMs }));
  if (verdict !== undefined) return { kind: "failed", verdict, failedAtMs: nowMs };
  return { kind: "lost", reason: `${problem}, and the vault lists no job of it; look at the vault's jobs.` };
}

/**
 * After the watcher's event, or at the deadline without one: then the job is read once. A failure's detail is read, a success is not. The end that was
 * recorded first stands.
 */
export async function endAttempt(
  dependencies: CloudDependencies,
  input: AttemptInput & { readonly ended?: JobEnded },
): Promise<AttemptEnd> {
  const { clock, ledger, controlPlane } = dependencies;
  const scene = await openScene(dependencies, input);
  const attempt = await ledger.readAttempt(scene.key);
  if (attempt?.jobName === undefined) throw new Error("The end of an attempt is asked for that has no job.");
  const { jobName } = attempt;
  const close = (): Promise<void> => ledger.closeJob(input.runId, input.vault, jobName);
  if (recordedEnd(attempt) !== undefined) {
    await close();
    return endOf(scene, attempt);
  }
  let status = input.ended?.status;
  let endedMs = input.ended?.endMs ?? clock.now();
  let error = undefined;
  if (status !== "Succeeded" && status !== "Cancelled") {
    const detail = await controlPlane.job(scene.planned.candidate.vault, jobName, scene.calls);
    if (detail.ok) {
      status = detail.value.status;
      endedMs = detail.value.endMs ?? endedMs;
      error = detail.value.error;
    } else if (status === undefined) {
      const { message } = detail;
      await record(dependencies, scene, () => ({ status: "unknown", endedMs, errorText: message }));
      await close();
      return { status: "unknown" };
    }
  }
  const ended = status !== undefined && hasEnded(status);
  const verdict = status === "Failed" ? verdictOf(scene, error) : undefined;
  const errorText = verdict && error?.text;
  const { record: standing } = await record(dependencies, scene, (current) => {
    if (recordedEnd(current) !== undefined) return undefined;
    if (!ended) return { status: "running" };
    return { status: finalStatus(status), endedMs, ...(verdict && { verdict }), ...(errorText !== undefined && { errorText }) };
  });
  await close();
  const end = endOf(scene, standing);
  attemptEnded(dependencies.telemetry, { status: end.status, jobName, ...(end.status === "Failed" && { code: end.verdict.code }) });
  return end;
}

function finalStatus(status: string | undefined): "Succeeded" | "Failed" | "Cancelled" {
  return status === "Succeeded" || status === "Failed" ? status : "Cancelled";
}

function endOf(scene: AttemptScene, { status, verdict, endedMs, sentMs }: AttemptRecord): AttemptEnd {
  switch (status) {
    case "Succeeded":
    case "Cancelled":
      return { status };
    case "Failed":
      return { status, verdict: verdict ?? verdictOf(scene, undefined), failedAtMs: endedMs ?? sentMs };
    default:
      return { status: "running" };
  }
}
