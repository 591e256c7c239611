/** `GET …/operationsStatus/{op}` and `…/operationResults/{op}`: `Succeeded` means that the job exists, not that the backup worked. */
import { isoWithTicks } from "../kql/values.ts";
import { failure, json, type SimulatorResponse } from "../messages.ts";
import type { Operation } from "../state/operations.ts";
import { itemBody } from "./item.ts";

export function operationStatus(operation: Operation | undefined, nowMs: number): SimulatorResponse {
  if (operation === undefined) return unknownOperation();
  const { id, startMs, job, failedWith } = operation;
  const startTime = isoWithTicks(startMs);
  if (failedWith !== undefined)
    return json(200, {
      id,
      name: id,
      status: "Failed",
      startTime,
      endTime: startTime,
      error: { code: failedWith, message: "The operation failed." },
    });
  if (nowMs < operation.readyMs) return json(200, { id, name: id, status: "InProgress", startTime });
  const properties = { objectType: "OperationStatusJobExtendedInfo", jobId: job.id };
  return json(200, { id, name: id, status: "Succeeded", startTime, endTime: startTime, properties });
}

export function operationResult(operation: Operation | undefined, nowMs: number): SimulatorResponse {
  if (operation === undefined) return unknownOperation();
  if (nowMs < operation.readyMs) return { status: 202, headers: {}, body: "" };
  return json(200, itemBody(operation.item, nowMs));
}

function unknownOperation(): SimulatorResponse {
  return failure(404, "ResourceNotFound", "The operation was not found.");
}
