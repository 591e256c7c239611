/** A control plane whose calls are steps of the trace: one per call, and one per page where there are pages. It changes no answer. */
import type { Answer, ControlPlane, OperationAnswer, TriggerAnswer } from "../control-plane.ts";
import type { Telemetry } from "./telemetry.ts";

type Api = "Resource Graph" | "Resource Manager" | "Recovery Services";

export function toldControlPlane(plane: ControlPlane, telemetry: Telemetry): ControlPlane {
  const call = <T>(target: Api, name: string, run: () => Promise<T>, failure: (answer: T) => string | undefined): Promise<T> =>
    telemetry.step({ kind: "call", name, target }, async (open) => {
      const answer = await run();
      const failed = failure(answer);
      if (failed !== undefined) open.fail(failed);
      return answer;
    });

  async function* pages<T>(name: string, all: AsyncIterable<T>): AsyncGenerator<T> {
    const iterator = all[Symbol.asyncIterator]();
    try {
      for (;;) {
        const page = await telemetry.step({ kind: "call", name, target: "Resource Graph" }, () => iterator.next());
        if (page.done) return;
        yield page.value;
      }
    } finally {
      await iterator.return?.();
    }
  }

  return {
    subscriptions: (calls) => call("Resource Manager", "list subscriptions", () => plane.subscriptions(calls), refusalOf),
    subscriptionsBelow: (managementGroup, calls) =>
      call("Resource Graph", "query subscriptions", () => plane.subscriptionsBelow(managementGroup, calls), none),
    vaultPages: (scope, calls) => pages("query vaults", plane.vaultPages(scope, calls)),
    permissions: (scopeId, calls) => call("Resource Manager", "read permissions", () => plane.permissions(scopeId, calls), refusalOf),
    jobPages: (scope, window, calls) => pages("query backup jobs", plane.jobPages(scope, window, calls)),
    itemStatePages: (scope, calls) => pages("query protected items", plane.itemStatePages(scope, calls)),
    taggedResources: (subscriptionId, tag, value, calls) =>
      call("Resource Manager", "list tagged resources", () => plane.taggedResources(subscriptionId, tag, value, calls), refusalOf),
    vaultJobs: (vault, fromMs, calls) =>
      call("Recovery Services", "list vault jobs", () => plane.vaultJobs(vault, fromMs, calls), refusalOf),
    job: (vault, jobName, calls) => call("Recovery Services", "read job", () => plane.job(vault, jobName, calls), refusalOf),
    triggerBackup: (request, calls) =>
      call("Recovery Services", "trigger backup", () => plane.triggerBackup(request, calls), triggerFailure),
    operation: (vault, operationUrl, calls) =>
      call("Recovery Services", "read operation", () => plane.operation(vault, operationUrl, calls), operationFailure),
  };
}

function none(): undefined {}

function refusalOf(answer: Answer<unknown>): string | undefined {
  return answer.ok ? undefined : answer.kind;
}

function triggerFailure(answer: TriggerAnswer): string | undefined {
  return answer.kind === "accepted" ? undefined : answer.kind;
}

function operationFailure(answer: OperationAnswer): string | undefined {
  return answer.kind === "failed" || answer.kind === "unreadable" ? answer.kind : undefined;
}
