/**
 * Tells a webhook how a run ended, and a monitor that it ended. In: the report. Out: whether it was sent, and a warning where something could not be. It never
 * rejects and never holds a run up for longer than its tries take.
 *
 * Each is sent at most once per run. A mark in the run store is created (exclusively) before the first try, so that an activity executed twice, at once or
 * after a crash, sends nothing twice. The price: a host killed during the few seconds of sending loses the message. The other order would tell the same
 * failures twice whenever a host dies at that moment, and people turn such messages off; the report is kept in any case, and a monitor that gets no heartbeat
 * asks by itself.
 */
import type { RunReport } from "../../policy/report.ts";
import { unresolvedReference } from "../../settings/notify.ts";
import type { Secret } from "../../settings/secret.ts";
import type { CloudSettings } from "../../settings/settings.ts";
import { settingsTable } from "../../settings/table.ts";
import { createJson, writeJson } from "../../store/json-records.ts";
import { StoreError } from "../../store/store.ts";
import type { CloudDependencies } from "../dependencies.ts";
import { deliver, sendOverNetwork, type Delivery, type Send } from "./deliver.ts";
import { DETAILS, messageOf, type Detail } from "./message.ts";
import { PLAIN_MOST_BYTES, plainBody } from "./plain.ts";
import { SLACK_MOST_BYTES, slackBody } from "./slack.ts";
import { TEAMS_MOST_BYTES, teamsBody } from "./teams.ts";

export interface NotifyDependencies extends Pick<CloudDependencies, "clock" | "ledger"> {
  /** Default: over the network. */
  readonly send?: Send;
  /** How long one try may take. */
  readonly answerWithinMs?: number;
}

export type NotifySettings = Pick<
  CloudSettings,
  "armIsLoopbackHttp" | "notifyUrl" | "notifyFormat" | "notifyWhen" | "notifyLink" | "notifyHeartbeatUrl" | "notifySimulated"
>;

export interface Notified {
  /** By this call. */
  readonly sent: boolean;
  /** Names the receiver's host, nothing else of its URL. */
  readonly warning?: string;
}

/** Reads the report of an ended run and tells. Done again for the same run, nothing is sent again. */
export async function notifyEnded(dependencies: NotifyDependencies, settings: NotifySettings, runId: string): Promise<Notified> {
  if (settings.notifyUrl === undefined && settings.notifyHeartbeatUrl === undefined) return { sent: false };
  try {
    const bytes = await dependencies.ledger.readReport(runId, "json");
    if (bytes === undefined) return { sent: false };
    return await notifyRun(dependencies, settings, JSON.parse(new TextDecoder().decode(bytes)) as RunReport);
  } catch (error) {
    return { sent: false, warning: `Nobody was told of run ${runId}: ${reasonOf(error)}.` };
  }
}

export async function notifyRun(dependencies: NotifyDependencies, settings: NotifySettings, report: RunReport): Promise<Notified> {
  const { notifyHeartbeatUrl } = settings;
  const notifyUrl = isTold(report, settings.notifyWhen) ? settings.notifyUrl : undefined;
  // A simulated failure must not wake anybody.
  if (settings.armIsLoopbackHttp && !settings.notifySimulated) {
    const why = `its control plane is simulated (${settingsTable.notifySimulated.name}=true tells all the same)`;
    return { sent: false, ...(notifyUrl !== undefined && { warning: `Nobody was told of run ${report.runId}: ${why}.` }) };
  }
  const [message, heartbeat] = await Promise.all([
    notifyUrl !== undefined
      ? sendOnce(dependencies, report.runId, "notification", notifyUrl, () => ({ method: "POST", body: bodyOf(report, settings) }))
      : undefined,
    notifyHeartbeatUrl !== undefined && report.status === "completed"
      ? sendOnce(dependencies, report.runId, "heartbeat", notifyHeartbeatUrl, () => ({ method: "GET" }))
      : undefined,
  ]);
  const warnings = [message?.warning, heartbeat?.warning].filter((warning) => warning !== undefined);
  return { sent: message?.sent ?? false, ...(warnings.length > 0 && { warning: warnings.join(" ") }) };
}

function isTold({ status, counts, coverage }: RunReport, when: NotifySettings["notifyWhen"]): boolean {
  if (when !== "failing") return when === "always";
  return status === "failed" || counts.failing > 0 || !coverage.complete;
}

const MOST_BYTES = { json: PLAIN_MOST_BYTES, teams: TEAMS_MOST_BYTES, slack: SLACK_MOST_BYTES } as const;

/** The most detailed body that the format takes. */
function bodyOf(report: RunReport, { notifyFormat, notifyLink }: NotifySettings): string {
  const write = (detail: Detail): string => {
    if (notifyFormat === "json") return plainBody(report, detail, notifyLink);
    const message = messageOf(report, detail, notifyLink);
    return notifyFormat === "teams" ? teamsBody(message) : slackBody(message);
  };
  const mostBytes = MOST_BYTES[notifyFormat];
  let body = "";
  for (const detail of DETAILS) {
    body = write(detail);
    if (Buffer.byteLength(body) <= mostBytes) break;
  }
  return body;
}

async function sendOnce(
  { clock, ledger, send = sendOverNetwork, answerWithinMs }: NotifyDependencies,
  runId: string,
  what: "notification" | "heartbeat",
  secret: Secret,
  request: () => Omit<Delivery, "url">,
): Promise<Notified> {
  const warn = (why: string): string => `The ${what} of run ${runId} was not sent: ${why}.`;
  try {
    if (unresolvedReference.test(secret.reveal()))
      return { sent: false, warning: warn("its URL is a Key Vault reference that was not resolved") };
    const url = new URL(secret.reveal());
    const delivery = { ...request(), url };
    const key = `runs/${runId}/${what}`;
    if (!(await createJson(ledger.store, key, { state: "sending", sinceMs: clock.now() }))) return { sent: false };
    const options = { clock, send, ...(answerWithinMs !== undefined && { answerWithinMs }) };
    const delivered = await clock.work(() => deliver(options, delivery));
    const warning = delivered.ok ? undefined : warn(`${url.protocol}//${url.host}/***: ${delivered.why}`);
    const record = { state: delivered.ok ? "sent" : "not-sent", endedMs: clock.now(), ...(warning !== undefined && { warning }) };
    // For whoever looks into the store; the mark itself stands, so nothing depends on it.
    await writeJson(ledger.store, key, record).catch(() => {});
    return { sent: delivered.ok, ...(warning !== undefined && { warning }) };
  } catch (error) {
    return { sent: false, warning: warn(reasonOf(error)) };
  }
}

/** Errors of the store name keys; any other might quote what it was about. */
function reasonOf(error: unknown): string {
  if (error instanceof StoreError) return error.message;
  return `an unexpected ${error instanceof Error ? error.name : "error"}`;
}
