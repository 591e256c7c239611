/** A real HTTP server on this machine that answers by a function, and keeps what it received. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

export interface ReceivedRequest {
  readonly method: string;
  /** As sent: path and query, still encoded. */
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly text?: string;
  /** Ends the connection in place of an answer. */
  readonly drop?: boolean;
  /** Ends the connection within the body. */
  readonly cut?: boolean;
  /** Never answers. */
  readonly silent?: boolean;
}

export interface LoopbackServer extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly ReceivedRequest[];
}

export async function startServer(answer: (request: ReceivedRequest, count: number) => Reply): Promise<LoopbackServer> {
  const received: ReceivedRequest[] = [];
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const text = Buffer.concat(chunks).toString("utf8");
      const request: ReceivedRequest = {
        method: incoming.method ?? "",
        url: incoming.url ?? "",
        headers: incoming.headers,
        body: text === "" ? undefined : JSON.parse(text),
      };
      received.push(request);
      const reply = answer(request, received.length);
      if (reply.drop) return incoming.socket.destroy();
      if (reply.silent) return;
      if (reply.cut) {
        outgoing.writeHead(reply.status ?? 200, { ...reply.headers, "content-length": "1000" });
        outgoing.write("{", () => setImmediate(() => incoming.socket.destroy()));
        return;
      }
      const body = reply.text ?? (reply.json === undefined ? "" : JSON.stringify(reply.json));
      outgoing.writeHead(reply.status ?? 200, {
        ...(reply.json !== undefined && { "content-type": "application/json; charset=utf-8" }),
        ...reply.headers,
      });
      outgoing.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
