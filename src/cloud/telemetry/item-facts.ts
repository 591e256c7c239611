/** What is told about items, their attempts and throttling. In: records of the ledger and lines of the report. The run is named by the step around. */
import type { ItemReport } from "../../policy/report.ts";
import type { TriggerAnswer } from "../control-plane.ts";
import type { Telemetry } from "./telemetry.ts";

/** Told when it is decided; of an item whose result is written twice the first result stands. */
export function itemDecided(telemetry: Telemetry, item: ItemReport): void {
  const { decision, workload } = item;
  const open = decision === "failing" || decision === "needs-person";
  telemetry.record({
    name: "ItemDecided",
    level: open ? "warning" : "information",
    message: `${item.item} (${item.vault}): ${decision}. ${item.reason}`,
    attributes: {
      "reprise.item": item.item,
      "reprise.itemId": item.itemId,
      "reprise.vault": item.vault,
      "reprise.subscription": item.subscriptionId,
      "reprise.workload": workload,
      "reprise.decision": decision,
      "reprise.cause": item.cause,
      "reprise.reason": item.reason,
      "reprise.errorCode": item.errorCode,
      "reprise.attempts": item.attempts.length,
    },
  });
  telemetry.add("reprise.items.decided", 1, { "reprise.decision": decision, "reprise.workload": workload });
}

/** Who an attempt is of, for all that is told from here on. */
export function aboutItem(
  telemetry: Telemetry,
  { friendlyName, itemId, vault, workload }: { friendlyName: string; itemId: string; vault: { name: string }; workload: string },
): void {
  telemetry.annotate({
    "reprise.item": friendlyName,
    "reprise.itemId": itemId,
    "reprise.vault": vault.name,
    "reprise.workload": workload,
  });
}

export function triggerSent(telemetry: Telemetry, sends: number, expiryAskedMs: number): void {
  telemetry.record({
    name: "TriggerSent",
    level: "information",
    message: sends === 1 ? "The backup is asked for." : `The backup is asked for again: request ${sends} of this attempt.`,
    attributes: { "reprise.sends": sends, "reprise.expiryAsked": new Date(expiryAskedMs).toISOString() },
  });
}

/** `code`: what a refusal is known as. */
export function triggerAnswered(telemetry: Telemetry, answer: TriggerAnswer, code?: string): void {
  telemetry.add("reprise.attempts.triggered", 1, { "reprise.answer": answer.kind });
  switch (answer.kind) {
    case "accepted":
      return telemetry.record({ name: "TriggerAccepted", level: "information", message: "The backup was accepted.", attributes: {} });
    case "refused":
      return telemetry.record({
        name: "TriggerRefused",
        level: "warning",
        message: `The backup was refused: ${code ?? "no code"}.`,
        attributes: { "reprise.status": answer.status, "reprise.errorCode": code },
      });
    case "uncertain":
      return telemetry.record({
        name: "TriggerUncertain",
        level: "warning",
        message: "The answer to the trigger was lost; the vault is asked before anything is sent again.",
        attributes: { "reprise.reason": answer.problem },
      });
    case "throttled":
      return throttled(telemetry, { api: "trigger", waitMs: answer.afterMs });
  }
}

export function attemptEnded(
  telemetry: Telemetry,
  end: { readonly status: string; readonly jobName: string; readonly code?: string },
): void {
  telemetry.record({
    name: "AttemptEnded",
    level: end.status === "Succeeded" || end.status === "running" ? "information" : "warning",
    message: `The backup job ${end.jobName}: ${end.status}${end.code === undefined ? "" : `, ${end.code}`}.`,
    attributes: { "reprise.jobStatus": end.status, "reprise.job": end.jobName, "reprise.errorCode": end.code },
  });
}

export interface ThrottledWait {
  /** `trigger`: the POST that asks for a backup; `management`: reads of Resource Manager. */
  readonly api: "graph" | "management" | "trigger";
  /** Undefined: the service named no time. */
  readonly waitMs: number | undefined;
}

export function throttled(telemetry: Telemetry, { api, waitMs }: ThrottledWait): void {
  const seconds = Math.ceil((waitMs ?? 0) / 1_000);
  telemetry.record({
    name: "Throttled",
    level: "warning",
    message: `Throttled by ${api}; the next request waits ${seconds} s.`,
    attributes: { "reprise.api": api, "reprise.waitSeconds": seconds },
  });
  telemetry.add("reprise.throttled.wait", seconds, { "reprise.api": api });
}
