/**
 * `reprise doctor --azure`: puts the settings and flags into a question, has it examined, prints what was found. In: flags and the environment. Out: the
 * exit code, 0 when everything is allowed. Nothing is changed but one small record of the run store, which is deleted again.
 */
import { randomUUID } from "node:crypto";
import { systemClock } from "../clock/clock.ts";
import { createAzureControlPlane } from "../cloud/azure/azure-control-plane.ts";
import { lazyCredential } from "../cloud/azure/credential.ts";
import type { CallCounts } from "../cloud/control-plane.ts";
import type { Check } from "../cloud/doctor/checks.ts";
import { examine, type Question } from "../cloud/doctor/examine.ts";
import { examineStore } from "../cloud/doctor/examine-store.ts";
import { scheduleProblems, schedulesOf } from "../cloud/schedule/schedules.ts";
import type { RunStoreLocation } from "../settings/run-store-location.ts";
import { parseSettings, type CloudSettings } from "../settings/settings.ts";
import { openRunStore } from "../store/open-run-store.ts";
import { StoreError } from "../store/store.ts";
import type { DoctorFlags } from "./commands/doctor.ts";
import { printFindings } from "./output/findings.ts";
import { jsonLine } from "./output/json.ts";
import { runBody } from "./run-body.ts";
import { EXIT, type Terminal } from "./terminal.ts";

export async function runDoctor(flags: DoctorFlags, terminal: Terminal): Promise<number> {
  const { environment } = terminal;
  const settings = parseSettings(environment, scheduleProblems);
  const question = questionOf(flags, settings);
  const log = (line: string): void => void ((flags.verbose || flags.debug) && terminal.err(`${line}\n`));
  const plane = createAzureControlPlane({
    endpoint: settings.armEndpoint,
    clock: systemClock,
    requestTimeoutMs: settings.requestTimeoutSeconds * 1_000,
    ...(!settings.armIsLoopbackHttp && { credential: lazyCredential() }),
    log,
  });
  const calls: CallCounts = { graph: 0, management: 0, retried: 0 };
  if (!flags.quiet && !flags.json) terminal.err(`Looking at what this identity can do at ${settings.armEndpoint} …\n`);
  const [found, atStore] = await Promise.all([examine(plane, question, calls), lookAtStore(settings, environment)]);
  const checks = [...found.checks, ...atStore];
  const missing = checks.filter(({ allowed }) => !allowed).length;
  if (flags.json) {
    const { notes, subscriptions, vaults } = found;
    for (const check of flags.quiet ? [] : checks) terminal.out(jsonLine({ message_type: "check", ...check }));
    const counts = {
      subscriptions,
      vaults,
      allowed: checks.length - missing,
      missing,
      graphCalls: calls.graph,
      managementCalls: calls.management,
    };
    terminal.out(jsonLine({ message_type: "summary", ...counts, notes, checks }));
  } else
    printFindings(
      { ...found, checks },
      { write: terminal.out, columns: terminal.columns, color: terminal.color, quiet: flags.quiet === true },
    );
  return missing === 0 ? EXIT.ok : EXIT.failed;
}

/** Flags take the place of settings, as in a run. Whether runs filter by tags, and other subscriptions, may stand in a schedule. */
function questionOf(flags: DoctorFlags, settings: CloudSettings): Question {
  // Throws for wrong flags, in the words of `retry`.
  runBody({
    ...(flags.subscription && { subscription: flags.subscription }),
    ...(flags.managementGroup !== undefined && { managementGroup: flags.managementGroup }),
    ...(flags.vault && { vault: flags.vault }),
  });
  const byFlags = flags.subscription !== undefined || flags.managementGroup !== undefined;
  const requests = schedulesOf(settings).map(({ request }) => request);
  return {
    subscriptions: byFlags ? (flags.subscription ?? []) : settings.subscriptions,
    managementGroup: byFlags ? flags.managementGroup : settings.managementGroup,
    alsoSubscriptions: byFlags ? [] : requests.flatMap(({ subscriptions = [] }) => subscriptions),
    vaults: flags.vault ?? [],
    excludeVaults: settings.excludeVaults,
    tags: flags.tags === true || requests.some(({ tags = {} }) => Object.keys(tags).length > 0),
  };
}

/** Only a store that somebody chose: the directory that a local run makes for itself is no question of permissions. */
async function lookAtStore(settings: CloudSettings, environment: Terminal["environment"]): Promise<readonly Check[]> {
  const { runStore } = settings;
  if (runStore.kind === "directory" && (environment.REPRISE_STORE ?? "") === "") return [];
  const place = placeOf(runStore);
  const isBlob = runStore.kind !== "directory";
  try {
    const store = openRunStore(runStore, { credential: lazyCredential, connectionString: environment.AzureWebJobsStorage });
    return await examineStore({ store, place, isBlob, probe: randomUUID() });
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return [{ scope: place, name: "Run store", action: "open", allowed: false, advice: error.message }];
  }
}

function placeOf(location: RunStoreLocation): string {
  if (location.kind === "directory") return location.path;
  const prefix = location.kind === "blob" && location.prefix !== undefined ? `/${location.prefix}` : "";
  return `${location.url ?? "the host's storage account"}/${location.container}${prefix}`;
}
