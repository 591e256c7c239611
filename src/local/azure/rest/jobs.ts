/** `backupJobs` of a Recovery Services vault: the list with its filters, and one job. Rows of the list name no protected item. */
import { isoWithTicks } from "../kql/values.ts";
import { failure, json, type SimulatorResponse } from "../messages.ts";
import { numberOf, symbolOf, textOf } from "../state/codes.ts";
import { durationText } from "../state/durations.ts";
import { type Job, statusAt, type Vault } from "../state/tenant.ts";
import { filterTimeMs, parseFilter } from "./filter.ts";
import { badFilter, momentOf, paged, type PageRequest } from "./paging.ts";

const JOB_TYPE = "Microsoft.RecoveryServices/vaults/backupJobs";

/** The page size of this list is not documented. */
const PAGE_JOBS = 200;

const FIELDS = ["startTime", "endTime", "operation", "backupManagementType", "status", "jobId"] as const;

const same = (wanted: string | undefined, value: string | undefined): boolean =>
  wanted === undefined || wanted.toLowerCase() === value?.toLowerCase();

/** Newest first. `startTime` and `endTime` bound the start of a job; whether the service means its end by the latter is not documented. */
export function jobList(vault: Vault, page: PageRequest, nowMs: number): SimulatorResponse {
  const filter = parseFilter(page.filter, FIELDS);
  if ("problem" in filter) return badFilter(filter);
  const { startTime, endTime, operation, backupManagementType, status, jobId } = filter.values;
  const fromMs = startTime === undefined ? Number.NEGATIVE_INFINITY : filterTimeMs(startTime);
  const toMs = endTime === undefined ? Number.POSITIVE_INFINITY : filterTimeMs(endTime);
  if (fromMs === undefined || toMs === undefined)
    return badFilter({
      problem: `startTime and endTime have the form yyyy-MM-dd hh:mm:ss tt, found '${fromMs === undefined ? startTime : endTime}'.`,
    });

  const atMs = momentOf(page, nowMs);
  const rows: Job[] = [];
  for (let index = vault.jobs.length - 1; index >= 0; index--) {
    const job = vault.jobs[index] as Job;
    if (job.startMs < fromMs) break;
    if (job.startMs > toMs || job.startMs > atMs) continue;
    if (
      same(operation, job.operation) &&
      same(backupManagementType, job.item.facts.backupManagementType) &&
      same(status, statusAt(job, atMs)) &&
      same(jobId, job.id)
    )
      rows.push(job);
  }
  const { slice, nextLink } = paged(rows, page, PAGE_JOBS, nowMs);
  return json(200, { value: slice.map((job) => jobBody(job, atMs)), ...(nextLink !== undefined && { nextLink }) });
}

export function jobDetail(job: Job | undefined, nowMs: number, symbols: boolean): SimulatorResponse {
  if (job === undefined || job.startMs > nowMs) return failure(404, "ResourceNotFound", "The job was not found.");
  return json(200, jobBody(job, nowMs, symbols));
}

/** @param symbols given for the detail only: whether the error's symbol stands in the property bag. */
function jobBody(job: Job, atMs: number, symbols?: boolean): object {
  const { item, salt } = job;
  const { facts, vault } = item;
  const ended = atMs >= job.endMs;
  const isVm = item.workload === "AzureIaasVM";
  const isDatabase = facts.backupManagementType === "AzureWorkload";
  return {
    id: `${vault.id}/backupJobs/${job.id}`,
    name: job.id,
    type: JOB_TYPE,
    properties: {
      jobType: facts.jobType,
      duration: durationText(job, atMs),
      // Numbers in a live capture, words in the model.
      actionsInfo: ended ? [] : [salt % 2 === 0 ? 1 : "Cancellable"],
      ...(isVm && { virtualMachineVersion: "Compute", containerName: item.container }),
      ...(isDatabase ? { workloadType: facts.workloadType } : { isUserTriggered: job.userTriggered }),
      entityFriendlyName: item.name,
      backupManagementType: facts.backupManagementType,
      operation: job.operation,
      status: statusAt(job, atMs),
      startTime: isoWithTicks(job.startMs),
      ...(ended && { endTime: isoWithTicks(job.endMs) }),
      activityId: job.id,
      ...(ended && job.errorCode !== undefined && { errorDetails: [errorDetail(job.errorCode, isVm || isDatabase)] }),
      ...(symbols !== undefined && { extendedInfo: extendedInfo(job, ended, symbols) }),
    },
  };
}

function errorDetail(code: string | number, titled: boolean): object {
  return {
    errorCode: numberOf(code),
    ...(titled && { errorTitle: "Backup failed" }),
    errorString: textOf(code),
    recommendations: ["Retry the operation, or follow the troubleshooting page."],
  };
}

function extendedInfo(job: Job, ended: boolean, symbols: boolean): object {
  const symbol = ended && symbols && job.errorCode !== undefined ? symbolOf(job.errorCode) : undefined;
  const failed = ended && job.endStatus === "Failed";
  const last = ended ? (failed ? "Failed" : "Completed") : "InProgress";
  return {
    tasksList: [
      { taskId: "Take Snapshot", duration: "00:00:00", status: failed ? "Failed" : last },
      { taskId: "Transfer data to vault", duration: "00:00:00", status: failed || !ended ? "NotStarted" : last },
    ],
    propertyBag: {
      [job.item.workload === "AzureIaasVM" ? "VM Name" : "Item Name"]: job.item.name,
      ...(ended && !failed && { "Backup Size": `${1024 + (job.salt % 4096)} MB` }),
      ...(symbol !== undefined && { "Error Code": symbol }),
    },
  };
}
