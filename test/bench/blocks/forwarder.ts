/** A port in front of the store that can be closed: connections are cut, and new ones are refused. */
import { connect, createServer, type Server, type Socket } from "node:net";

export class Forwarder {
  readonly #to: number;
  readonly #open = new Set<Socket>();
  #server: Server | undefined;
  port = 0;

  constructor(to: number) {
    this.#to = to;
  }

  async listen(): Promise<void> {
    const server = createServer((client) => {
      const store = connect(this.#to, "127.0.0.1");
      for (const [one, other] of [
        [client, store],
        [store, client],
      ] as const) {
        this.#open.add(one);
        one.setNoDelay(true);
        one.on("error", () => {});
        one.on("close", () => {
          this.#open.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    });
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.port, "127.0.0.1", resolve);
    });
    this.port = (server.address() as { readonly port: number }).port;
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#server?.close(resolve));
    for (const socket of this.#open) socket.resetAndDestroy();
    await ended;
  }
}
