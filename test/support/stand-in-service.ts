import { createServer } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  /** The service's error code, in header and body as it sends them. */
  readonly code?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** The connection is reset after that many bytes of the body. */
  readonly cutAfterBytes?: number;
}

export interface StandIn {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly asked: Asked[];
  /** Answers every request from now on. */
  readonly answer: (next: (asked: Asked) => Answer | "drop") => void;
  readonly stop: () => Promise<void>;
}

/** An HTTP server in the place of a blob service, for what the emulator does not do. */
export async function startStandIn(): Promise<StandIn> {
  const asked: Asked[] = [];
  let next: (asked: Asked) => Answer | "drop" = () => ({ status: 500 });
  const server = createServer((request, response) => {
    void (async () => {
      const url = new URL(request.url ?? "/", "http://stand-in");
      const one: Asked = {
        method: request.method ?? "",
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        body: await buffer(request),
      };
      asked.push(one);
      const answer = next(one);
      if (answer === "drop") return void request.socket.resetAndDestroy();
      const { status, code, headers = {}, cutAfterBytes } = answer;
      const xml =
        code === undefined ? "" : `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>no</Message></Error>`;
      const body = Buffer.from(answer.body ?? xml);
      response.writeHead(status, {
        "content-length": body.length,
        etag: '"0x1"',
        ...(code === undefined ? {} : { "x-ms-error-code": code, "content-type": "application/xml" }),
        ...headers,
      });
      if (cutAfterBytes === undefined) return void response.end(request.method === "HEAD" ? undefined : body);
      response.write(body.subarray(0, cutAfterBytes), () => setTimeout(() => request.socket.resetAndDestroy(), 20));
    })().catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answer: (handler) => void (next = handler),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
