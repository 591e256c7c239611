/**
 * What a fault of a transfer means (R4). In: what is known of it, as data. Out: whether the connection dropped (R1 brings it back), the request is to be
 * repeated, or the task fails (J1-J6 decide). It does not say how long to wait (`reconnect.ts`).
 */

export interface Fault {
  /** The HTTP status, when there was an answer. It decides before the code does. */
  readonly status?: number | undefined;
  /** What the system, the network or the store calls it: `ECONNRESET`, `STORE_UNREACHABLE`. */
  readonly code?: string | undefined;
  /** What the answer asked for in `Retry-After` or `x-ms-retry-after-ms`. */
  readonly retryAfterMs?: number | undefined;
  /** Ended by the caller's own deadline. */
  readonly timedOut?: boolean | undefined;
}

export type FaultVerdict =
  /** `idle`: it may be no more than a connection that the other side closed because it was idle. Worth one attempt at once. */
  | { readonly kind: "drop"; readonly reason: string; readonly idle: boolean }
  | { readonly kind: "repeat"; readonly afterMs: number | undefined; readonly reason: string }
  | { readonly kind: "failure"; readonly reason: string };

/** https://learn.microsoft.com/rest/api/storageservices/status-and-error-codes2: 500 is "operation timed out", 503 "server busy". */
const REPEATED_STATUSES: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/** Everything that says "the other side is not reached (any more)". */
const DROPS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ECONNRESET: "the connection was reset",
    ECONNABORTED: "the connection was reset",
    ECONNREFUSED: "the connection was refused",
    EHOSTUNREACH: "the host cannot be reached",
    ENETUNREACH: "the network cannot be reached",
    ENETDOWN: "the network is down",
    ENETRESET: "the network was reset",
    EADDRNOTAVAIL: "this machine has no address to connect from",
    EPIPE: "the connection was closed",
    ERR_STREAM_PREMATURE_CLOSE: "the answer broke off",
    ERR_SOCKET_CLOSED: "the connection was closed",
    HPE_INVALID_EOF_STATE: "the answer broke off",
    HPE_INVALID_CONSTANT: "the answer was garbled",
    HPE_INVALID_CHUNK_SIZE: "the answer was garbled",
    HPE_INVALID_HEADER_TOKEN: "the answer was garbled",
    HPE_CLOSED_CONNECTION: "the connection was closed",
    UND_ERR_SOCKET: "the connection was closed",
    UND_ERR_CONNECT_TIMEOUT: "no answer in time",
    ETIMEDOUT: "no answer in time",
    ESOCKETTIMEDOUT: "no answer in time",
    ENOTFOUND: "the host's name cannot be looked up",
    EAI_AGAIN: "the host's name cannot be looked up",
    EAI_NODATA: "the host's name cannot be looked up",
    ESTALE: "the share is gone",
    ENOTCONN: "the share is gone",
    EHOSTDOWN: "the share's server is down",
    ENXIO: "the device is gone",
    ENODEV: "the device is gone",
    REQUEST_SEND_ERROR: "the request could not be sent",
    STORE_UNREACHABLE: "the store cannot be reached",
    SOURCE_UNREACHABLE: "the source cannot be reached",
  }),
);

/** How a request fails that met the end of an idle connection. */
const IDLE: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE", "ERR_SOCKET_CLOSED", "UND_ERR_SOCKET"]);

/** `reachedBefore`: the other side has answered anything at all since the session began. What was never there is no dropped connection. */
export function classifyFault(fault: Fault, { reachedBefore }: { readonly reachedBefore: boolean }): FaultVerdict {
  const { status, code = "", retryAfterMs } = fault;
  if (status !== undefined) {
    if (!REPEATED_STATUSES.has(status)) return { kind: "failure", reason: `the service refused (${status})` };
    return { kind: "repeat", afterMs: retryAfterMs, reason: `the service is busy or failing (${status})` };
  }
  const reason = fault.timedOut === true ? "no answer in time" : DROPS.get(code);
  if (reason === undefined) return { kind: "failure", reason: code === "" ? "an error that says nothing of a connection" : code };
  if (!reachedBefore) return { kind: "failure", reason: `${reason}, and it was never reached before` };
  return { kind: "drop", reason, idle: IDLE.has(code) };
}
