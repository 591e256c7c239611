/** Settings of the app around the runs: when they start, who may call it, who is told, where its records are. */
import { originUrl } from "./addresses.ts";
import { flag, word } from "./kinds.ts";
import { secretUrl } from "./notify.ts";
import { runStoreKind } from "./run-store-location.ts";
import { scheduleList } from "./schedule-list.ts";
import { ncrontab } from "./schedule.ts";
import { optional, row } from "./setting.ts";

type NotifyFormat = "json" | "teams" | "slack";
type NotifyWhen = "failing" | "always" | "never";

export const appSettings = {
  schedule: row({
    name: "REPRISE_SCHEDULE",
    kind: ncrontab,
    unset: "0 0 13 * * *",
    defaultText: "0 0 13 * * *",
    description: "When a run starts, in UTC: the short form for one schedule; not together with REPRISE_SCHEDULES.",
    example: "0 30 6 * * MON-FRI",
  }),
  schedules: optional({
    name: "REPRISE_SCHEDULES",
    kind: scheduleList,
    defaultText: "the one of REPRISE_SCHEDULE",
    description:
      "Several schedules, each with its own times, time zone (IANA, default UTC), first and last day (startDate, endDate), quietHours (from, to: no run starts then) and request (the fields of POST /api/runs).",
    example: '[{"name":"two","everyDays":2,"at":"02:00","from":"2026-12-01"}]',
  }),
  scheduleEnabled: row({
    name: "REPRISE_SCHEDULE_ENABLED",
    kind: flag,
    unset: true,
    defaultText: "true",
    description: "Whether runs start by the schedule; runs by hand are always possible.",
    example: "false",
  }),
  httpAuth: row({
    name: "REPRISE_HTTP_AUTH",
    kind: word(["function", "anonymous"]),
    unset: "function",
    defaultText: "function",
    description: "Who may call the HTTP routes: whoever has a key of the app, or anybody (only with a sign-in in front of the app).",
    example: "anonymous",
  }),
  notifyUrl: optional({
    name: "REPRISE_NOTIFY_URL",
    kind: secretUrl,
    defaultText: "none",
    description: "A webhook that is told how a run ended, once per run. Redirects are not followed.",
    example: "https://hooks.example.com/reprise",
    secret: true,
  }),
  notifyFormat: row({
    name: "REPRISE_NOTIFY_FORMAT",
    kind: word<NotifyFormat>(["json", "teams", "slack"]),
    unset: "json",
    defaultText: "json",
    description: "What the webhook takes: plain JSON, a Teams workflow's Adaptive Card, or Slack blocks.",
    example: "teams",
  }),
  notifyWhen: row({
    name: "REPRISE_NOTIFY_WHEN",
    kind: word<NotifyWhen>(["failing", "always", "never"]),
    unset: "failing",
    defaultText: "failing",
    description:
      "Which runs are told: those after which items still fail, that failed themselves or could not look at everything; all; none.",
    example: "always",
  }),
  notifyLink: optional({
    name: "REPRISE_NOTIFY_LINK",
    kind: originUrl,
    defaultText: "none",
    description: "Where people reach this app, for a link to the report in messages.",
    example: "https://contoso-reprise.azurewebsites.net",
  }),
  notifyHeartbeatUrl: optional({
    name: "REPRISE_NOTIFY_HEARTBEAT_URL",
    kind: secretUrl,
    defaultText: "none",
    description: "Fetched once after every completed run, so that a monitor notices when runs stop.",
    example: "https://heartbeat.example.com/reprise",
    secret: true,
  }),
  notifySimulated: row({
    name: "REPRISE_NOTIFY_SIMULATED",
    kind: flag,
    unset: false,
    defaultText: "false",
    description: "Whether runs against a simulated control plane are told too.",
    example: "true",
  }),
  store: optional({
    name: "REPRISE_STORE",
    kind: runStoreKind,
    defaultText: "container reprise-runs in the account of AzureWebJobsStorage; without one the directory .reprise",
    description: "Where runs, claims and reports are kept.",
    example: "https://contosoruns.blob.core.windows.net/reprise/production",
  }),
};
