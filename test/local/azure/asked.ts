/** A simulator on a virtual clock and short ways to ask it. */
import { estateNowMs, parseEstate } from "../../../src/local/azure/estate/estate.ts";
import type { Journal } from "../../../src/local/azure/journal.ts";
import { createSimulator, type Simulator, type SimulatorResponse } from "../../../src/local/azure/simulator.ts";
import { createVirtualClock, type VirtualClock } from "../../../src/local/clock/virtual.ts";

export const NOW = "2026-11-20T13:00:00Z";
export const SUBSCRIPTION = "11111111-1111-4111-8111-111111111111";
const ORIGIN = "https://management.azure.com";

export interface Asked {
  readonly clock: VirtualClock;
  readonly simulator: Simulator;
  readonly get: (path: string) => Promise<SimulatorResponse | "drop">;
  readonly post: (path: string, body: unknown) => Promise<SimulatorResponse | "drop">;
  readonly graph: (query: string, options?: object, rest?: object) => Promise<Answer>;
  readonly pass: (seconds: number) => Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  // The shapes of answers are what the tests are about.
  readonly body: Json;
}

export type Json = { readonly [key: string]: Json } & readonly Json[] & string;

export function ask(estate: object, journal?: Journal): Asked {
  const parsed = parseEstate(JSON.stringify({ now: NOW, ...estate }));
  const clock = createVirtualClock({ startMs: estateNowMs(parsed) ?? 0, between: "frozen" });
  const simulator = createSimulator({ estate: parsed, clock, ...(journal !== undefined && { journal }) });
  const send = (method: string, path: string, body: string): Promise<SimulatorResponse | "drop"> => {
    const url = path.startsWith("https:") ? path : `${ORIGIN}${path}${path.includes("?") ? "&" : "?"}api-version=2023-06-01`;
    return clock.work(() => simulator.handle({ method, url, headers: { authorization: "Bearer placeholder" }, body }));
  };
  return {
    clock,
    simulator,
    get: (path) => send("GET", path, ""),
    post: (path, body) => send("POST", path, JSON.stringify(body)),
    graph: async (query, options = {}, rest = {}) =>
      read(await send("POST", "/providers/Microsoft.ResourceGraph/resources", JSON.stringify({ query, options, ...rest }))),
    pass: (seconds) => clock.work(() => clock.sleep(seconds * 1000)),
  };
}

export function read(response: SimulatorResponse | "drop"): Answer {
  if (response === "drop") throw new Error("the connection was dropped");
  return { status: response.status, headers: response.headers, body: (response.body === "" ? {} : JSON.parse(response.body)) as Json };
}

/** An estate of one subscription and one Recovery Services vault. */
export function oneVault(items: readonly object[], rest: object = {}, vault: object = {}): object {
  return {
    subscriptions: [
      {
        id: SUBSCRIPTION,
        name: "production",
        vaults: [{ name: "vault-weu", kind: "RecoveryServices", resourceGroup: "rg-backup", location: "westeurope", items, ...vault }],
      },
    ],
    ...rest,
  };
}

export function vm(name: string, rest: object = {}): object {
  return { name, workload: "AzureIaasVM", resourceGroup: "rg-app", ...rest };
}

export const VAULT = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-backup/providers/Microsoft.RecoveryServices/vaults/vault-weu`;

export function itemPath(name: string): string {
  return `${VAULT}/backupFabrics/Azure/protectionContainers/iaasvmcontainer%3Biaasvmcontainerv2%3Brg-app%3B${name}/protectedItems/vm%3Biaasvmcontainerv2%3Brg-app%3B${name}`;
}

export const VM_BODY = { properties: { objectType: "IaasVMBackupRequest", recoveryPointExpiryTimeInUTC: "2026-11-30T13:00:00.000Z" } };

/** The members of a list in an answer; none when it is no list. */
export function each(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}
