import { createServer, request } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

interface Loss {
  readonly method: string;
  /** `answer`: the server has done it, the client never hears of it; `half`: it hears one half of the body; a number: it gets that status instead. */
  readonly lose: "answer" | "half" | number;
  /** Runs before the connection breaks. */
  readonly meanwhile?: () => Promise<void>;
}

export interface LossyProxy {
  readonly port: number;
  /** The next request of that method is lost, once. */
  readonly next: (loss: Loss) => void;
  /** Methods of the requests so far; emptied by reading. */
  readonly takeLog: () => string[];
  readonly stop: () => Promise<void>;
}

/** Passes HTTP on to `targetPort` of this machine, and loses what it is told to. */
export async function startLossyProxy(targetPort: number): Promise<LossyProxy> {
  let losses: Loss[] = [];
  let log: string[] = [];
  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    log.push(incoming.method ?? "");
    const loss = losses.find(({ method }) => method === incoming.method);
    losses = losses.filter((each) => each !== loss);
    const body = await buffer(incoming);
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const { method, url, headers } = incoming;
      request({ host: "127.0.0.1", port: targetPort, method, path: url, headers }, resolve).once("error", reject).end(body);
    });
    const bytes = await buffer(answer);
    await loss?.meanwhile?.();
    if (loss?.lose === "answer") return void incoming.socket.destroy();
    if (typeof loss?.lose === "number") return void outgoing.writeHead(loss.lose, { "content-length": 0 }).end();
    outgoing.writeHead(answer.statusCode ?? 500, answer.rawHeaders);
    if (loss?.lose === "half") return void outgoing.write(bytes.subarray(0, bytes.length / 2), () => incoming.socket.destroy());
    outgoing.end(bytes);
  };
  const server = createServer((incoming, outgoing) => void pass(incoming, outgoing).catch(() => incoming.socket.destroy()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    next: (loss) => void losses.push(loss),
    takeLog: () => log.splice(0),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
