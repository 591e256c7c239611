/** What the cloud part is given from outside: production and the local host hand in different ones, the code is the same. */
import type { Clock } from "../clock/clock.ts";
import type { ControlPlane } from "./control-plane.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { Limits } from "./limits/limits.ts";
import type { Telemetry } from "./telemetry/telemetry.ts";

export interface CloudDependencies {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly controlPlane: ControlPlane;
  /** Shared with every other instance. */
  readonly limits: Limits;
  /** No request to Azure is under way for longer. */
  readonly requestTimeoutMs: number;
  readonly telemetry: Telemetry;
}

/** The part of the durable client that activities use. */
export interface OrchestrationClient {
  startNew(orchestrator: string, options: { instanceId: string; input: unknown }): Promise<string>;
  raiseEvent(instanceId: string, eventName: string, eventData: unknown): Promise<void>;
  terminate(instanceId: string, reason: string): Promise<void>;
}
