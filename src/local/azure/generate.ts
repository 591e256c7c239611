/**
 * Estates made from numbers: `items=10000,failed=0.1,seed=1[,subscriptions=3,vaults=20,workloads=AzureIaasVM+AzureFileShare]`.
 *
 * In: the text. Out: an estate that is the same on every machine for the same numbers. Exactly `round(items × failed)` items have one failed backup
 * of the last 24 hours; a few of those were cured since or run already. Backup vault workloads lie in vaults of their own beside the others.
 */
import { EstateError } from "./estate/estate-error.ts";
import { randomFrom } from "./estate/random.ts";
import {
  type Estate,
  type EstateItem,
  type EstateNext,
  type EstateVault,
  type VaultKind,
  type Workload,
  WORKLOADS,
} from "./estate/schema.ts";

interface GenerateSpec {
  readonly items: number;
  /** Share of items with a failed backup, 0 to 1. */
  readonly failed: number;
  readonly seed: number;
  readonly subscriptions: number;
  readonly vaults: number;
  readonly workloads: readonly Workload[];
}

/** What is wrong with the text of `--generate`. */
export class GenerateError extends EstateError {
  constructor(path: string, found: string, allowed: string) {
    super("--generate", path, found, allowed);
  }
}

/** The start of a generated estate's clock, when it is not on real time. */
const GENERATED_NOW = "2026-11-20T13:00:00Z";

const ALL_WORKLOADS: readonly Workload[] = [...WORKLOADS.RecoveryServices, ...WORKLOADS.DataProtection];

const NUMBER_FIELDS: Readonly<Record<string, { readonly min: number; readonly max: number; readonly whole: boolean }>> = {
  items: { min: 1, max: 1_000_000, whole: true },
  failed: { min: 0, max: 1, whole: false },
  seed: { min: 0, max: 4_294_967_295, whole: true },
  subscriptions: { min: 1, max: 1_000, whole: true },
  vaults: { min: 1, max: 10_000, whole: true },
};

function parseSpec(text: string): GenerateSpec {
  const numbers: Record<string, number> = {};
  let workloads: readonly Workload[] = ["AzureIaasVM"];
  const seen = new Set<string>();
  for (const part of text.split(",")) {
    const at = part.indexOf("=");
    const name = part.slice(0, at < 0 ? undefined : at).trim();
    const value = at < 0 ? "" : part.slice(at + 1).trim();
    if (seen.has(name)) throw new GenerateError(name, "the field a second time", "each field once");
    seen.add(name);
    if (name === "workloads") workloads = readWorkloads(value);
    else numbers[name] = readNumber(name, value);
  }
  if (numbers["items"] === undefined) throw new GenerateError("items", "nothing", "a whole number from 1 to 1000000");
  const subscriptions = numbers["subscriptions"] ?? 3;
  const vaults = numbers["vaults"] ?? Math.max(subscriptions, 20);
  if (vaults < subscriptions) throw new GenerateError("vaults", String(vaults), `at least as many as subscriptions (${subscriptions})`);
  return { items: numbers["items"], failed: numbers["failed"] ?? 0.1, seed: numbers["seed"] ?? 1, subscriptions, vaults, workloads };
}

function readNumber(name: string, value: string): number {
  const field = Object.hasOwn(NUMBER_FIELDS, name) ? NUMBER_FIELDS[name] : undefined;
  if (field === undefined) throw new GenerateError(name, "an unknown field", [...Object.keys(NUMBER_FIELDS), "workloads"].join(", "));
  const number = Number(value);
  const allowed = `a ${field.whole ? "whole " : ""}number from ${field.min} to ${field.max}`;
  if (!/^\d+(?:\.\d+)?$/.test(value) || number < field.min || number > field.max || (field.whole && !Number.isInteger(number)))
    throw new GenerateError(name, value === "" ? "nothing" : `"${value}"`, allowed);
  return number;
}

function readWorkloads(value: string): Workload[] {
  return value.split("+").map((word) => {
    const workload = ALL_WORKLOADS.find((one) => one === word.trim());
    if (workload === undefined)
      throw new GenerateError("workloads", `"${word}"`, `one or more of ${ALL_WORKLOADS.join(", ")}, joined by +`);
    return workload;
  });
}

/** Which errors fail backups, by weight: mostly passing ones, some that need a person, a few that nobody knows. */
const FAILURES: readonly (readonly [weight: number, code: string])[] = [
  [22, "CloudInternalError"],
  [14, "BackUpOperationFailedV2"],
  [10, "GuestAgentSnapshotTaskStatusError"],
  [12, "ExtensionSnapshotFailedNoNetwork"],
  [8, "CopyingVHDsFromBackUpVaultTakingLongTime"],
  [6, "VmNotInDesirableState"],
  [6, "ExtensionFailedVssWriterInBadState"],
  [8, "UserErrorGuestAgentStatusUnavailable"],
  [5, "UserErrorVmProvisioningStateFailed"],
  [4, "BCMV2VMNotFound"],
  [3, "UserErrorBackupOperationInProgress"],
  [2, "UnheardOfBackupFault"],
];
const TOTAL_WEIGHT = FAILURES.reduce((sum, [weight]) => sum + weight, 0);

