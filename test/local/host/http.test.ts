import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startTestHost, type TestHost } from "./local-host-on-virtual-time.ts";

let app: TestHost;
let url: string;
beforeEach(async () => {
  app = await startTestHost("http-app", { environment: { DAILY: "0 0 13 * * *" }, maxBodyBytes: 1000, runsTimers: false });
  ({ url } = await app.host.listen(0));
});
afterEach(() => app.stop());

describe("HTTP functions over a socket", () => {
  it("get route parameters, query, headers and body, and answer with status, headers, cookies and body", async () => {
    const response = await fetch(`${url}/api/things/a%20b/c?x=1&y=%2F`, { method: "PUT", headers: { "x-mine": "h" }, body: "tëxt" });
    expect(response.status).toBe(201);
    expect(response.headers.get("x-answer")).toBe("yes");
    expect(response.headers.get("set-cookie")).toBe("c=v; HttpOnly");
    expect(await response.json()).toEqual({
      params: { id: "a b", part: "c" },
      method: "PUT",
      url: `${url}/api/things/a%20b/c?x=1&y=%2F`,
      query: { x: "1", y: "/" },
      header: "h",
      text: "tëxt",
    });
  });

  it("are refused under a name that is not this machine's", async () => {
    const statusFor = (host: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        request(`${url}/api/things/1`, { method: "PUT", headers: { host } }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
          .on("error", reject)
          .end();
      });
    expect(await statusFor("evil.example")).toBe(403);
    expect(await statusFor("127.0.0.1.evil.example:80")).toBe(403);
    expect(await statusFor("localhost:7071")).toBe(201);
  });

  it("are the same without a socket", async () => {
    const response = await app.host.request("PUT", "/api/things/1?x=2", "text", { "X-Mine": "h" });
    expect(response.status).toBe(201);
    expect(response.headers["x-answer"]).toBe("yes");
    expect(JSON.parse(response.body)).toMatchObject({
      params: { id: "1" },
      query: { x: "2" },
      header: "h",
      text: "text",
      url: `${url}/api/things/1?x=2`,
    });
  });

  it("take the most literal route, optional parameters and the rest of a path", async () => {
    const text = async (path: string): Promise<string> => (await app.host.request("GET", path)).body;
    expect(await text("/api/things/special")).toBe("special");
    expect(await text("/api/Things/SPECIAL")).toBe("special");
    expect(JSON.parse(await text("/api/things/other"))).toMatchObject({ params: { id: "other" } });
    expect(await text("/api/files/a/b/c.txt")).toBe("a/b/c.txt");
  });

  it("take bytes and give bytes", async () => {
    const response = await fetch(`${url}/api/bytes`, { method: "POST", body: Uint8Array.of(0, 255, 128) });
    expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([128, 255, 0]);
  });

  it.each([
    ["GET", "/api/nothing", 404],
    ["GET", "/elsewhere", 404],
    ["DELETE", "/api/things/1", 405],
    ["GET", "/api/things/%zz", 400],
    ["GET", "/api/broken", 500],
    ["POST", "/api/silent", 204],
  ])("%s %s gives %i", async (method, path, status) => {
    const response = await fetch(`${url}${path}`, { method });
    expect(response.status).toBe(status);
    expect(await response.text()).not.toContain("secret detail");
    if (status === 405) expect(response.headers.get("allow")).toBe("GET, PUT");
  });

  it("give 413 for a body over the limit, over a socket and without", async () => {
    expect((await fetch(`${url}/api/bytes`, { method: "POST", body: "x".repeat(1001) })).status).toBe(413);
    expect((await app.host.request("POST", "/api/bytes", "x".repeat(1001))).status).toBe(413);
    expect((await fetch(`${url}/api/bytes`, { method: "POST", body: "x".repeat(1000) })).status).toBe(200);
  });

  it("log what they threw", async () => {
    await app.host.request("GET", "/api/broken");
    expect(app.lines).toContainEqual(
      expect.objectContaining({ level: "error", functionName: "broken", message: expect.stringContaining("secret detail") }),
    );
  });
});

describe("the durable client over a socket", () => {
  it("starts an instance whose status URL works for the caller", async () => {
    const started = await fetch(`${url}/api/begin`, { method: "POST" });
    expect(started.status).toBe(202);
    const location = started.headers.get("location") ?? "";
    expect(location.startsWith(`${url}/runtime/webhooks/durabletask/instances/quick-1?`)).toBe(true);
    await app.host.waitForEnd("quick-1");
    expect(await (await fetch(location)).json()).toMatchObject({ runtimeStatus: "Completed", output: 1 });
  });

  it("can be used without listening", async () => {
    await app.stop();
    app = await startTestHost("http-app", { runsTimers: false });
    expect((await app.host.request("POST", "/api/begin")).status).toBe(202);
    expect((await app.host.waitForEnd("quick-1")).output).toBe(1);
  });
});

describe("listening", () => {
  it("fails with the system's error when the port is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    await app.stop();
    app = await startTestHost("http-app", { runsTimers: false });
    await expect(app.host.listen((other.address() as AddressInfo).port)).rejects.toMatchObject({ code: "EADDRINUSE" });
    other.close();
  });

  it("ends with the host, whatever connections are open", async () => {
    await fetch(`${url}/api/things/special`);
    await app.host.stop();
    await expect(fetch(`${url}/api/things/special`)).rejects.toThrow("fetch failed");
    expect((await app.host.request("GET", "/api/things/special")).status).toBe(503);
  });
});
