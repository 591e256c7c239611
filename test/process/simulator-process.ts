/** `reprise simulate` as a process of its own, and what it received. In: an estate. Out: its URL and what it counted. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { startCommand, temporaryFolder } from "../support/command-line.ts";

export interface SimulatedCall {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly item: string | null;
}

export interface ItemState {
  readonly name: string;
  readonly backupsAccepted: number;
  readonly jobs: readonly { readonly status: string; readonly userTriggered: boolean; readonly expiry?: string }[];
}

export interface SimulatorProcess {
  readonly url: string;
  /** The settings of a command that works on it, without long waits. */
  readonly settings: Readonly<Record<string, string>>;
  log(): Promise<SimulatedCall[]>;
  /** Backups accepted, by item. */
  accepted(): Promise<Record<string, number>>;
  items(): Promise<ItemState[]>;
  /** Until `reached` holds; throws after 90 s. */
  until(reached: (accepted: Record<string, number>) => boolean): Promise<void>;
  stop(): Promise<void>;
}

const QUICK = { REPRISE_POLL_SECONDS: "1", REPRISE_BACKOFF_FIRST_SECONDS: "1", REPRISE_REQUEST_TIMEOUT_SECONDS: "20" };

export async function startSimulator(estate: object): Promise<SimulatorProcess> {
  const file = join(temporaryFolder(), "estate.json");
  writeFileSync(file, JSON.stringify(estate));
  const command = startCommand(["simulate", "--port", "0", "--estate", file, "--json"]);
  const ready = JSON.parse(await command.firstLine) as { message_type: string; url: string };
  const read = async (what: string): Promise<string> => (await fetch(`${ready.url}/_simulator/${what}`)).text();
  const items = async (): Promise<ItemState[]> => (JSON.parse(await read("state")) as { items: ItemState[] }).items;
  const accepted = async (): Promise<Record<string, number>> =>
    Object.fromEntries((await items()).map((item) => [item.name, item.backupsAccepted]));
  return {
    url: ready.url,
    settings: { ...QUICK, REPRISE_ARM_ENDPOINT: ready.url },
    items,
    accepted,
    log: async () =>
      (await read("log"))
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as SimulatedCall),
    async until(reached) {
      const giveUpMs = Date.now() + 90_000;
      for (;;) {
        const now = await accepted();
        if (reached(now)) return;
        if (Date.now() > giveUpMs) throw new Error(`the simulator never got there: ${JSON.stringify(now)}`);
        await pause(50);
      }
    },
    async stop() {
      command.child.kill("SIGTERM");
      await command.ended;
    },
  };
}

/** Vaults of VMs whose backups failed some hours ago; on real time, jobs last a 600th of what `after` says. A run takes one with `--vault`. */
export function quickEstate(
  vaults: Readonly<Record<string, readonly Record<string, unknown>[]>>,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    speed: 600,
    subscriptions: [
      {
        id: "11111111-1111-1111-1111-111111111111",
        name: "production",
        vaults: Object.entries(vaults).map(([name, items]) => ({
          name,
          kind: "RecoveryServices",
          items: items.map((item) => ({ workload: "AzureIaasVM", resourceGroup: "rg-app", ...item })),
        })),
      },
    ],
    ...more,
  };
}

export function failed(errorCode: string, start = "-6h", end = "-5h50m"): Record<string, unknown> {
  return { status: "Failed", start, end, errorCode };
}
