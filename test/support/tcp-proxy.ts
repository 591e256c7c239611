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
  /** That the client has sent so far. */
  readonly bytesUp: () => number;
  readonly stop: () => Promise<void>;
}

/** A line to `targetPort` of this machine that can be cut, closed and made to swallow everything. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const open = new Set<Socket>();
  let swallowing = false;
  let bytesUp = 0;
  let port = 0;

  const link = (near: Socket): void => {
    const far = connect(targetPort, "127.0.0.1");
    let isDead = false;
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from.on("data", (chunk: Buffer) => {
        if (from === near) bytesUp += chunk.length;
        isDead ||= swallowing;
        if (isDead) return;
        if (!to.write(chunk)) {
          from.pause();
          to.once("drain", () => from.resume());
        }
      });
      from.on("error", () => {});
      from.on("close", () => {
        open.delete(from);
        isDead ||= swallowing;
        if (!isDead || from === near) to.destroy();
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
      own.listen(port, "127.0.0.1", resolve);
    });
    port = (own.address() as AddressInfo).port;
  };
  const refuse = async (): Promise<void> => {
    const own = server;
    server = undefined;
    if (own === undefined) return;
    const closed = new Promise<void>((resolve) => own.close(() => resolve()));
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
    refuse,
    blackhole: () => void (swallowing = true),
    bytesUp: () => bytesUp,
    stop: refuse,
  };
}
