/** Estates for real time: jobs that last an hour end within seconds. */

interface NextJob {
  readonly status: string;
  readonly after: string;
  readonly errorCode?: string;
}

const failed = (errorCode: string) => ({
  status: "Failed",
  start: "-6h",
  end: "-5h50m",
  operation: "Backup",
  userTriggered: false,
  errorCode,
});

function estateOf(speed: number, items: readonly Record<string, unknown>[]): Record<string, unknown> {
  return {
    speed,
    subscriptions: [
      {
        id: "11111111-1111-1111-1111-111111111111",
        name: "production",
        vaults: [
          {
            name: "vault-weu",
            kind: "RecoveryServices",
            resourceGroup: "rg-backup",
            location: "westeurope",
            items: items.map((item) => ({ workload: "AzureIaasVM", resourceGroup: "rg-app", ...item })),
          },
        ],
      },
    ],
  };
}

const vm = (name: string, code: string, ...next: readonly NextJob[]) => ({ name, jobs: [failed(code)], ...(next.length > 0 && { next }) });
const completed = { status: "Completed", after: "30m" };
const again = { status: "Failed", after: "20m", errorCode: "BackUpOperationFailed" };

/** One item for each way that an item can end. */
export const everyDecision = estateOf(600, [
  vm("vm-at-once", "BackUpOperationFailed", completed),
  vm("vm-second-try", "BackUpOperationFailed", again, completed),
  vm("vm-in-vain", "BackUpOperationFailed", again),
  vm("vm-person", "UserErrorFsFreezeFailed"),
  {
    name: "vm-cured",
    jobs: [failed("BackUpOperationFailed"), { status: "Completed", start: "-2h", end: "-1h", operation: "Backup", userTriggered: false }],
  },
]);

/** Backups that take a quarter of a minute, so that there is a middle to be killed in. */
export const longBackups = estateOf(
  120,
  Array.from({ length: 6 }, (_, index) =>
    vm(`vm-${index}`, "BackUpOperationFailed", ...(index % 2 === 0 ? [completed] : [again, completed])),
  ),
);
