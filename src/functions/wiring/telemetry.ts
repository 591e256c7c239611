/**
 * Decides whether anything is told. Without a destination nothing of OpenTelemetry is loaded: it costs some 20 MB and a few tenths of a second. Whatever goes wrong here
 * ends in silence and a sentence for the log, never in an error.
 */
import type { TokenCredential } from "@azure/core-auth";
import type { Clock } from "../../clock/clock.ts";
import { noTelemetry, type Telemetry } from "../../cloud/telemetry/telemetry.ts";
import { chooseTelemetry } from "../../settings/telemetry.ts";
import type { Environment } from "../../settings/settings.ts";

export interface Opened {
  readonly telemetry: Telemetry;
  /** Why nothing is told although it was asked for. */
  readonly problem?: string;
}

export async function openTelemetry(options: {
  readonly environment: Environment;
  readonly isSimulated: boolean;
  readonly clock: Clock;
  readonly credential: () => TokenCredential;
}): Promise<Opened> {
  const choice = chooseTelemetry(options.environment, options);
  if (choice.kind === "none") return { telemetry: noTelemetry };
  if (choice.kind === "wrong") return { telemetry: noTelemetry, problem: choice.problem };
  const { destination } = choice;
  try {
    const { createOpenTelemetry } = await import("./open-telemetry.ts");
    return {
      telemetry: createOpenTelemetry({
        destination,
        clock: options.clock,
        ...(destination.signsIn && { credential: options.credential() }),
      }),
    };
  } catch (error) {
    return {
      telemetry: noTelemetry,
      problem: `Telemetry is off: ${error instanceof Error ? error.name : "an error"} while it was set up.`,
    };
  }
}
