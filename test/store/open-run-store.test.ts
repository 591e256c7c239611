import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parseSettings } from "../../src/settings/settings.ts";
import { openRunStore } from "../../src/store/open-run-store.ts";
import { startAzurite } from "../support/azurite.ts";

const azurite = await startAzurite();
const folder = await mkdtemp(join(tmpdir(), "reprise-open-"));
afterAll(async () => {
  await azurite.stop();
  await rm(folder, { recursive: true, force: true });
});

const bytes = new TextEncoder().encode("x");
const credential = { getToken: async () => ({ token: "placeholder", expiresOnTimestamp: Date.now() + 3_600_000 }) };

describe("the run store", () => {
  it("opens in a directory", async () => {
    const path = join(folder, "state");
    await openRunStore(parseSettings({ REPRISE_STORE: path }).runStore).put("runs/r1/run", bytes);
    expect(await openRunStore({ kind: "directory", path }).get("runs/r1/run")).toBeDefined();
  });

  it("opens in the host's account by its connection string, and by URL in the same account", async () => {
    const connectionString = azurite.connectionString;
    const host = openRunStore(parseSettings({ AzureWebJobsStorage: connectionString }).runStore, { connectionString });
    await host.put("runs/r1/run", bytes);
    const byUrl = parseSettings({ REPRISE_STORE: `${azurite.url}/reprise-runs/runs`, AzureWebJobsStorage: connectionString });
    const store = openRunStore(byUrl.runStore, { connectionString });
    expect(await store.get("r1/run")).toBeDefined();
    expect(await store.get("runs/r1/run")).toBeUndefined();
  });

  it("does not use a connection string for another account, nor a token over plain http", () => {
    const foreign = parseSettings({ REPRISE_STORE: "https://contoso.blob.core.windows.net/runs" }).runStore;
    expect(() => openRunStore(foreign, { connectionString: azurite.connectionString })).toThrow(
      "No credential was given for the run store https://contoso.",
    );
    let asked = 0;
    openRunStore(foreign, { connectionString: azurite.connectionString, credential: () => (asked++, credential) });
    expect(asked).toBe(1);
    const emulator = parseSettings({ REPRISE_STORE: `${azurite.url}/runs` }).runStore;
    expect(() => openRunStore(emulator, { credential: () => credential })).toThrow("plain http");
    expect(() => openRunStore({ kind: "host-storage", container: "reprise-runs" })).toThrow("no connection string");
  });

  it("knows the emulator's short connection string", async () => {
    const settings = parseSettings({ AzureWebJobsStorage: "UseDevelopmentStorage=true" });
    expect(() => openRunStore(settings.runStore, { connectionString: "UseDevelopmentStorage=true" })).not.toThrow();
    const byUrl = parseSettings({ REPRISE_STORE: "http://127.0.0.1:10000/devstoreaccount1/runs" });
    expect(() => openRunStore(byUrl.runStore, { connectionString: "UseDevelopmentStorage=true" })).not.toThrow();
  });
});
