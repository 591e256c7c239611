/** What the local Functions host takes and gives; `create-local-host.ts` makes one. */
import type { Clock } from "../../clock/clock.ts";
import type { HubFaults } from "../durable/faults.ts";

export type LogLevel = "trace" | "debug" | "information" | "warning" | "error" | "critical";

/** One line that a function (or the host itself, then without function name) wrote. */
export interface HostLogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly functionName?: string;
  readonly invocationId?: string;
}

export interface LocalHostOptions {
  /** Modules that register functions; imported once per process. */
  readonly entryPoints: readonly URL[];
  readonly clock: Clock;
  /** Path of the task hub's SQLite file, or ":memory:". Its folder must exist. */
  readonly hubFile: string;
  readonly hubName: string;
  readonly log: (line: HostLogLine) => void;
  /** Where `%NAME%` in schedules is looked up. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Activities under way at once. Default 10. */
  readonly maxActivities?: number;
  /** Orchestrator turns under way at once. Default 10. */
  readonly maxTurns?: number;
  /** Largest request body taken, else 413. Default 1 MiB. */
  readonly maxBodyBytes?: number;
  /** Whether timer triggers run. Default true. */
  readonly runsTimers?: boolean;
  /** For tests. Default: none. */
  readonly hubFaults?: HubFaults | undefined;
}

export type RuntimeStatus = "Pending" | "Running" | "Completed" | "Failed" | "Terminated" | "Suspended";

/** Times are ISO 8601; `input`, `output` and `customStatus` are parsed JSON. */
export interface InstanceState {
  readonly instanceId: string;
  readonly name: string;
  readonly runtimeStatus: RuntimeStatus;
  readonly input: unknown;
  readonly output: unknown;
  readonly customStatus: unknown;
  readonly createdTime: string;
  readonly lastUpdatedTime: string;
}

export interface InstanceFilter {
  readonly runtimeStatus?: readonly RuntimeStatus[];
  readonly instanceIdPrefix?: string;
  /** At most this many, in order of id. Default: all. */
  readonly top?: number;
}

/** `body` is what the function sent, unparsed. Header names are in lower case. */
export interface HostResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface LocalHost {
  /** Runs an HTTP function in process; `path` begins with `/api/` (or is one of the management paths) and may have a query. */
  request(method: string, path: string, body?: string | Uint8Array, headers?: Readonly<Record<string, string>>): Promise<HostResponse>;
  /** Serves on 127.0.0.1; 0 takes any free port. Fails with the system's error when the port is taken. */
  listen(port: number): Promise<{ readonly url: string; readonly port: number }>;
  /** Resolves once the instance is Completed, Failed or Terminated, also when it ended before; waits for an unknown id to be started. Rejects when the host stops. */
  waitForEnd(instanceId: string): Promise<InstanceState>;
  instances(filter?: InstanceFilter): readonly InstanceState[];
  /** Takes nothing new, gives handlers under way a moment of real time, then closes the file. Never hangs; a second call does nothing. */
  stop(): Promise<void>;
}
