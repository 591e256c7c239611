import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";

export interface TcpProxy {
  readonly port: number;
  /** Passes everything on again. A connection of which anything was swallowed stays dead, as one that the network has forgotten: TCP leaves no gaps. */
  readonly pass: () => Promise<void>;
  /** Resets every connection, once. */
  readonly cut: () => void;
  /** Resets every connection and listens no more. */
  readonly refuse: () => Promise<void>;
  /** Connections stay open and new ones are taken, but no byte gets through in either direction. */
  readonly blackhole: () => void;
  /** Connections stay open and are silent for ever; new ones are refused. */
  readonly halfOpen: () => void;
  /** Runs it once, at the moment when so many bytes have passed. */
  readonly at: (moment: { readonly way: "up" | "down"; readonly bytes: number }, run: () => void) => void;
  /** That the client has sent so far. */
  readonly bytesUp: () => number;
  readonly bytesDown: () => number;
  /** Of those: in requests whose connection ended before any of their answer had passed. */
  readonly bytesUnanswered: () => number;
  /** Requests that wait for their answer now, of which so many bytes have come. */
  readonly requestsUnderWay: (atLeastBytes: number) => number;
  readonly stop: () => Promise<void>;
}

export interface TcpProxyOptions {
  /** Of all connections together, from the client to the server. */
  readonly bytesPerSecondUp?: number;
  /** Where it listens. */
  readonly host?: string;
}

const SLOWEST_PAUSE_MS = 10;

/** A line to `targetPort` of this machine that can be slow, cut, closed and made to swallow everything. */
export async function startTcpProxy(targetPort: number, options: TcpProxyOptions = {}): Promise<TcpProxy> {
  const { bytesPerSecondUp, host = "127.0.0.1" } = options;
  const open = new Set<Socket>();
  /** Of each connection, by its nearer end: bytes of the request that has no answer yet. */
  const waiting = new Map<Socket, number>();
  const dead = new WeakSet<Socket>();
  const moments = new Set<{ readonly reached: () => boolean; readonly run: () => void }>();
  let swallowing = false;
  let [bytesUp, bytesDown, bytesUnanswered] = [0, 0, 0];
  let freeAtMs = 0;
  let port = 0;

  const reachMoments = (): void => {
    for (const moment of moments)
      if (moment.reached()) {
        moments.delete(moment);
        moment.run();
      }
  };

  const slowDown = (from: Socket, sizeBytes: number): void => {
    if (bytesPerSecondUp === undefined) return;
    freeAtMs = Math.max(freeAtMs, performance.now()) + (sizeBytes * 1_000) / bytesPerSecondUp;
    const aheadMs = freeAtMs - performance.now();
    if (aheadMs < SLOWEST_PAUSE_MS) return;
    from.pause();
    setTimeout(() => from.resume(), aheadMs);
  };

  const link = (near: Socket): void => {
    const far = connect(targetPort, "127.0.0.1");
    waiting.set(near, 0);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from.on("data", (chunk: Buffer) => {
        if (from === near) {
          bytesUp += chunk.length;
          waiting.set(near, (waiting.get(near) ?? 0) + chunk.length);
          slowDown(near, chunk.length);
        }
        if (swallowing) dead.add(near);
        if (!dead.has(near)) {
          if (from === far) {
            bytesDown += chunk.length;
            waiting.set(near, 0);
          }
          if (!to.write(chunk)) {
            from.pause();
            to.once("drain", () => from.resume());
          }
        }
        reachMoments();
      });
      from.on("error", () => {});
      from.on("close", () => {
        open.delete(from);
        if (swallowing) dead.add(near);
        if (!dead.has(near) || from === near) to.destroy();
        if (from !== near) return;
        bytesUnanswered += waiting.get(near) ?? 0;
        waiting.delete(near);
      });
    }
  };
  const cut = (): void => {
    for (const socket of open) socket.resetAndDestroy();
  };
  let server: Server | undefined;
  const listen = async (): Promise<void> => {
    if (server !== undefined) return;
    const own = createServer(link);
    server = own;
    await new Promise<void>((resolve, reject) => {
      own.once("error", reject);
      own.listen(port, host, resolve);
    });
    port = (own.address() as AddressInfo).port;
  };
  const close = async (resets: boolean): Promise<void> => {
    const own = server;
    server = undefined;
    const closed = new Promise<void>((resolve) => (own === undefined ? resolve() : own.close(() => resolve())));
    if (!resets) return;
    cut();
    await closed;
  };
  await listen();
  return {
    port,
    pass: async () => {
      swallowing = false;
      await listen();
    },
    cut,
    refuse: () => close(true),
    blackhole: () => void (swallowing = true),
    halfOpen: () => {
      for (const near of waiting.keys()) dead.add(near);
      void close(false);
    },
    at: ({ way, bytes }, run) => void moments.add({ reached: () => (way === "up" ? bytesUp : bytesDown) >= bytes, run }),
    bytesUp: () => bytesUp,
    bytesDown: () => bytesDown,
    bytesUnanswered: () => bytesUnanswered,
    requestsUnderWay: (atLeastBytes) => [...waiting.values()].filter((bytes) => bytes >= atLeastBytes).length,
    stop: () => close(true),
  };
}
