/** Accepted triggers: the operation that answers first, and the job that follows. Everything is a function of the time, so nothing needs a timer. */
import type { EstateNext } from "../estate/schema.ts";
import { relativeMs } from "../estate/times.ts";
import { addJob, guidOf, type Item, type Job, removeJob } from "./tenant.ts";

/** An operation says `InProgress` for so long before it names its job. */
const OPERATION_MS = 8_000;
const DEFAULT_AFTER_MS = 1_800_000;

export interface Operation {
  readonly id: string;
  readonly item: Item;
  readonly job: Job;
  readonly startMs: number;
  readonly readyMs: number;
  /** The error's symbol, for an operation that never made its job. */
  failedWith: string | undefined;
}

export interface Operations {
  readonly accept: (item: Item, atMs: number, expiryAsked: string | undefined) => Operation;
  /** Ends the operation as failed and takes its job back. */
  readonly fail: (operation: Operation, code: string) => void;
  readonly byId: (id: string) => Operation | undefined;
}

/** @param speed divides the durations of operations and jobs. */
export function createOperations(speed: number): Operations {
  const known = new Map<string, Operation>();
  return {
    fail(operation, code) {
      operation.failedWith = code;
      removeJob(operation.job);
    },
    byId: (id) => known.get(id.toLowerCase()),
    accept(item, atMs, expiryAsked) {
      const outcome = item.next[Math.min(item.backupsAccepted, item.next.length - 1)] as EstateNext;
      const seed = `${item.id}/on-demand/${item.backupsAccepted}`;
      item.backupsAccepted++;
      const id = guidOf(seed);
      const job: Job = {
        id,
        salt: Number.parseInt(id.slice(0, 8), 16),
        item,
        operation: "Backup",
        userTriggered: true,
        startMs: atMs,
        endMs: atMs + Math.max(1, Math.round((outcome.after === undefined ? DEFAULT_AFTER_MS : (relativeMs(outcome.after) ?? 0)) / speed)),
        runningStatus: "InProgress",
        endStatus: outcome.status,
        errorCode: outcome.errorCode,
        expiryAsked,
      };
      addJob(item.vault, job);
      const operation: Operation = {
        id: guidOf(`${seed}/operation`),
        item,
        job,
        startMs: atMs,
        readyMs: atMs + Math.round(OPERATION_MS / speed),
        failedWith: undefined,
      };
      known.set(operation.id, operation);
      return operation;
    },
  };
}
