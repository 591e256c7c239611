/** `reprise doctor --azure` against `reprise simulate`, each a process of its own. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startAzurite } from "../support/azurite.ts";
import { jsonLines, runCommand, temporaryFolder, type Finished } from "../support/command-line.ts";
import { startSimulator, type SimulatorProcess } from "./simulator-process.ts";

const PRODUCTION = "11111111-1111-4111-8111-111111111111";
const LOCKED = "22222222-2222-4222-8222-222222222222";
const UNSEEN = "99999999-9999-4999-8999-999999999999";
const BACKUP = "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/backup/action";
const ESTATE = {
  subscriptions: [
    {
      id: PRODUCTION,
      name: "production",
      vaults: [
        { name: "vault-well", kind: "RecoveryServices", items: [{ name: "vm-1", workload: "AzureIaasVM" }] },
        {
          name: "vault-poor",
          kind: "RecoveryServices",
          deniedActions: [BACKUP],
          items: [{ name: "vm-\u001b[31m", workload: "AzureIaasVM" }],
        },
        { name: "vault-new", kind: "DataProtection", items: [] },
      ],
    },
    { id: LOCKED, name: "locked\u001b[31m", vaults: [] },
  ],
  faults: [{ on: "any", subscription: LOCKED, do: "status", code: 403 }],
};

interface Check {
  readonly scope: string;
  readonly action: string;
  readonly allowed: boolean;
  readonly advice?: string;
}

let simulator: SimulatorProcess;
beforeAll(async () => {
  simulator = await startSimulator(ESTATE);
});
afterAll(() => simulator.stop());

const doctor = (flags: readonly string[], settings: Readonly<Record<string, string>> = {}): Promise<Finished> =>
  runCommand(["doctor", "--azure", ...flags], { settings: { ...simulator.settings, ...settings } });
const summaryOf = (finished: Finished): Record<string, unknown> & { checks: Check[] } => {
  const last = jsonLines(finished).at(-1);
  expect(last?.message_type, finished.stderr).toBe("summary");
  return last as Record<string, unknown> & { checks: Check[] };
};
const missing = ({ checks }: { readonly checks: readonly Check[] }): string[] =>
  checks.filter(({ allowed }) => !allowed).map(({ scope, action }) => `${scope.split("/").at(-1)} ${action}`);

describe.concurrent("doctor --azure", { timeout: 120_000 }, () => {
  it("C13: names the subscription that answers 403 and the action that a vault lacks, and exits 1", async () => {
    const json = await doctor(["--json"]);
    expect(json.code).toBe(1);
    const summary = summaryOf(json);
    expect(missing(summary)).toEqual([`vault-poor ${BACKUP}`, `${LOCKED} Microsoft.Authorization/permissions/read`]);
    for (const check of summary.checks) expect(check.advice !== undefined).toBe(!check.allowed);
    expect(summary).toMatchObject({ subscriptions: 2, vaults: 3, missing: 2, graphCalls: 1 });
    // Every check is a line of its own before the summary.
    expect(jsonLines(json).slice(0, -1)).toEqual(summary.checks.map((check) => ({ message_type: "check", ...check })));

    const text = await doctor([]);
    expect(text.code).toBe(1);
    const flat = text.stdout.replaceAll(/\s+/g, " ");
    expect(flat).toContain("vault-poor Recovery Services vault 5 of 6");
    expect(flat).toContain(`${BACKUP} at vault-poor`);
    expect(flat).toContain("Microsoft.Authorization/permissions/read at locked[U+001B][31m");
    expect(flat).toMatch(/2 actions are missing; 2 subscriptions and 3 vaults looked at\. $/);
    expect(text.stdout).not.toContain("\u001b");
  });

  it("exits 0 when everything is allowed, and triggers nothing", async () => {
    const store = join(temporaryFolder(), "store");
    const finished = await doctor(["--json", "--subscription", PRODUCTION, "--vault", "vault-well,vault-new"], { REPRISE_STORE: store });
    expect(finished.code).toBe(0);
    expect([missing(summaryOf(finished)), finished.stderr]).toEqual([[], ""]);
    expect(
      summaryOf(finished)
        .checks.filter(({ scope }) => scope === store)
        .map(({ action }) => action),
    ).toEqual(["write", "read", "delete"]);
    expect(
      readdirSync(store, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && entry.parentPath.includes("doctor")),
    ).toEqual([]);
    expect((await simulator.log()).filter(({ method, path }) => method !== "GET" && !path.includes("ResourceGraph"))).toEqual([]);
  });

  it("C2: names a configured subscription that cannot be seen, and a store that cannot be reached", async () => {
    const finished = await doctor(["--json"], {
      REPRISE_SUBSCRIPTIONS: `${PRODUCTION},${UNSEEN}`,
      REPRISE_EXCLUDE_VAULTS: "vault-poor",
      REPRISE_STORE: "http://127.0.0.1:9/account/reprise-runs",
    });
    expect(finished.code).toBe(1);
    expect(missing(summaryOf(finished))).toEqual([`${UNSEEN} Microsoft.Resources/subscriptions/read`, "reprise-runs open"]);
  });

  it("C13: tries the host's storage account, and names a key that does not fit", async () => {
    const azurite = await startAzurite();
    try {
      const flags = ["--json", "--subscription", PRODUCTION, "--vault", "vault-well"];
      const good = await doctor(flags, { AzureWebJobsStorage: azurite.connectionString });
      expect(good.code).toBe(0);
      const atStore = ({ checks }: { readonly checks: readonly Check[] }): [string | undefined, boolean][] =>
        checks.filter(({ scope }) => scope.endsWith("/reprise-runs")).map(({ action, allowed }) => [action.split("/").at(-1), allowed]);
      expect(atStore(summaryOf(good))).toEqual([
        ["write", true],
        ["read", true],
        ["delete", true],
      ]);
      const otherKey = azurite.connectionString.replace(/AccountKey=[^;]*/, `AccountKey=${Buffer.alloc(64, 7).toString("base64")}`);
      const bad = await doctor(flags, { AzureWebJobsStorage: otherKey });
      expect(bad.code).toBe(1);
      expect(atStore(summaryOf(bad)).filter(([, allowed]) => allowed)).toEqual([]);
      expect(missing(summaryOf(bad)).length).toBeGreaterThan(0);
      expect(bad.stdout + bad.stderr).not.toContain(Buffer.alloc(64, 7).toString("base64"));
    } finally {
      await azurite.stop();
    }
  });

  it.each([
    [["doctor"], /--azure: found nothing; allowed: --azure/],
    [["doctor", "--azure", "--subscription", "prod"], /--subscription: found \["prod"\]; allowed: /],
    [
      ["doctor", "--azure", "--subscription", PRODUCTION, "--management-group", "mg"],
      /--management-group: found "mg"; allowed: nothing while/,
    ],
  ])("U5: %j is refused", async (args, expected) => {
    const finished = await runCommand(args, { settings: simulator.settings });
    expect([finished.code, finished.stdout]).toEqual([2, ""]);
    expect(finished.stderr).toMatch(expected);
  });
});
