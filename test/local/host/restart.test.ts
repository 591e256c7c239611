import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HubStore } from "../../../src/local/durable/hub-store.ts";
import { START_MS, startTestHost, type TestHost } from "./local-host-on-virtual-time.ts";
import { seenOf } from "./seen.ts";

const seen = seenOf(globalThis);

let folder: string;
let hubFile: string;
let app: TestHost;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "reprise-host-"));
  hubFile = join(folder, "hub.db");
  app = await startTestHost("semantics-app", { hubFile });
});
afterEach(async () => {
  await app.stop();
  rmSync(folder, { recursive: true, force: true });
});

const realMoment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

describe("a host that goes on with the same file", () => {
  it("keeps the timers that were set, and rings them at their time", async () => {
    await app.clock.work(async () => {
      await app.start("sleeper", "s");
      await realMoment();
      expect(app.host.instances()).toMatchObject([{ instanceId: "s", runtimeStatus: "Running", customStatus: { asleep: true } }]);
      await app.host.stop();
    });
    app.clock.stop();
    app = await startTestHost("semantics-app", { hubFile });
    expect(await app.host.waitForEnd("s")).toMatchObject({
      output: "slept",
      createdTime: "2026-11-20T13:00:00.000Z",
      lastUpdatedTime: "2026-11-20T13:10:00.000Z",
    });
    expect(app.clock.now()).toBe(START_MS + 600_000);
  });

  it("delivers what was raised after the host had stopped its turns", async () => {
    await app.clock.work(async () => {
      await app.start("abandoned", "a");
      await realMoment();
      const stopped = app.host.stop();
      await app.manage("POST", "a/raiseEvent/go", "while stopping");
      await stopped;
    });
    app.clock.stop();
    app = await startTestHost("semantics-app", { hubFile });
    await app.host.waitForEnd("a");
    const history = (await app.manage("GET", "a?showHistory=true")).body;
    expect(history).toContain("while stopping");
  });

  it("runs an activity again whose outcome was not stored", async () => {
    await app.start("one", "h", "hang");
    await realMoment();
    await app.host.stop();
    app.clock.stop();
    app = await startTestHost("semantics-app", { hubFile });
    await realMoment();
    seen.release();
    expect(await app.host.waitForEnd("h")).toMatchObject({ runtimeStatus: "Completed", output: null });
  });

  it("keeps nothing for an instance that has ended, also not what came during its last turn", async () => {
    seen.release = () => void app.manage("POST", "l/raiseEvent/go", "too late");
    await app.start("last", "l");
    expect((await app.host.waitForEnd("l")).output).toBe("done");
    await app.host.stop();
    const store = new HubStore(hubFile);
    expect({ inbox: store.inbox(), work: store.work(), timers: store.timers() }).toEqual({ inbox: [], work: [], timers: [] });
    store.close();
  });
});
