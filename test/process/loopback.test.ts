/** The requests that the app sends to itself on 127.0.0.1. */
import { Agent, request } from "node:http";
import { describe, expect, it } from "vitest";
import { exemptLoopbackFromProxy } from "../../src/cli/loopback.ts";
import { plain } from "../../src/local/host/http-functions.ts";
import { startHttpServer } from "../../src/local/host/http-server.ts";

describe("requests to this machine", () => {
  it("reuse a connection although the process was busy for longer than connections are kept by default", async () => {
    const server = await startHttpServer({ port: 0, maxBodyBytes: 1_000, handle: async () => plain(204), keepsAlive: false });
    const agent = new Agent({ keepAlive: true });
    const ask = (): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        request(`${server.origin}/`, { agent, method: "POST" }, (response) => {
          response.resume().once("end", () => resolve(response.statusCode));
        })
          .once("error", reject)
          .end("{}");
      });
    expect(await ask()).toBe(204);
    // Busy, as when a large library is loaded on a busy machine.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 7_000);
    // The request is made in the turn in which the server's timer is due.
    const answered = new Promise<number | undefined>((resolve) => {
      setTimeout(() => resolve(ask()), 0);
    });
    expect(await answered).toBe(204);
    agent.destroy();
    await server.close();
  });

  it.each([
    [{}, "127.0.0.1,localhost,[::1]"],
    [{ NO_PROXY: "example.com" }, "example.com,127.0.0.1,localhost,[::1]"],
    [{ no_proxy: "a.com localhost", NO_PROXY: "b.com" }, "a.com,localhost,127.0.0.1,[::1]"],
  ])("go past a proxy: %j", (environment: Record<string, string | undefined>, expected) => {
    exemptLoopbackFromProxy(environment);
    expect([environment["no_proxy"], environment["NO_PROXY"]]).toEqual([expected, expected]);
  });

  it("leave an environment alone that has no proxy for anything", () => {
    const environment = { NO_PROXY: "*" };
    exemptLoopbackFromProxy(environment);
    expect(environment).toEqual({ NO_PROXY: "*" });
  });
});
