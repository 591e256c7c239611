/** HTTP to `targetPort` of this machine; units are refused as told. What is refused does not reach the service. */
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

export interface Refusal {
  readonly status: number;
  readonly times: number;
  /** Units that get through before. */
  readonly afterUnits: number;
  readonly retryAfterSeconds?: number;
}

export interface RefusingProxy {
  readonly port: number;
  readonly refuse: (refusal: Refusal) => void;
  /** When units were refused, and when the same unit came again. */
  readonly refusedMs: readonly number[];
  readonly againMs: readonly number[];
  readonly stop: () => Promise<void>;
}

export async function startRefusingProxy(targetPort: number): Promise<RefusingProxy> {
  let refusal: Refusal | undefined;
  let [units, refused] = [0, 0];
  let refusedMs: number[] = [];
  let againMs: number[] = [];
  let path: string | undefined;

  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await buffer(incoming);
    const { method, url = "", headers } = incoming;
    if (refusal !== undefined && method === "PUT" && /[?&]comp=block(&|$)/.test(url)) {
      if (url === path && againMs.length < refusedMs.length) againMs.push(performance.now());
      // One unit: what it waits is its own.
      if (units++ >= refusal.afterUnits && refused < refusal.times && (path === undefined || path === url)) {
        path = url;
        refused++;
        refusedMs.push(performance.now());
        const { retryAfterSeconds, status } = refusal;
        if (retryAfterSeconds !== undefined) outgoing.setHeader("retry-after", retryAfterSeconds);
        return void outgoing.writeHead(status, { "content-length": 0 }).end();
      }
    }
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      request({ host: "127.0.0.1", port: targetPort, method, path: url, headers }, resolve).once("error", reject).end(body);
    });
    outgoing.writeHead(answer.statusCode ?? 500, answer.rawHeaders);
    outgoing.end(await buffer(answer));
  };
  const server = createServer((incoming, outgoing) => void pass(incoming, outgoing).catch(() => incoming.socket.destroy()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    refuse: (next) => {
      refusal = next;
      [units, refused, path, refusedMs, againMs] = [0, 0, undefined, [], []];
    },
    get refusedMs() {
      return refusedMs;
    },
    get againMs() {
      return againMs;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
