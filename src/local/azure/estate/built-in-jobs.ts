/** Short ways to write the items and jobs of the built-in estate. */
import type { EstateItem, EstateJob, EstateNext } from "./schema.ts";

/** A scheduled backup that failed, `hours` before now. */
export function failedJob(hours: number, errorCode: string | number, userTriggered = false): EstateJob {
  return { status: "Failed", start: `-${hours}h`, end: `-${hours * 60 - 12}m`, errorCode, userTriggered };
}

export function endedJob(status: EstateJob["status"], start: string, end: string, userTriggered = false): EstateJob {
  return { status, start, end, userTriggered };
}

export function completes(after: string): EstateNext {
  return { status: "Completed", after };
}

export function fails(after: string, errorCode: string): EstateNext {
  return { status: "Failed", after, errorCode };
}

export function vm(name: string, resourceGroup: string, jobs: EstateJob[], rest: Partial<EstateItem> = {}): EstateItem {
  return { name, workload: "AzureIaasVM", resourceGroup, policy: "daily-22h", lastRecoveryPoint: "-39h", jobs, ...rest };
}

/** A machine whose nightly backup went well. */
export function healthyVm(name: string, resourceGroup: string): EstateItem {
  return vm(name, resourceGroup, [endedJob("Completed", "-14h", "-13h10m")], { lastRecoveryPoint: "-14h" });
}
