/**
 * Faults as data. In: the faults of the estate and a call. Out: what happens to the call.
 *
 * The first fault that fits and has uses left decides; delays add up and let the next one fit too; `stale` changes only how old Resource Graph's
 * rows are. Without `times` a fault lasts for ever. `status` with a number is that HTTP status; with a symbol it is that error code under its usual
 * HTTP status (or the one given in `status`), except on `operation`, where a symbol without a status ends the operation itself as `Failed`.
 */
import type { EstateFault, FaultTarget } from "./estate/schema.ts";
import { failure, type SimulatorResponse } from "./messages.ts";
import type { Item, Subscription, Vault } from "./state/tenant.ts";

interface FaultCall {
  readonly target: FaultTarget | undefined;
  readonly subscription?: Subscription | undefined;
  readonly vault?: Vault | undefined;
  readonly item?: Item | undefined;
}

interface FaultOutcome {
  readonly delayMs: number;
  readonly staleMs: number;
  readonly fault: EstateFault | undefined;
}

export interface Faults {
  readonly take: (call: FaultCall) => FaultOutcome;
  /** Counts a use that happened before a restart. */
  readonly replay: (index: number) => void;
}

/** @param onUse is told of each use of a fault that has a limited number of them. */
export function createFaults(faults: readonly EstateFault[], onUse: (index: number) => void): Faults {
  const left = faults.map((fault) => fault.times ?? Number.POSITIVE_INFINITY);
  const use = (index: number): void => {
    if (left[index] === Number.POSITIVE_INFINITY) return;
    left[index] = (left[index] ?? 0) - 1;
    onUse(index);
  };
  return {
    replay(index) {
      left[index] = Math.max(0, (left[index] ?? 0) - 1);
    },
    take(call) {
      let delayMs = 0;
      let staleMs = 0;
      for (const [index, fault] of faults.entries()) {
        if ((left[index] ?? 0) <= 0 || !fits(fault, call)) continue;
        if (fault.do === "stale" && staleMs > 0) continue;
        use(index);
        if (fault.do === "stale") staleMs = (fault.seconds ?? 0) * 1000;
        else if (fault.do === "delay") delayMs += (fault.seconds ?? 0) * 1000;
        else return { delayMs, staleMs, fault };
      }
      return { delayMs, staleMs, fault: undefined };
    },
  };
}

const same = (wanted: string | undefined, ...names: readonly (string | undefined)[]): boolean =>
  wanted === undefined || names.some((name) => name?.toLowerCase() === wanted.toLowerCase());

function fits(fault: EstateFault, call: FaultCall): boolean {
  if (fault.on !== "any" && fault.on !== call.target) return false;
  // A query over the whole tenant touches every subscription, vault and item; `any` with a name means the calls that name it.
  if (call.target === "graph") return fault.on === "graph" || (fault.subscription ?? fault.vault ?? fault.item) === undefined;
  return (
    same(fault.subscription, call.subscription?.id, call.subscription?.name) &&
    same(fault.vault, call.vault?.name) &&
    same(fault.item, call.item?.name)
  );
}

const SYMBOL_OF_STATUS: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "AuthenticationFailed",
  403: "AuthorizationFailed",
  404: "ResourceNotFound",
  408: "RequestTimeout",
  409: "Conflict",
  429: "TooManyRequests",
  500: "InternalServerError",
  502: "BadGateway",
  503: "ServiceUnavailable",
  504: "GatewayTimeout",
};

const STATUS_OF_SYMBOL: readonly (readonly [RegExp, number])[] = [
  [/^(?:Linked)?AuthorizationFailed$/, 403],
  [/^AuthenticationFailed/, 401],
  [/^(?:Resource|ResourceGroup|Subscription)NotFound$/, 404],
  [/InProgress$|ObjectLocked$|Conflict/, 409],
  [/TooManyRequests|Throttl/, 429],
  [/InternalError$|InternalServerError$/, 500],
  [/^ServiceUnavailable$/, 503],
  [/^GatewayTimeout$/, 504],
];

/** The answer of a `status` fault. */
export function statusAnswer(fault: EstateFault): SimulatorResponse {
  const { code = 500 } = fault;
  if (typeof code === "number")
    return failure(code, SYMBOL_OF_STATUS[code] ?? `Error${code}`, "This answer was asked for by the estate's faults.");
  const status = fault.status ?? STATUS_OF_SYMBOL.find(([pattern]) => pattern.test(code))?.[1] ?? 400;
  return failure(status, code, "This answer was asked for by the estate's faults.");
}
