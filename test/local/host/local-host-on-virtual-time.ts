/** A host on a frozen virtual clock with a hub in memory, for tests. */
import { createVirtualClock, type VirtualClock } from "../../../src/local/clock/virtual.ts";
import { createLocalHost } from "../../../src/local/host/create-local-host.ts";
import type { HostLogLine, HostResponse, LocalHost, LocalHostOptions } from "../../../src/local/host/local-host.ts";

export const START_MS = Date.parse("2026-11-20T13:00:00Z");

export interface TestHost {
  readonly host: LocalHost;
  readonly clock: VirtualClock;
  readonly lines: HostLogLine[];
  /** Starts an orchestrator over the management API; gives the instance's id. */
  start(name: string, instanceId: string, input?: unknown): Promise<HostResponse>;
  /** A call of the management API, below `instances/`. */
  manage(method: string, path: string, body?: unknown): Promise<HostResponse>;
  /** Does something when the virtual clock is this many seconds after the start of the clock. */
  after(seconds: number, act: () => unknown): void;
  stop(): Promise<void>;
}

const MANAGEMENT = "/runtime/webhooks/durabletask";

export async function startTestHost(app: string, options: Partial<LocalHostOptions> = {}): Promise<TestHost> {
  const clock = createVirtualClock({ startMs: START_MS, between: "frozen" });
  const lines: HostLogLine[] = [];
  const host = await createLocalHost({
    entryPoints: [new URL(`apps/${app}.ts`, import.meta.url)],
    clock,
    hubFile: ":memory:",
    hubName: "TestHub",
    log: (line) => lines.push(line),
    environment: {},
    ...options,
  });
  const text = (body: unknown): string => (body === undefined ? "" : JSON.stringify(body));
  return {
    host,
    clock,
    lines,
    start: (name, instanceId, input) => host.request("POST", `${MANAGEMENT}/orchestrators/${name}/${instanceId}`, text(input)),
    manage: (method, path, body) => host.request(method, `${MANAGEMENT}/instances/${path}`, text(body)),
    after: (seconds, act) => {
      clock.at(START_MS + seconds * 1000, () => void clock.work(async () => act()));
    },
    stop: async () => {
      await host.stop();
      clock.stop();
    },
  };
}
