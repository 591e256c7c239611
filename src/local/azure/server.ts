/** The simulator behind real sockets, on the loopback address only. A dropped connection is a destroyed socket. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { failure, type SimulatorResponse } from "./messages.ts";
import type { Simulator } from "./simulator.ts";

const HOST = "127.0.0.1";

/** Azure's front ends keep idle connections for minutes; Node's few seconds would drop requests that no fault asked for. */
const KEEP_ALIVE_MS = 240_000;

/** Larger bodies are no requests of ours. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

export interface SimulatorServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/**
 * @param options.port 0 for any free one.
 * @throws Error (`EADDRINUSE`, `EACCES`) when the port cannot be taken.
 */
export async function startSimulatorServer(simulator: Simulator, { port }: { readonly port: number }): Promise<SimulatorServer> {
  let url = "";
  const server = createServer((incoming, outgoing) => {
    respond(simulator, url, incoming, outgoing).catch((error: unknown) => {
      // The caller went away, or the simulator itself is at fault: the latter has to be seen.
      if (outgoing.headersSent || incoming.socket.destroyed) incoming.socket.destroy();
      else send(outgoing, failure(500, "SimulatorError", error instanceof Error ? error.message : String(error)));
    });
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, HOST, () => {
      server.off("error", reject);
      resolve();
    });
  });
  url = `http://${HOST}:${(server.address() as AddressInfo).port}`;
  return {
    url,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}

async function respond(simulator: Simulator, origin: string, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const body = await readBody(incoming);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) headers[name] = Array.isArray(value) ? value.join(", ") : (value ?? "");
  const gone = new AbortController();
  outgoing.once("close", () => gone.abort());
  const request = { method: incoming.method ?? "GET", url: `${origin}${incoming.url ?? "/"}`, headers, body };
  const answer = await simulator.clock.work(() => simulator.handle(request, gone.signal));
  if (answer === "drop") {
    incoming.socket.destroy();
    return;
  }
  send(outgoing, answer);
}

function send(outgoing: ServerResponse, { status, headers, body }: SimulatorResponse): void {
  outgoing.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
  outgoing.end(body);
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Error("The request's body is too large.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
