/**
 * The one place that tokens may go to. Every URL that an answer asks to follow (`nextLink`, `Azure-AsyncOperation`, redirects) is held against it.
 */
import { isLoopback, readEndpoint } from "../../settings/addresses.ts";

export interface Endpoint {
  /** Scheme, host and port, without a trailing slash. */
  readonly origin: string;
  /** Plain http on this machine: a simulator. No credential is asked for and none is sent. */
  readonly loopback: boolean;
  /** The scope of tokens for this endpoint. */
  readonly tokenScope: string;
}

/** An answer asked to follow a URL of another host. */
export class ForeignHostError extends Error {
  readonly code = "FOREIGN_HOST";
  constructor(url: string, endpoint: Endpoint) {
    super(`The service asked to follow ${originOf(url)}, which is not the endpoint ${endpoint.origin}. Nothing was sent there.`);
    this.name = "ForeignHostError";
  }
}

/** Throws with the field, what was found and what is allowed. */
export function parseEndpoint(text: string): Endpoint {
  const url = readEndpoint(text);
  if (url === undefined || url.pathname !== "/" || url.search !== "" || url.hash !== "") {
    throw new Error(
      `Expected the Resource Manager endpoint to be an https URL of a host alone, or plain http on this machine (127.0.0.1, localhost), found ${JSON.stringify(text)}.`,
    );
  }
  return { origin: url.origin, loopback: url.protocol === "http:" && isLoopback(url.hostname), tokenScope: `${url.origin}/.default` };
}

export function isAtEndpoint(url: string, endpoint: Endpoint): boolean {
  return originOf(url) === endpoint.origin;
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : "a malformed URL";
}
