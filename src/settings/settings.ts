/**
 * The settings of the cloud part. In: an environment, handed in. Out: checked values (`CloudSettings`), or one `SettingError` that names everything that is
 * wrong. It does not promise that what a setting points to exists, and it reads neither files nor the process's environment.
 */
import type { Kind } from "./kinds.ts";
import { nearest } from "./nearest.ts";
import { accountNameKind, blobServiceKind, connectionStringKind, defaultRunStore, hostStorage } from "./run-store-location.ts";
import type { RunStoreLocation } from "./run-store-location.ts";
import { shown } from "./shown.ts";
import { backupNames } from "./other-names.ts";
import type { Setting } from "./setting.ts";
import { settingsTable } from "./table.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

type Table = typeof settingsTable;
type ValueOf<S> = S extends Setting<infer T> ? T : never;

/** Durations are in the unit that the name ends with. */
export type CloudSettings = { readonly [K in Exclude<keyof Table, "store">]: ValueOf<Table[K]> } & {
  /** The endpoint is plain http on this machine: a placeholder token is sent, no credential is asked for. */
  readonly armIsLoopbackHttp: boolean;
  readonly runStore: RunStoreLocation;
};

type CheckedSettings = Omit<CloudSettings, "armIsLoopbackHttp" | "runStore">;

export interface SettingProblem {
  /** Of the setting, with the place inside it where it is a list: `REPRISE_SCHEDULES[1].timeZone`. */
  readonly name: string;
  /** What was found, made safe to show. */
  readonly found: string;
  readonly allowed: string;
}

export class SettingError extends Error {
  readonly code = "SETTING_WRONG";
  readonly problems: readonly SettingProblem[];
  constructor(problems: readonly SettingProblem[]) {
    super(problems.map(({ name, found, allowed }) => `Setting ${name}: found ${found}; allowed: ${allowed}.`).join("\n"));
    this.name = "SettingError";
    this.problems = problems;
  }
}

const rows = Object.entries(settingsTable) as [keyof Table, Setting<unknown>][];
const names: ReadonlySet<string> = new Set(rows.map(([, setting]) => setting.name));
/** A machine that runs backups has them set for everything that runs there. */
const others: ReadonlySet<string> = new Set(backupNames.map(([name]) => name));

/**
 * An empty setting counts as absent. `check` finds what is wrong by rules that this folder does not know.
 * @throws SettingError
 */
export function parseSettings(env: Environment, check: (env: Environment) => readonly SettingProblem[] = () => []): CloudSettings {
  const problems: SettingProblem[] = [];
  const read = <T>(name: string, kind: Kind<T>, secret = false): T | undefined => {
    const text = env[name]?.trim() ?? "";
    if (text === "") return undefined;
    const value = kind.read(text);
    if (value === undefined) {
      const placed = kind.problems?.(text) ?? [{ place: "", found: shown(text, secret), allowed: kind.allowed }];
      problems.push(...placed.map(({ place, found, allowed }) => ({ name: name + place, found, allowed })));
    }
    return value;
  };

  const values = Object.fromEntries(rows.map(([field, { name, kind, unset, secret }]) => [field, read(name, kind, secret) ?? unset]));
  const { store, ...settings } = values as { readonly [K in keyof Table]: ValueOf<Table[K]> };
  const connectionString = read(hostStorage.connectionString, connectionStringKind, true);
  const url = read(hostStorage.blobServiceUri, blobServiceKind) ?? read(hostStorage.accountName, accountNameKind);

  problems.push(...contradictions(settings, env), ...check(env), ...unknownNames(env));
  if (problems.length > 0) throw new SettingError(problems);
  return {
    ...settings,
    armIsLoopbackHttp: settings.armEndpoint.startsWith("http:"),
    runStore: store ?? defaultRunStore({ connectionString, url }),
  };
}

function contradictions(settings: CheckedSettings, env: Environment): SettingProblem[] {
  const problems: SettingProblem[] = [];
  const { managementGroup, subscriptions, backoffFirstSeconds = 0, backoffMaxSeconds } = settings;
  if (managementGroup !== undefined && subscriptions.length > 0) {
    const { name } = settingsTable.managementGroup;
    problems.push({ name, found: shown(env[name] ?? ""), allowed: `nothing while ${settingsTable.subscriptions.name} is set` });
  }
  if (backoffFirstSeconds > backoffMaxSeconds) {
    const { name } = settingsTable.backoffFirstSeconds;
    const allowed = `at most ${settingsTable.backoffMaxSeconds.name}, which is ${backoffMaxSeconds}`;
    problems.push({ name, found: shown(String(backoffFirstSeconds)), allowed });
  }
  if (settings.schedules !== undefined && isGiven(env, settingsTable.schedule.name)) {
    const { name } = settingsTable.schedule;
    problems.push({ name, found: shown(env[name] ?? ""), allowed: `nothing while ${settingsTable.schedules.name} is set` });
  }
  return problems;
}

function isGiven(env: Environment, name: string): boolean {
  return (env[name]?.trim() ?? "") !== "";
}

/** A mistyped name would silently leave the default in force. */
function unknownNames(env: Environment): SettingProblem[] {
  return Object.keys(env)
    .filter((name) => name.toUpperCase().startsWith("REPRISE_") && !names.has(name) && !others.has(name) && env[name] !== undefined)
    .map((name) => ({
      name: /^\w+$/.test(name) ? name : shown(name),
      found: "a setting that does not exist",
      allowed: `the names that "reprise help env" lists (nearest: ${nearest(name.toUpperCase(), [...names])})`,
    }));
}
