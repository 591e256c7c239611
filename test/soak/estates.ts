/** Estates on which a second backup of an attempt shows: most jobs are over before anybody looks, so that the service refuses none. */
import { estateOf, failedJob } from "../support/simulated-run.ts";

const PASSING = "BackUpOperationFailed";
const fails = (after = "1s", errorCode = PASSING): object => ({ status: "Failed", after, errorCode });
const completes = (after = "1s"): object => ({ status: "Completed", after });
const failing = (name: string, ...next: object[]): Record<string, unknown> => ({ name, jobs: [failedJob(PASSING)], next });

/** Every way that an item can go, in one vault, with a busy service. */
export const MIXED = estateOf(
  [
    failing("vm-third-time", fails(), fails(), completes()),
    failing("vm-never", fails()),
    failing("vm-slow", fails("40m"), completes("2h")),
    failing("vm-person", fails("1s", "UserErrorKeyVaultPermissionsNotConfigured")),
    failing("vm-lost", fails(), completes()),
    failing("vm-dropped", completes()),
    { name: "vm-conflict", jobs: [failedJob("UserErrorBackupOperationInProgress")] },
    {
      name: "vm-cured",
      jobs: [failedJob(PASSING), { status: "Completed", start: "-3h", end: "-2h", operation: "Backup", userTriggered: false }],
    },
  ],
  {
    faults: [
      { on: "trigger", item: "vm-lost", times: 2, do: "accept-and-drop-connection" },
      { on: "trigger", item: "vm-dropped", times: 1, do: "drop-connection" },
      { on: "trigger", item: "vm-slow", times: 1, do: "throttle", retryAfterSeconds: 60 },
      { on: "operation", times: 1, do: "status", code: 503 },
    ],
  },
);

const LOST = ["accept-and-drop-connection", "drop-connection", "status", "accept-and-drop-connection", "delay"] as const;

/** So many items, the answer to whose first trigger is lost, one way or another. */
export function lostAnswers(count: number): Record<string, unknown> {
  const names = Array.from({ length: count }, (_, index) => `vm-${String(index).padStart(2, "0")}`);
  return estateOf(
    names.map((name, index) => failing(name, ...(index % 3 === 0 ? [fails(), completes()] : [completes(index % 2 === 0 ? "1s" : "30m")]))),
    {
      faults: names.map((item, index) => {
        const kind = LOST[index % LOST.length] ?? "drop-connection";
        return {
          on: "trigger",
          item,
          times: 1,
          do: kind,
          // No answer within the minute that a request may take, and then it is accepted or it is not.
          ...(kind === "delay" && { seconds: 90 }),
          ...(kind === "status" && { code: 500 + (index % 5) }),
        };
      }),
    },
  );
}
