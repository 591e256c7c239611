/** Policy rows of both kinds of vault. A policy without an interval has no row, as if the identity could not see it. */
import type { Row } from "../kql/values.ts";
import type { Vault } from "../state/tenant.ts";
import { graphRow } from "./columns.ts";

const DAY_HOURS = 24;
const WEEK_HOURS = 168;
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
/** Any Sunday night will do. */
const RUNS_AT = "2026-01-04T22:00:00Z";

export function* policyRows(vault: Vault): Generator<Row> {
  for (const { name, intervalHours } of vault.policies) {
    if (intervalHours === undefined) continue;
    const id = `${vault.id}/backupPolicies/${name}`;
    yield vault.kind === "RecoveryServices"
      ? graphRow(id, name, "microsoft.recoveryservices/vaults/backuppolicies", vault, recoveryServices(vault, name, intervalHours))
      : graphRow(id, name, "microsoft.dataprotection/backupvaults/backuppolicies", vault, backupVault(intervalHours));
  }
}

/** Databases have a schedule per kind of backup, with log backups among them. */
function recoveryServices(vault: Vault, name: string, intervalHours: number): object {
  const { facts } = vault.items.find(({ policy }) => policy === name) ?? {};
  const backupManagementType = facts?.backupManagementType ?? "AzureIaasVM";
  const schedulePolicy = scheduleOf(intervalHours);
  if (backupManagementType !== "AzureWorkload") return { backupManagementType, schedulePolicy };
  const log = { policyType: "Log", schedulePolicy: { schedulePolicyType: "LogSchedulePolicy", scheduleFrequencyInMins: 60 } };
  return {
    backupManagementType,
    workLoadType: facts?.workloadType,
    subProtectionPolicy: [{ policyType: "Full", schedulePolicy }, log],
  };
}

/** Whole days up to a week, else hours; what lies between is the nearest that a policy can say. */
function scheduleOf(intervalHours: number): object {
  const schedulePolicyType = "SimpleSchedulePolicyV2";
  if (intervalHours < DAY_HOURS)
    return {
      schedulePolicyType,
      scheduleRunFrequency: "Hourly",
      hourlySchedule: { interval: intervalHours, scheduleWindowStartTime: RUNS_AT, scheduleWindowDuration: DAY_HOURS },
    };
  const days = Math.round(intervalHours / DAY_HOURS);
  if (days === 1)
    return {
      schedulePolicyType: "SimpleSchedulePolicy",
      scheduleRunFrequency: "Daily",
      scheduleRunTimes: [RUNS_AT],
      scheduleWeeklyFrequency: 0,
    };
  return {
    schedulePolicyType: "SimpleSchedulePolicy",
    scheduleRunFrequency: "Weekly",
    scheduleRunDays: days >= DAYS.length ? ["Sunday"] : DAYS.filter((_, day) => day % days === 0),
    scheduleRunTimes: [RUNS_AT],
    scheduleWeeklyFrequency: Math.max(1, Math.round(intervalHours / WEEK_HOURS)),
  };
}

function backupVault(intervalHours: number): object {
  const length = intervalHours % DAY_HOURS === 0 ? `P${intervalHours / DAY_HOURS}D` : `PT${Math.round(intervalHours)}H`;
  return {
    objectType: "BackupPolicy",
    policyRules: [
      {
        objectType: "AzureBackupRule",
        name: "BackupDaily",
        trigger: { objectType: "ScheduleBasedTriggerContext", schedule: { repeatingTimeIntervals: [`R/${RUNS_AT}/${length}`] } },
      },
      { objectType: "AzureRetentionRule", name: "Default", isDefault: true },
    ],
  };
}
