/** Node's HTTP server on 127.0.0.1 in front of the host's one request handler. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { plain, type RawRequest, type RawResponse } from "./http-functions.ts";

export interface HttpServerOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly maxBodyBytes: number;
  readonly handle: (request: RawRequest) => Promise<RawResponse>;
  /** Whether an open server keeps the process alive. */
  readonly keepsAlive: boolean;
}

export interface HttpServer {
  readonly origin: string;
  readonly port: number;
  /** Ends open connections too. */
  close(): Promise<void>;
}

/** Rejects with the system's error when the port cannot be had. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  let origin = "";
  const server = createServer((request, response) => {
    void answer(request, response, origin, options);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;
  origin = `http://127.0.0.1:${port}`;
  if (!options.keepsAlive) {
    server.unref();
    // Both ends are in this process. A thread that was busy for longer than the timeout would close an idle connection just as the client takes it again.
    server.keepAliveTimeout = 0;
  }
  return { origin, port, close: () => close(server) };
}

async function answer(request: IncomingMessage, response: ServerResponse, origin: string, options: HttpServerOptions): Promise<void> {
  let raw: RawResponse;
  try {
    // Another name for 127.0.0.1 is a web page that was made to point here (DNS rebinding): it could read what this host answers without a key.
    if (request.headers.host !== undefined && !OWN_NAME.test(request.headers.host))
      raw = { ...plain(403, "This host answers to 127.0.0.1 and localhost only."), headers: { connection: "close" } };
    else raw = await answerOwn(request, origin, options);
  } catch {
    // The caller went away while it was sending.
    raw = plain(400);
  }
  if (response.destroyed) return;
  response.writeHead(raw.status, {
    ...raw.headers,
    "content-length": String(raw.body.length),
    ...(raw.cookies?.length ? { "set-cookie": [...raw.cookies] } : {}),
  });
  response.end(request.method === "HEAD" ? undefined : raw.body);
}

async function answerOwn(request: IncomingMessage, origin: string, options: HttpServerOptions): Promise<RawResponse> {
  const body = await readBody(request, options.maxBodyBytes);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : (value ?? "")]),
  );
  const method = request.method ?? "GET";
  if (body === undefined)
    return { ...plain(413, `The body is larger than ${options.maxBodyBytes} bytes.`), headers: { connection: "close" } };
  return options.handle({ method, target: request.url ?? "/", headers, body, origin: originOf(request, origin) });
}

const OWN_NAME = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/iu;

/** What the caller calls this server, so that links in answers work for it; only names of this machine are believed. */
function originOf(request: IncomingMessage, origin: string): string {
  const host = request.headers.host ?? "";
  return OWN_NAME.test(host) ? `http://${host}` : origin;
}

/** Undefined when it is too large. */
async function readBody(request: IncomingMessage, maxBodyBytes: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
