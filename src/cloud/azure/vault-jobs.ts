/** Jobs as the vault itself lists them, and one job in detail. The vault is the truth where Resource Graph is late. */
import type { JobResource } from "@azure/arm-recoveryservicesbackup";
import { z } from "zod";
import type { Clock } from "../../clock/clock.ts";
import { normalizeOperation, normalizeStatus, type VaultRef } from "../../policy/job.ts";
import { recoveryServicesWorkload } from "../../policy/workload.ts";
import type { Answer, CallCounts, JobDetail, VaultJob } from "../control-plane.ts";
import { errorFactsOf } from "../discover/error-facts.ts";
import { isSafeSegment } from "../discover/ids.ts";
import { flag, optionalMoment, optionalText } from "../discover/row-values.ts";
import { inCall } from "./call-context.ts";
import { failureOf, refusalOf } from "./failures.ts";
import type { BackupClients } from "./recovery-services.ts";

/** The list wants an upper bound; a clock that is behind the service's must not hide the newest jobs. */
const CLOCK_SKEW_MS = 3_600_000;

export interface VaultJobsOptions {
  readonly clients: BackupClients;
  readonly clock: Clock;
  readonly log?: (line: string) => void;
}

export async function listVaultJobs(
  { clients, clock, log }: VaultJobsOptions,
  question: { readonly vault: VaultRef; readonly fromMs: number },
  counts: CallCounts,
): Promise<Answer<readonly VaultJob[]>> {
  const { vault, fromMs } = question;
  const toMs = clock.now() + CLOCK_SKEW_MS;
  const filter = `startTime eq '${filterTime(fromMs)}' and endTime eq '${filterTime(toMs)}' and operation eq 'Backup'`;
  const asked = new Set<string>();
  let repeated = false;
  const pages = clients(vault)
    .backupJobs.list(vault.name, vault.resourceGroup, {
      filter,
      onResponse: ({ request }) => {
        repeated ||= asked.has(request.url);
        asked.add(request.url);
      },
    })
    .byPage();
  const jobs: VaultJob[] = [];
  try {
    return await inCall({ counts, counter: "management", repeat: "read" }, async () => {
      for await (const page of pages) {
        if (repeated)
          return { ok: false, kind: "unreachable", message: `The vault ${vault.name} names the same next page of its jobs twice.` };
        for (const resource of page) {
          const job = readJob(resource, fromMs);
          if (job !== undefined) jobs.push(job);
          else log?.(`the vault ${vault.name} lists a job without a name`);
        }
      }
      return { ok: true, value: jobs };
    });
  } catch (error) {
    return refusalOf(failureOf(error));
  }
}

export async function readVaultJob(
  { clients, clock }: VaultJobsOptions,
  question: { readonly vault: VaultRef; readonly jobName: string },
  counts: CallCounts,
): Promise<Answer<JobDetail>> {
  const { vault, jobName } = question;
  // The name came in an answer and goes into a path.
  if (!isSafeSegment(jobName)) return { ok: false, kind: "unreachable", message: `Not the name of a job: ${JSON.stringify(jobName)}` };
  try {
    const resource = await inCall({ counts, counter: "management", repeat: "read" }, () =>
      clients(vault).jobDetails.get(vault.name, vault.resourceGroup, jobName),
    );
    const job = readJob({ ...resource, name: resource.name ?? jobName }, clock.now());
    if (job === undefined)
      return { ok: false, kind: "unreachable", message: `The answer for job ${jobName} of the vault ${vault.name} is not a job.` };
    const details = jobErrors.safeParse(resource.properties).data;
    const error = errorFactsOf(details?.errorDetails, details?.extendedInfo?.propertyBag?.["Error Code"]);
    return { ok: true, value: { ...job, ...(error && { error }) } };
  } catch (error) {
    return refusalOf(failureOf(error));
  }
}

/** `yyyy-MM-dd hh:mm:ss tt`, UTC: the only form that the filter takes (Azure/azure-powershell#9263). */
export function filterTime(epochMs: number): string {
  const iso = new Date(epochMs).toISOString();
  const hours = Number(iso.slice(11, 13));
  const twelve = String(hours % 12 || 12).padStart(2, "0");
  return `${iso.slice(0, 10)} ${twelve}${iso.slice(13, 19)} ${hours < 12 ? "AM" : "PM"}`;
}

const jobErrors = z.looseObject({
  errorDetails: z.unknown().optional(),
  extendedInfo: z
    .looseObject({ propertyBag: z.looseObject({ "Error Code": optionalText }).nullish().catch(undefined) })
    .nullish()
    .catch(undefined),
});

const jobProperties = z.looseObject({
  entityFriendlyName: optionalText,
  backupManagementType: optionalText,
  workloadType: optionalText,
  containerName: optionalText,
  status: optionalText,
  operation: optionalText,
  isUserTriggered: z.unknown().optional(),
  startTime: optionalMoment.catch(undefined),
  endTime: optionalMoment.catch(undefined),
});

/**
 * A listed job is never dropped for an odd field: one that is overlooked could be the running backup that forbids a trigger. A missing status counts
 * as not ended, a missing start as `startUnknownMs`.
 */
function readJob(resource: JobResource, startUnknownMs: number): VaultJob | undefined {
  const properties = jobProperties.safeParse(resource.properties ?? {}).data;
  if (properties === undefined || !resource.name) return undefined;
  const userTriggered = properties.isUserTriggered === undefined ? undefined : flag.safeParse(properties.isUserTriggered).data;
  return {
    name: resource.name,
    friendlyName: properties.entityFriendlyName ?? "",
    workload: recoveryServicesWorkload(properties.backupManagementType ?? "", properties.workloadType ?? ""),
    ...(properties.containerName !== undefined && { containerName: properties.containerName }),
    status: normalizeStatus(properties.status ?? "Unknown"),
    operation: normalizeOperation(properties.operation ?? "Unknown", userTriggered === true),
    ...(userTriggered !== undefined && { userTriggered }),
    startMs: properties.startTime ?? startUnknownMs,
    ...(properties.endTime !== undefined && { endMs: properties.endTime }),
  };
}
