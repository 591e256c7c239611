import { BlobServiceClient } from "@azure/storage-blob";
import type { ContainerClient } from "@azure/storage-blob";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { openAzureBlobStore } from "../../src/store/azure-blob.ts";
import { updateJson } from "../../src/store/json-records.ts";
import type { Store } from "../../src/store/store.ts";
import { startAzurite } from "../support/azurite.ts";
import { startLossyProxy } from "../support/lossy-proxy.ts";

const azurite = await startAzurite();
const proxy = await startLossyProxy(azurite.port);
afterAll(async () => {
  await proxy.stop();
  await azurite.stop();
});

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const read = async (store: Store, key: string): Promise<string | undefined> => {
  const found = await store.get(key);
  return found === undefined ? undefined : new TextDecoder().decode(found.bytes);
};
const versionOf = async (store: Store, key: string): Promise<string> => (await store.get(key))?.version ?? "";

const clientOf = (connectionString: string, name = "wrong"): ContainerClient =>
  BlobServiceClient.fromConnectionString(connectionString, { retryOptions: { maxTries: 1 } }).getContainerClient(name);
const keysOf = async (store: Store): Promise<string[]> => {
  const keys: string[] = [];
  for await (const key of store.list("")) keys.push(key);
  return keys;
};

describe("the store in blob storage over a bad connection", () => {
  let places = 0;
  /** What is under test; its requests go through the proxy. */
  let store: Store;
  /** Another machine, with a good connection. */
  let other: Store;
  beforeEach(async () => {
    const name = `place-${++places}`;
    const open = (connectionString: string): Store =>
      openAzureBlobStore(
        BlobServiceClient.fromConnectionString(connectionString, { retryOptions: { retryDelayInMs: 10 } }).getContainerClient(name),
      );
    store = open(azurite.connectionStringVia(proxy.port));
    other = open(azurite.connectionString);
    await other.put("made", text("before"));
    proxy.takeLog();
  });
  afterEach(() => expect(proxy.takeLog().length).toBeGreaterThan(0));

  it("knows its own create again after the answer was lost", async () => {
    proxy.next({ method: "PUT", lose: "answer" });
    expect(await store.create("k", text("mine"))).toBe(true);
    expect(proxy.takeLog()).toEqual(["PUT", "PUT", "HEAD"]);
    expect(await read(store, "k")).toBe("mine");
    expect(await store.create("k", text("again"))).toBe(false);
  });

  it("knows it when another has replaced it meanwhile", async () => {
    const meanwhile = async (): Promise<void> => {
      for (const turn of ["1", "2", "3"]) expect(await other.replace("k", text(turn), await versionOf(other, "k"))).toBe(true);
    };
    proxy.next({ method: "PUT", lose: "answer", meanwhile });
    expect(await store.create("k", text("mine"))).toBe(true);
    expect(await read(store, "k")).toBe("3");
  });

  it("creates again what was deleted meanwhile", async () => {
    proxy.next({ method: "PUT", lose: "answer" });
    proxy.next({ method: "PUT", lose: "answer", meanwhile: () => other.delete("k") });
    expect(await store.create("k", text("mine"))).toBe(true);
    expect(await read(other, "k")).toBe("mine");
  });

  it("does not take another's object for its own", async () => {
    await other.create("k", text("theirs"));
    proxy.next({ method: "PUT", lose: "answer" });
    expect(await store.create("k", text("theirs"))).toBe(false);
    expect(await read(store, "k")).toBe("theirs");
  });

  it("knows its own replace again, also when another has replaced it meanwhile", async () => {
    proxy.next({ method: "PUT", lose: "answer" });
    expect(await store.replace("made", text("mine"), await versionOf(store, "made"))).toBe(true);
    expect(await read(store, "made")).toBe("mine");
    proxy.next({
      method: "PUT",
      lose: "answer",
      meanwhile: async () => void (await other.replace("made", text("theirs"), await versionOf(other, "made"))),
    });
    expect(await store.replace("made", text("mine 2"), await versionOf(store, "made"))).toBe(true);
    expect(await read(store, "made")).toBe("theirs");
  });

  it("is refused when another replaced it, whatever was lost", async () => {
    const stale = await versionOf(store, "made");
    await other.put("made", text("theirs"));
    proxy.next({ method: "PUT", lose: "answer" });
    expect(await store.replace("made", text("mine"), stale)).toBe(false);
    expect(await read(store, "made")).toBe("theirs");
    expect(await store.replace("made", text("mine"), "not a version of this store")).toBe(false);
  });

  it("loses no increment and counts none twice while every third answer is lost", async () => {
    await other.put("n", text("0"));
    for (let turn = 1; turn <= 12; turn++) {
      if (turn % 3 === 0)
        proxy.next({
          method: "PUT",
          lose: "answer",
          meanwhile: async () => void (await updateJson(other, "n", Number, (n) => (n ?? 0) + 1)),
        });
      await updateJson(store, "n", Number, (n) => (n ?? 0) + 1);
    }
    expect(await read(other, "n")).toBe("16\n");
  });

  it("repeats put, get and delete", async () => {
    for (const method of ["PUT", "GET", "DELETE"]) {
      proxy.next({ method, lose: "answer" });
      proxy.next({ method, lose: 503 });
    }
    await store.put("k", text("mine"));
    expect(await read(store, "k")).toBe("mine");
    await store.delete("k");
    expect(await other.get("k")).toBeUndefined();
  });

  it("gives one version whole when the body breaks off and the object changes", async () => {
    await other.put("large", text("a".repeat(1_000_000)));
    proxy.next({ method: "GET", lose: "half", meanwhile: () => other.put("large", text("b".repeat(900_000))) });
    expect(await read(store, "large")).toBe("b".repeat(900_000));
    proxy.next({ method: "GET", lose: "half" });
    expect(await read(store, "large")).toBe("b".repeat(900_000));
  });
});

