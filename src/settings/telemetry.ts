/**
 * Where telemetry goes, from the names that the Functions host reads too. In: an environment. Out: a destination, or why there is none. These are not our
 * settings, and telemetry must not keep a run from its work: what is wrong here is said and not refused.
 */
import { isLoopback, readEndpoint } from "./addresses.ts";
import type { Environment } from "./settings.ts";

export interface TelemetryDestination {
  readonly connectionString: string;
  /** Sign in with the app's identity; without it the component has to take telemetry from whoever knows its key. */
  readonly signsIn: boolean;
  /** It is on this machine, over plain http: a test's. No token goes there. */
  readonly plainHttpOrigin?: string;
  /** What the platform calls the app. */
  readonly roleName: string;
}

export type TelemetryChoice =
  | { readonly kind: "none" }
  | { readonly kind: "wrong"; readonly problem: string }
  | { readonly kind: "to"; readonly destination: TelemetryDestination };

const DEFAULT_ENDPOINT = "https://dc.services.visualstudio.com";
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A simulated run tells nobody but this machine: its failures must not wake anybody. */
export function chooseTelemetry(environment: Environment, { isSimulated }: { readonly isSimulated: boolean }): TelemetryChoice {
  const connectionString = environment.APPLICATIONINSIGHTS_CONNECTION_STRING?.trim() ?? "";
  if (connectionString === "") return { kind: "none" };
  const parts = partsOf(connectionString);
  const endpoint = readEndpoint(parts.get("ingestionendpoint") ?? DEFAULT_ENDPOINT);
  if (endpoint === undefined || !GUID.test(parts.get("instrumentationkey") ?? ""))
    return {
      kind: "wrong",
      problem:
        "APPLICATIONINSIGHTS_CONNECTION_STRING: found a value that is none; allowed: InstrumentationKey=GUID;IngestionEndpoint=https://…. Telemetry is off.",
    };
  if (isSimulated && !isLoopback(endpoint.hostname)) return { kind: "none" };
  return {
    kind: "to",
    destination: {
      connectionString,
      signsIn:
        endpoint.protocol === "https:" &&
        /(?:^|;)\s*Authorization\s*=\s*AAD\s*(?:;|$)/i.test(environment.APPLICATIONINSIGHTS_AUTHENTICATION_STRING ?? ""),
      ...(endpoint.protocol === "http:" && { plainHttpOrigin: endpoint.origin }),
      roleName: environment.WEBSITE_SITE_NAME?.trim() || "reprise",
    },
  };
}

function partsOf(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(";").flatMap((part) => {
      const at = part.indexOf("=");
      return at < 0 ? [] : [[part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim()] as const];
    }),
  );
}
