/** Requests and answers of the simulated control plane, and its error bodies. */

export interface SimulatorRequest {
  readonly method: string;
  /** The whole URL: links in answers begin with its origin. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SimulatorResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): SimulatorResponse {
  return { status, headers: { "content-type": "application/json; charset=utf-8", ...headers }, body: JSON.stringify(body) };
}

export interface ErrorDetail {
  readonly code: string;
  readonly message: string;
}

/** The `CloudError` shape: `{ error: { code, message, details } }`. */
export function failure(
  status: number,
  code: string,
  message: string,
  { details, headers = {} }: { readonly details?: readonly ErrorDetail[]; readonly headers?: Readonly<Record<string, string>> } = {},
): SimulatorResponse {
  return json(status, { error: { code, message, ...(details !== undefined && { details }) } }, headers);
}
