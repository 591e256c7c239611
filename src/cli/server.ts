/** What the commands that stay up share. */
import { jsonLine } from "./output/json.ts";
import { UsageError, type Terminal } from "./terminal.ts";

/** @throws UsageError for anything but a port number */
export function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new UsageError(`--port: found ${JSON.stringify(text)}; allowed: a number from 0 (any free port) to 65535.`);
  return port;
}

/** The URL is the first line of stdout, for scripts. */
export function announce(terminal: Terminal, url: string, json: boolean): void {
  terminal.out(json ? jsonLine({ message_type: "ready", url }) : `${url}\n`);
}
