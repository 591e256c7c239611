/** From an accepted trigger to its job, and to the job's end. Each may be run again; nothing here sends a backup. */
import { hasEnded } from "../../policy/job.ts";
import type { CloudDependencies } from "../dependencies.ts";
import type { AttemptEnd, AttemptInput, JobEnded, OperationResult } from "../orchestrate/steps.ts";
import { follow, lookUp, openScene, record, verdictOf, type AttemptScene } from "./attempt.ts";

const OPERATION_POLL_MS = 60_000;

/** Looks for a backup of the item that runs already, before anything is sent; it becomes this attempt. */
export async function adopt(
  dependencies: CloudDependencies,
  input: AttemptInput,
): Promise<{ kind: "following"; jobName: string } | { kind: "none" }> {
  const { clock, ledger } = dependencies;
  const scene = await openScene(dependencies, input);
  const nowMs = clock.now();
  const found = await lookUp(dependencies, scene, nowMs);
  if (found.kind !== "other" && found.kind !== "ours") return { kind: "none" };
  if (found.job.status !== "Started") return { kind: "none" };
  await ledger.createAttempt(scene.key, {
    itemKey: scene.planned.candidate.itemKey,
    attempt: input.attempt,
    intentMs: nowMs,
    sentMs: nowMs,
    expiryAskedMs: nowMs,
    properties: {},
    state: "adopted",
    jobName: found.job.name,
    calls: { graph: 0, management: 0, retried: 0 },
  });
  const { jobName } = await follow(dependencies, scene, found.job.name, { adopted: true, startMs: found.job.startMs });
  return { kind: "following", jobName };
}

export async function followOperation(dependencies: CloudDependencies, input: AttemptInput): Promise<OperationResult> {
  const { clock, ledger, controlPlane } = dependencies;
  const scene = await openScene(dependencies, input);
  const attempt = await ledger.readAttempt(scene.key);
  if (attempt === undefined) throw new Error("An operation is followed whose attempt has no record.");
  if (attempt.jobName !== undefined) return follow(dependencies, scene, attempt.jobName, { adopted: attempt.state === "adopted" });
  if (attempt.operationUrl === undefined) return byLookUp(dependencies, scene, attempt.intentMs, "The trigger has no operation");
  const answer = await controlPlane.operation(scene.planned.candidate.vault, attempt.operationUrl, scene.calls);
  const nowMs = clock.now();
  switch (answer.kind) {
    case "in-progress":
      await record(dependencies, scene, {});
      return {
        kind: "wait",
        untilMs: nowMs + Math.min(answer.retryAfterMs ?? OPERATION_POLL_MS, scene.run.rules.pollMs),
        reason: "The operation is in progress",
      };
    case "succeeded":
      if (answer.jobName === undefined) return byLookUp(dependencies, scene, attempt.intentMs, "The operation names no job");
      return follow(dependencies, scene, answer.jobName, { adopted: false });
    case "failed": {
      const verdict = verdictOf(scene, answer.error);
      await record(dependencies, scene, {
        status: "Failed",
        verdict,
        endedMs: nowMs,
        ...(answer.error.text !== undefined && { errorText: answer.error.text }),
      });
      return { kind: "failed", verdict, failedAtMs: nowMs };
    }
    case "unreadable":
      if (answer.refusal.kind === "unreachable")
        return { kind: "wait", untilMs: nowMs + OPERATION_POLL_MS, reason: `The operation cannot be read (${answer.refusal.message})` };
      return byLookUp(dependencies, scene, attempt.intentMs, `The operation cannot be read (${answer.refusal.message})`);
  }
}

/** The operation does not lead to the job: the vault's list does. */
async function byLookUp(dependencies: CloudDependencies, scene: AttemptScene, intentMs: number, problem: string): Promise<OperationResult> {
  const found = await lookUp(dependencies, scene, intentMs);
  if (found.kind === "ours") return follow(dependencies, scene, found.job.name, { adopted: false, startMs: found.job.startMs });
  await record(dependencies, scene, { status: "unknown", endedMs: dependencies.clock.now() });
  if (found.kind === "refused") {
    const symbol = found.refusal.code ?? (found.refusal.kind === "gone" ? "ResourceNotFound" : "AuthorizationFailed");
    if (found.refusal.kind !== "unreachable")
      return { kind: "failed", verdict: verdictOf(scene, { symbol, text: found.refusal.message }), failedAtMs: dependencies.clock.now() };
  }
  return { kind: "lost", reason: `${problem}, and the vault lists no job of it; look at the vault's jobs.` };
}

/** After the watcher's event, or at the deadline without one: then the job is read once. A failure's detail is read, a success is not. */
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
      await record(dependencies, scene, { status: "unknown", endedMs, errorText: detail.message });
      await close();
      return { status: "unknown" };
    }
  }
  if (status === "Failed") {
    const verdict = verdictOf(scene, error);
    await record(dependencies, scene, { status: "Failed", endedMs, verdict, ...(error?.text !== undefined && { errorText: error.text }) });
    await close();
    return { status: "Failed", verdict, failedAtMs: endedMs };
  }
  if (status !== undefined && hasEnded(status)) {
    const final = status === "Succeeded" ? "Succeeded" : "Cancelled";
    await record(dependencies, scene, { status: final, endedMs });
    await close();
    return { status: final };
  }
  await record(dependencies, scene, { status: "running" });
  await close();
  return { status: "running" };
}
