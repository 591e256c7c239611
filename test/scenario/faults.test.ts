import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHttpHeaders } from "@azure/core-rest-pipeline";
import { describe, expect, it } from "vitest";
import { openSimulatedApp } from "../../src/local/app.ts";
import { parseEstate } from "../../src/local/azure/estate/estate.ts";
import { carryOut, estateOf, failedJob, simulateRun } from "../support/simulated-run.ts";

const failing = (name: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  name,
  jobs: [failedJob("BackUpOperationFailed")],
  ...more,
});
const posts = (run: { log: readonly { method: string; path: string }[] }): number =>
  run.log.filter(({ method, path }) => method === "POST" && /\/backup(\?|$)/.test(path)).length;

describe("faults", () => {
  it("C12: a lost trigger answer gives one backup, found by a look-up", async () => {
    const run = await simulateRun(
      estateOf([failing("vm-a")], { faults: [{ on: "trigger", item: "vm-a", times: 1, do: "accept-and-drop-connection" }] }),
    );
    expect(run.decision("vm-a")).toMatchObject({ decision: "recovered", attempts: [{ trigger: "accepted", status: "Succeeded" }] });
    expect(run.items.get("vm-a")?.backupsAccepted).toBe(1);
    expect(posts(run)).toBe(1);
  });

  it("C12: a trigger that was lost on its way there is sent again, after a look-up", async () => {
    const run = await simulateRun(
      estateOf([failing("vm-a")], { faults: [{ on: "trigger", item: "vm-a", times: 1, do: "drop-connection" }] }),
    );
    expect(run.decision("vm-a")).toMatchObject({ decision: "recovered", attempts: [{ attempt: 1 }] });
    expect(run.items.get("vm-a")?.backupsAccepted).toBe(1);
    expect(posts(run)).toBe(2);
  });

  it("C12: a lost answer whose backup has failed meanwhile is that attempt's end", async () => {
    const run = await simulateRun(
      estateOf(
        [
          failing("vm-a", {
            next: [
              { status: "Failed", after: "30s", errorCode: "BackUpOperationFailed" },
              { status: "Completed", after: "10m" },
            ],
          }),
        ],
        {
          faults: [{ on: "trigger", item: "vm-a", times: 1, do: "accept-and-drop-connection" }],
        },
      ),
    );
    expect(run.decision("vm-a")).toMatchObject({ decision: "recovered", attempts: [{ status: "Failed" }, { status: "Succeeded" }] });
    expect(run.items.get("vm-a")?.backupsAccepted).toBe(2);
  });

  it.each([500, 503])("C12: an answer %i to a trigger does not tell, so the vault is asked first", async (code) => {
    const run = await simulateRun(estateOf([failing("vm-a")], { faults: [{ on: "trigger", item: "vm-a", times: 1, do: "status", code }] }));
    expect(run.decision("vm-a").decision).toBe("recovered");
    expect(run.items.get("vm-a")?.backupsAccepted).toBe(1);
  });

  it.each([{ retryAfterSeconds: 90 }, {}])("C8: a throttled trigger waits and uses no attempt %j", async (throttle) => {
    const run = await simulateRun(
      estateOf([failing("vm-a")], { faults: [{ on: "trigger", item: "vm-a", times: 2, do: "throttle", ...throttle }] }),
    );
    const item = run.decision("vm-a");
    expect(item).toMatchObject({ decision: "recovered", attempts: [{ attempt: 1 }] });
    expect(item.attempts).toHaveLength(1);
    if (throttle.retryAfterSeconds !== undefined)
      expect(Date.parse(item.attempts[0]?.triggeredAt ?? "")).toBeGreaterThanOrEqual(Date.parse("2026-11-20T13:03:00Z"));
  });

  it("C8: a conflict follows the backup that runs already, and starts none beside it", async () => {
    // The scheduled backup begins while the item waits for its second attempt, which the service then refuses.
    const scheduled = { status: "Completed", start: "6m", end: "3h", operation: "Backup", userTriggered: false };
    const item = {
      name: "vm-a",
      jobs: [failedJob("CloudInternalError"), scheduled],
      next: [{ status: "Failed", after: "3m", errorCode: "CloudInternalError" }],
    };
    const run = await simulateRun(estateOf([item]));
    expect(run.decision("vm-a")).toMatchObject({
      decision: "recovered",
      attempts: [
        { trigger: "accepted", status: "Failed" },
        { trigger: "adopted", status: "Succeeded" },
      ],
    });
    expect(run.report.counts).toMatchObject({ recovered: 1, attempts: 1 });
    expect(run.items.get("vm-a")?.backupsAccepted).toBe(1);
  });

  it("C18: a later success that only the vault knows is a skip", async () => {
    const item = {
      name: "vm-a",
      jobs: [
        failedJob("BackUpOperationFailed"),
        { status: "Completed", start: "-10m", end: "-2m", operation: "Backup", userTriggered: false },
      ],
    };
    const fault = { on: "graph", do: "stale", seconds: 1_200 };
    const run = await simulateRun(estateOf([item], { faults: [fault] }));
    expect(run.decision("vm-a")).toMatchObject({ decision: "skipped", cause: "cured" });
    expect(posts(run)).toBe(0);
  });

  it("C18: a running job that only the vault knows is a skip", async () => {
    const item = {
      name: "vm-a",
      jobs: [failedJob("BackUpOperationFailed"), { status: "InProgress", start: "-10m", operation: "Backup", userTriggered: false }],
    };
    const run = await simulateRun(estateOf([item], { faults: [{ on: "graph", do: "stale", seconds: 1_200 }] }));
    expect(run.decision("vm-a")).toMatchObject({ decision: "skipped", cause: "running" });
  });

  it("C5 C18: a backup that succeeded while the item waited is seen before the late trigger", async () => {
    // The unknown code waits for an hour; the scheduled backup comes and goes meanwhile.
    const scheduled = { status: "Completed", start: "10m", end: "30m", operation: "Backup", userTriggered: false };
    const run = await simulateRun(estateOf([{ name: "vm-a", jobs: [failedJob("BrandNewError", "-20m", "-10m"), scheduled] }]));
    expect(run.decision("vm-a")).toMatchObject({ decision: "skipped", cause: "cured" });
    expect(posts(run)).toBe(0);
  });

  it("C16: triggers that come late share one list of their vault, also after midnight", async () => {
    const lists = async (count: number): Promise<number> => {
      const item = { jobs: [failedJob("CopyingVHDsFromBackUpVaultTakingLongTime", "-1h", "-10m")] };
      const run = await simulateRun({
        ...estateOf(Array.from({ length: count }, (_, index) => ({ name: `vm-${index}`, ...item }))),
        now: "2026-11-20T23:00:00Z",
      });
      expect(run.report.counts.recovered).toBe(count);
      return run.log.filter(({ method, path }) => method === "GET" && path.endsWith("/backupJobs")).length;
    };
    // Jitter spreads the triggers over 24 minutes: at most one list per interval of five comes on top.
    expect(await lists(30)).toBeLessThanOrEqual((await lists(1)) + 12);
  });

  it("C18: four on-demand backups of the day and no more, those of others counted", async () => {
    const byUser = (start: string, end: string) => ({ ...failedJob("BackUpOperationFailed", start, end), userTriggered: true });
    const full = [byUser("-8h", "-7h50m"), byUser("-7h", "-6h50m"), byUser("-6h", "-5h50m"), byUser("-5h", "-4h50m")];
    const next = [{ status: "Failed", after: "10m", errorCode: "BackUpOperationFailed" }];
    const run = await simulateRun(
      estateOf([
        { name: "vm-full", jobs: full, next },
        { name: "vm-three", jobs: full.slice(0, 3), next },
      ]),
    );
    expect(run.decision("vm-full")).toMatchObject({ decision: "failing", attempts: [] });
    expect(run.items.get("vm-full")?.backupsAccepted).toBe(0);
    expect(run.items.get("vm-three")?.backupsAccepted).toBe(1);
    expect(run.decision("vm-three")).toMatchObject({ decision: "failing", reason: expect.stringContaining("limit is 4 a day") as string });
  });

  it("a graph that throttles and drops is read all the same", async () => {
    const faults = [
      { on: "graph", times: 2, do: "throttle", retryAfterSeconds: 3 },
      { on: "graph", times: 1, do: "drop-connection" },
      { on: "subscriptions", times: 1, do: "status", code: 503 },
      { on: "jobs", times: 1, do: "status", code: 500 },
    ];
    const run = await simulateRun(estateOf([failing("vm-a")], { faults }));
    expect(run.report).toMatchObject({ status: "completed", counts: { recovered: 1 }, coverage: { complete: true } });
    expect(run.report.calls.retried).toBeGreaterThanOrEqual(5);
  });

  it("C15: a graph that stays down fails the run, with a report that says so", async () => {
    const run = await simulateRun(estateOf([failing("vm-a")], { faults: [{ on: "graph", do: "status", code: 503 }] }));
    expect(run.report).toMatchObject({ status: "failed", counts: { items: 0 } });
    expect(run.report.problem).toBeTruthy();
    expect(run.items.get("vm-a")?.backupsAccepted).toBe(0);
  });

  it("a forbidden vault is reported and the others go on", async () => {
    const estate = estateOf([failing("vm-a")]);
    const [subscription] = estate.subscriptions as { vaults: Record<string, unknown>[] }[];
    subscription?.vaults.push({
      ...subscription.vaults[0],
      name: "vault-closed",
      forbidden: true,
      items: [{ workload: "AzureIaasVM", resourceGroup: "rg-app", ...failing("vm-b") }],
    });
    const run = await simulateRun(estate);
    expect(run.decision("vm-a").decision).toBe("recovered");
    expect(run.decision("vm-b")).toMatchObject({ decision: "needs-person", errorCode: "AuthorizationFailed" });
    expect(run.report.coverage).toMatchObject({ complete: false });
    expect(run.report.coverage.vaults.find(({ name }) => name === "vault-closed")).toMatchObject({ state: "forbidden" });
  });

  it("a vault deleted in the middle ends its items with a reason", async () => {
    const run = await simulateRun(estateOf([failing("vm-a")], { faults: [{ on: "trigger", times: 1, do: "vault-deleted" }] }));
    expect(run.decision("vm-a")).toMatchObject({ decision: "needs-person", errorCode: "ResourceNotFound" });
  });

  it("C2: a subscription that was asked for and cannot be seen is named", async () => {
    const other = "99999999-9999-9999-9999-999999999999";
    const run = await simulateRun(estateOf([failing("vm-a")]), { subscriptions: ["11111111-1111-1111-1111-111111111111", other] });
    expect(run.decision("vm-a").decision).toBe("recovered");
    expect(run.report.coverage.complete).toBe(false);
    expect(run.report.coverage.subscriptions.find(({ id }) => id === other)).toMatchObject({ state: "not-visible" });
    const nothing = await simulateRun(estateOf([failing("vm-a")]), { subscriptions: [other] });
    expect(nothing.report).toMatchObject({ status: "failed", problem: expect.stringContaining(other) as string });
  });

  it("C2: the subscriptions under a management group that gave nothing are named", async () => {
    const silent = "33333333-3333-3333-3333-333333333333";
    const estate = estateOf([failing("vm-a")]) as { readonly subscriptions: readonly object[] };
    const run = await simulateRun(
      { ...estate, subscriptions: [...estate.subscriptions, { id: silent, name: "silent", vaults: [] }] },
      { managementGroup: "mg-root" },
    );
    expect(run.decision("vm-a").decision).toBe("recovered");
    expect(run.report.coverage).toMatchObject({
      complete: true,
      subscriptions: [
        { state: "seen", failedJobs: 1 },
        { id: silent, name: "silent", state: "no-backup-rows", failedJobs: 0, items: 0 },
      ],
    });
  });

  it("C2: what was found is retried although the names under a management group cannot be read", async () => {
    const stateDir = await mkdtemp(join(tmpdir(), "reprise-test-"));
    const app = await openSimulatedApp({
      estate: parseEstate(JSON.stringify(estateOf([failing("vm-a")]))),
      stateDir,
      between: "frozen",
      environment: {},
      timers: false,
      log: () => {},
      faults: {
        parts: (parts) => ({
          ...parts,
          httpClient: {
            async sendRequest(request) {
              const asksForNames = typeof request.body === "string" && request.body.includes("resourcecontainers");
              if (!asksForNames && parts.httpClient) return parts.httpClient.sendRequest(request);
              return { request, status: 400, headers: createHttpHeaders(), bodyAsText: '{"error":{"code":"BadRequest","message":"no"}}' };
            },
          },
        }),
      },
    });
    try {
      const { report } = await carryOut(app, { runId: "test-run", managementGroup: "mg-root" });
      expect(report).toMatchObject({ status: "completed", counts: { recovered: 1 }, coverage: { complete: false } });
      expect(report.coverage.notes).toEqual([
        expect.stringMatching(/^The subscriptions under the management group cannot be listed.*refuses the query/),
      ]);
      expect(report.coverage.subscriptions).toMatchObject([{ state: "seen" }]);
    } finally {
      await app.stop();
      await rm(stateDir, { recursive: true, force: true });
    }
  });

  it("C16: the end of jobs is learned with one list per interval, however many items", async () => {
    const calls = async (count: number): Promise<number> => {
      const run = await simulateRun(estateOf(Array.from({ length: count }, (_, index) => failing(`vm-${index}`))));
      expect(run.report.counts.recovered).toBe(count);
      return run.log.filter(({ method, path }) => method === "GET" && /\/backupJobs(\?|$)/.test(path)).length;
    };
    expect(await calls(40)).toBe(await calls(1));
  });

  it("hostile names go through query, plan, trigger and report", async () => {
    const names = ["<script>alert(1)</script>", `it's "quoted"`, "a".repeat(256), "\u202Eevil", "tab\tnew\nline", "ключ-😀"];
    const run = await simulateRun(estateOf(names.map((name) => failing(name))));
    expect(run.report.counts).toMatchObject({ items: names.length, recovered: names.length });
    expect(run.report.items.map(({ item }) => item).sort()).toEqual([...names].sort());
  });
});
