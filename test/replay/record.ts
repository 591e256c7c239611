/**
 * Records histories: `node test/replay/record.ts [FILE …]`. It carries out some runs on the local host and writes the last turn of some of their instances into
 * `histories/`: those named, or all.
 * A recorded history is a promise to instances that run in somebody's cloud: record a new one under a new name when an orchestrator learns something, and
 * replace old ones only in a release before which running instances have to end (docs/decisions/0004-deploying-over-running-instances.md).
 */
import { events, instances, orchestrators } from "../../src/cloud/orchestrate/names.ts";
import { stage, RUN, VAULT, type StagedApp } from "../exactly-once/staged-app.ts";
import { estateOf, failedJob } from "../support/simulated-run.ts";
import { endOf, writeHistory, type RecordedHistory } from "./recorded-history.ts";

type Kept = Map<string, Omit<RecordedHistory, "title">>;

async function recordRun(
  estate: unknown,
  disturb: (app: StagedApp) => readonly Promise<unknown>[] = () => [],
  environment: Readonly<Record<string, string>> = {},
): Promise<Kept> {
  const kept: Kept = new Map();
  await stage(
    estate,
    async (app) => {
      const disturbed = disturb(app);
      await app.start();
      await Promise.all(disturbed);
      await app.report();
    },
    {
      environment,
      faults: {
        hub: {
          functions: (functions) => ({
            ...functions,
            async runTurn(orchestrator, instanceId, text) {
              const answer = await functions.runTurn(orchestrator, instanceId, text);
              const turn = { orchestrator, trigger: JSON.parse(text) as RecordedHistory["trigger"], end: endOf(answer) };
              kept.set(instanceId, turn);
              if (turn.end === "renewed") kept.set(`${instanceId} renewed`, turn);
              return answer;
            },
          }),
        },
      },
    },
  );
  return kept;
}

function write(kept: Kept, instanceId: string, file: string, title: string): void {
  const wanted = process.argv.slice(2);
  if (wanted.length > 0 && !wanted.includes(file)) return;
  const recorded = kept.get(instanceId);
  if (recorded === undefined) throw new Error(`there was no instance ${instanceId}; there were ${[...kept.keys()].join(", ")}`);
  writeHistory(file, { title, ...recorded });
  process.stdout.write(`${file}: ${recorded.orchestrator}, ${recorded.trigger.history.length} events, ${recorded.end}\n`);
}

const item = (index: number): string => instances.item(RUN, VAULT, 0, index);
const failing = (name: string, code: string, ...next: object[]): Record<string, unknown> => ({ name, jobs: [failedJob(code)], next });
const fails = { status: "Failed", after: "20m", errorCode: "BackUpOperationFailed" };
const completes = { status: "Completed", after: "30m" };

const full = await recordRun(
  estateOf(
    [
      failing("vm-a-third", "BackUpOperationFailed", fails, fails, completes),
      failing("vm-b-lost", "BackUpOperationFailed", completes),
      failing("vm-c-throttled", "BackUpOperationFailed", completes),
      failing("vm-d-conflict", "UserErrorBackupOperationInProgress", completes),
      failing("vm-e-person", "BackUpOperationFailed", { ...fails, errorCode: "UserErrorKeyVaultPermissionsNotConfigured" }),
    ],
    {
      faults: [
        { on: "trigger", item: "vm-b-lost", times: 1, do: "accept-and-drop-connection" },
        { on: "trigger", item: "vm-c-throttled", times: 1, do: "throttle", retryAfterSeconds: 90 },
      ],
    },
  ),
);
write(full, RUN, "run.jsonl", "a run of one vault");
write(full, instances.vaultGroup(RUN, 0), "vault-group.jsonl", "a group of one vault");
write(full, instances.vault(RUN, VAULT), "vault.jsonl", "a vault of one page");
write(full, instances.page(RUN, VAULT, 0), "page.jsonl", "a page of five items");
write(full, instances.watcher(RUN, VAULT), "watcher.jsonl", "a watcher that is ended by its vault");
write(full, item(0), "item-third-attempt.jsonl", "recovered by the third attempt");
write(full, item(1), "item-lost-answer.jsonl", "the answer to the trigger was lost");
write(full, item(2), "item-throttled.jsonl", "a throttled trigger");
write(full, item(3), "item-conflict.jsonl", "a conflict: looks for a running backup first");
write(full, item(4), "item-person.jsonl", "needs a person after the first attempt");

const hourly = { REPRISE_BACKOFF_FIRST_SECONDS: "3600" };
const cancelled = await recordRun(
  estateOf([
    failing("vm-a-waits", "BackUpOperationFailed", fails),
    failing("vm-b-follows", "BackUpOperationFailed", { ...completes, after: "9h" }),
  ]),
  (app) => [
    app.atMinute(10, () => app.raise(item(1), events.jobEnded(1), { jobName: "of somebody else", status: "Succeeded" })),
    app.atMinute(40, () => app.post(`/api/runs/${RUN}/cancel`)),
  ],
  hourly,
);
write(cancelled, item(0), "item-cancelled-waiting.jsonl", "cancelled in the wait between attempts");
write(cancelled, item(1), "item-cancelled-following.jsonl", "cancelled while it followed a job, after a stray event");
write(cancelled, instances.watcher(RUN, VAULT), "watcher-cancelled.jsonl", "a watcher that was woken by a cancel");

const long = await recordRun(
  estateOf([failing("vm-a", "BackUpOperationFailed", { ...completes, after: "6h" })]),
  (app) => [app.atMinute(300, () => app.terminate(instances.watcher(RUN, VAULT)))],
  { REPRISE_JOB_DEADLINE_HOURS: "5" },
);
write(long, `${instances.watcher(RUN, VAULT)} renewed`, "watcher-renewed.jsonl", "a watcher that renews itself");
write(long, item(0), "item-job-deadline.jsonl", "the watcher was lost, the job's deadline came");

// Its input says after how many polls; `watcher-renewed.jsonl` is of one whose input did not.
write(
  long,
  `${instances.watcher(RUN, VAULT)} renewed`,
  "watcher-renewed-early.jsonl",
  "a watcher that renews itself after as many polls as its input says",
);

const capped = await recordRun(
  estateOf([
    failing("vm-a", "BackUpOperationFailed", { ...fails, after: "17m" }, completes),
    failing("vm-b", "BackUpOperationFailed", { ...fails, after: "17m" }, completes),
  ]),
  () => [],
  { REPRISE_BACKOFF_FIRST_SECONDS: "0", REPRISE_VAULT_PACE: "1" },
);
const waited = [item(0), item(1)].find((id) => JSON.stringify(capped.get(id)?.trigger.history).includes("turnMs"));
write(capped, waited ?? "(none waited)", "item-waits-its-turn.jsonl", "a second attempt that the vault's cap held back");

const nothing = await recordRun(estateOf([{ name: "vm-well", jobs: [] }]));
write(nothing, RUN, "run-nothing-failed.jsonl", "a run that found nothing");
if (nothing.get(RUN)?.orchestrator !== orchestrators.run) throw new Error("the run was another orchestrator's");
