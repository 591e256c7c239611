import { isIPv4 } from "node:net";
import type { Kind } from "./kinds.ts";

/** True for names and addresses of this machine, as `URL.hostname` spells them. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || (isIPv4(hostname) && hostname.startsWith("127."));
}

/** A URL that a token or data may be sent to: https, or plain http to this machine, without user and password. Undefined for anything else. */
export function readEndpoint(text: string): URL | undefined {
  // The parser drops control characters and takes a backslash for a slash: what it was given would not be what is shown.
  if (!URL.canParse(text) || /[\s\\\p{Cc}]/u.test(text)) return undefined;
  const url = new URL(text);
  const safe = url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname));
  return safe && url.hostname !== "" && url.username === "" && url.password === "" ? url : undefined;
}

/** Such a URL of scheme and host alone, given without a slash at its end. */
export const originUrl: Kind<string> = {
  allowed: "an https URL without user, path or query; plain http only to this machine (127.0.0.0/8, ::1, localhost)",
  read: (text) => {
    const url = readEndpoint(text);
    return url === undefined || url.pathname !== "/" || /[?#]/.test(text) ? undefined : url.origin;
  },
};