describe("the store in blob storage says what is wrong", () => {
  it("when the service cannot be reached", async () => {
    const gone = await startLossyProxy(azurite.port);
    await gone.stop();
    const store = openAzureBlobStore(clientOf(azurite.connectionStringVia(gone.port)));
    await expect(store.get("k")).rejects.toMatchObject({
      code: "STORE_UNREACHABLE",
      message: expect.stringContaining("ECONNREFUSED") as string,
    });
    await expect(keysOf(store)).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
  });

  it("when the service keeps failing", async () => {
    const store = openAzureBlobStore(clientOf(azurite.connectionStringVia(proxy.port)));
    proxy.next({ method: "PUT", lose: 503 });
    await expect(store.create("k", text("x"))).rejects.toMatchObject({
      code: "STORE_UNREACHABLE",
      message: expect.stringContaining("503") as string,
    });
  });

  it("when access is refused, without repeating the key", async () => {
    const wrongKey = Buffer.from("another key").toString("base64");
    const store = openAzureBlobStore(clientOf(azurite.connectionString.replace(/AccountKey=[^;]+/, `AccountKey=${wrongKey}`)));
    const error = await store.put("k", text("x")).catch((error: unknown) => error as Error);
    expect(error).toMatchObject({ code: "STORE_DENIED", message: expect.stringContaining("The account key") as string });
    expect((error as Error).message).not.toContain(wrongKey);
  });

  it("when keys do not come in order", async () => {
    const container = {
      url: "https://contoso.blob.core.windows.net/runs",
      listBlobsFlat: () => [{ name: "a/b" }, { name: "not a key" }, { name: "a-b" }],
    };
    const store = openAzureBlobStore(container as unknown as ContainerClient);
    await expect(keysOf(store)).rejects.toMatchObject({
      code: "STORE_FAILED",
      message: expect.stringContaining("hierarchical") as string,
    });
  });
});