const PREFIX: Readonly<Record<Workload, string>> = {
  AzureIaasVM: "vm",
  AzureFileShare: "share",
  SQLDataBase: "sqldb",
  SAPHanaDatabase: "hanadb",
  SAPAseDatabase: "asedb",
  MAB: "srv",
  DPM: "dpm",
  AzureBackupServer: "mabs",
  AzureDisk: "disk",
  AzureBlob: "blob",
  AzureDatabaseForPostgreSQL: "pg",
  AzureKubernetesService: "aks",
};

/**
 * @param options.realTime leaves `now` out, for a simulator in a process of its own.
 * @throws GenerateError naming the field, what was found and what is allowed.
 */
export function generateEstate(text: string, { realTime = false }: { readonly realTime?: boolean } = {}): Estate {
  const spec = parseSpec(text);
  const random = randomFrom(spec.seed);
  const vaults = Array.from({ length: spec.subscriptions }, (): EstateVault[] => []);
  const byPlace = new Map<string, EstateVault>();
  const width = String(spec.items).length;
  for (let index = 0; index < spec.items; index++) {
    const workload = spec.workloads[index % spec.workloads.length] as Workload;
    const row = Math.floor(index / spec.workloads.length);
    // Shifted with each round: every tenth item fails, and they must not all lie in every tenth vault.
    const place = (row + Math.floor(row / spec.vaults)) % spec.vaults;
    const kind: VaultKind = (WORKLOADS.DataProtection as readonly string[]).includes(workload) ? "DataProtection" : "RecoveryServices";
    const key = `${kind}/${place}`;
    let vault = byPlace.get(key);
    if (vault === undefined) {
      vault = {
        name: `${kind === "RecoveryServices" ? "vault" : "bv"}-${String(place + 1).padStart(3, "0")}`,
        kind,
        resourceGroup: "rg-backup",
        location: "westeurope",
        items: [],
      };
      byPlace.set(key, vault);
      vaults[place % spec.subscriptions]?.push(vault);
    }
    const failed = Math.round((index + 1) * spec.failed) > Math.round(index * spec.failed);
    vault.items.push(generateItem(`${PREFIX[workload]}-${String(index + 1).padStart(width, "0")}`, workload, kind, failed, random));
  }
  const subscriptions = vaults.map((list, index) => ({
    id: `${String(index + 1).padStart(8, "0")}-0000-4000-8000-000000000000`,
    name: `generated-${index + 1}`,
    vaults: list,
  }));
  return { ...(!realTime && { now: GENERATED_NOW }), subscriptions };
}

type Job = NonNullable<EstateItem["jobs"]>[number];

function generateItem(name: string, workload: Workload, kind: VaultKind, failed: boolean, random: () => number): EstateItem {
  const done = kind === "RecoveryServices" ? "Completed" : "Succeeded";
  const startedMinutes = 240 + Math.floor(random() * 1_000);
  const tookMinutes = 5 + Math.floor(random() * 60);
  const span = { start: `-${startedMinutes}m`, end: `-${startedMinutes - tookMinutes}m` };
  const base = { name, workload, resourceGroup: `rg-app-${1 + Math.floor(random() * 20)}`, lastRecoveryPoint: failed ? "-30h" : span.end };
  if (!failed) return { ...base, jobs: [{ ...span, status: done }] };

  const code = failureCode(random);
  const jobs: Job[] = [{ ...span, status: "Failed", errorCode: code }];
  const fate = random();
  if (fate < 0.05) jobs.push({ start: "-120m", end: "-90m", status: done });
  else if (fate < 0.07) jobs.push({ start: "-15m", end: "90m", status: done });
  return { ...base, jobs, next: outcomes(code, done, random) };
}

function failureCode(random: () => number): string {
  let at = random() * TOTAL_WEIGHT;
  for (const [weight, code] of FAILURES) {
    if (at < weight) return code;
    at -= weight;
  }
  return "CloudInternalError";
}

function outcomes(code: string, done: "Completed" | "Succeeded", random: () => number): EstateNext[] {
  const after = (): string => `${10 + Math.floor(random() * 80)}m`;
  const fate = random();
  const failedAgain: EstateNext = { status: "Failed", after: after(), errorCode: code };
  if (fate < 0.78) return [{ status: done, after: after() }];
  if (fate < 0.83) return [{ status: "CompletedWithWarnings", after: after() }];
  if (fate < 0.93) return [failedAgain, { status: done, after: after() }];
  return [failedAgain];
}
