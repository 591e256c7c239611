import { createHash } from "node:crypto";
import { AnonymousCredential, BlobServiceClient } from "@azure/storage-blob";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { openAzureBlockStore } from "../../../src/store/blocks/azure-blob.ts";
import { sdkTransport } from "../../../src/store/blocks/azure-transport.ts";
import type { BlockStore } from "../../../src/store/blocks/block-store.ts";
import { reconnecting } from "../../../src/store/blocks/reconnecting.ts";
import { startStandIn } from "../../support/stand-in-service.ts";
import type { Answer, Asked } from "../../support/stand-in-service.ts";

const SIGNATURE = "c2VjcmV0";
const standIn = await startStandIn();
afterAll(() => standIn.stop());

const container = new BlobServiceClient(`${standIn.url}/account?sv=2025-01-05&sig=${SIGNATURE}`, new AnonymousCredential(), {
  retryOptions: { maxTries: 1 },
}).getContainerClient("backups");
const bare = openAzureBlockStore(container);
const events: string[] = [];
const wrapped = (): BlockStore =>
  reconnecting(bare, {
    chance: () => 0,
    events: {
      onRepeat: ({ reason, afterMs }) => events.push(`${reason}, again in ${afterMs} ms`),
      onDrop: ({ reason }) => events.push(reason),
    },
  });
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const id = "aabb";
const name64 = Buffer.from(id, "hex").toString("base64");
const blockList = (committed: readonly string[], uncommitted: readonly string[] = []): Answer => {
  const blocks = (names: readonly string[]): string => names.map((name) => `<Block><Name>${name}</Name><Size>4</Size></Block>`).join("");
  return {
    status: 200,
    headers: { "content-type": "application/xml" },
    body: `<?xml version="1.0" encoding="utf-8"?><BlockList><CommittedBlocks>${blocks(committed)}</CommittedBlocks><UncommittedBlocks>${blocks(uncommitted)}</UncommittedBlocks></BlockList>`,
  };
};
const is = (asked: Asked, method: string, comp?: string): boolean =>
  asked.method === method && (comp === undefined || asked.query.get("comp") === comp);

beforeEach(() => {
  standIn.asked.length = 0;
  events.length = 0;
});

describe("what the service answers", () => {
  it.each([
    [403, "AuthorizationFailure", "STORE_DENIED"],
    [403, "AuthenticationFailed", "STORE_DENIED"],
    [401, "NoAuthenticationInformation", "STORE_DENIED"],
    [404, "ResourceNotFound", "STORE_FAILED"],
    [409, "BlobImmutableDueToPolicy", "STORE_IMMUTABLE"],
    [409, "BlobImmutableDueToLegalHold", "STORE_IMMUTABLE"],
    [409, "BlobArchived", "STORE_ARCHIVED"],
    [409, "BlockCountExceedsLimit", "STORE_FAILED"],
    [412, "LeaseIdMissing", "STORE_FAILED"],
    [413, "RequestBodyTooLarge", "STORE_FAILED"],
    [400, "Md5Mismatch", "STORE_FAILED"],
  ])("R4: %i %s is a failure, asked once, and no signature is repeated", async (status, code, kind) => {
    standIn.answer(() => ({ status, code }));
    const error = await wrapped()
      .putUnit("data/s", id, text("unit"))
      .catch((error: unknown) => error);
    expect(error).toMatchObject({ code: kind, message: expect.stringContaining(`${status} ${code}`) as string });
    expect((error as Error).stack).not.toContain(SIGNATURE);
    expect(standIn.asked).toHaveLength(1);
    expect(events).toEqual([]);
  });

  it.each([408, 429, 500, 502, 503, 504])("R4: %i is asked again, after what Retry-After says", async (status) => {
    const began = performance.now();
    standIn.answer(() => (standIn.asked.length < 2 ? { status, code: "ServerBusy", headers: { "retry-after": "1" } } : { status: 201 }));
    await wrapped().putUnit("data/s", id, text("unit"));
    expect(standIn.asked).toHaveLength(2);
    expect(events).toEqual([`the service is busy or failing (${status}), again in 1000 ms`]);
    expect(performance.now() - began).toBeGreaterThan(950);
  });

  it("R4: a wait in milliseconds and one to a date are honoured too", async () => {
    const headers = [{ "x-ms-retry-after-ms": "120" }, { "retry-after": new Date(Date.now() + 1_900).toUTCString() }];
    standIn.answer(() => {
      const header = headers[standIn.asked.length - 1];
      return header === undefined ? { status: 201 } : { status: 503, code: "ServerBusy", headers: header };
    });
    await wrapped().putUnit("data/s", id, text("unit"));
    expect(events[0]).toContain("again in 120 ms");
    expect(Number(/again in (\d+) ms/.exec(events[1] ?? "")?.[1])).toBeLessThanOrEqual(2_000);
    expect(standIn.asked).toHaveLength(3);
  });

  it("R4: an answer that breaks off is read again, whole", async () => {
    const bytes = Buffer.from("0123456789".repeat(10_000));
    standIn.answer(() => ({ status: 206, body: bytes, ...(standIn.asked.length < 3 ? { cutAfterBytes: 60_000 } : {}) }));
    const store = wrapped();
    await expect(bare.readRange("data/s", 0, bytes.length)).rejects.toMatchObject({
      code: "STORE_UNREACHABLE",
      message: "The connection broke while data/s was read.",
    });
    standIn.asked.length = 0;
    standIn.answer((asked) => (asked.method === "HEAD" || asked.query.has("restype") ? { status: 200 } : { status: 206, body: bytes }));
    await store.probe();
    standIn.answer((asked) => {
      if (asked.query.has("restype")) return { status: 200 };
      const tries = standIn.asked.filter(({ query }) => !query.has("restype")).length;
      return { status: 206, body: bytes, ...(tries < 4 ? { cutAfterBytes: 60_000 } : {}) };
    });
    expect(Buffer.compare(await store.readRange("data/s", 0, bytes.length), bytes)).toBe(0);
    expect(events[0]).toMatch(/reset|broke off|reached/);
  });

  it("hands on flipped bits as they came: whoever reads compares hashes", async () => {
    standIn.answer(() => ({ status: 206, body: "damaged!" }));
    expect(new TextDecoder().decode(await bare.readRange("data/s", 0, 8))).toBe("damaged!");
  });

  it("refuses an answer that is not the range that was asked for", async () => {
    standIn.answer(() => ({ status: 200, body: "the whole blob instead" }));
    await expect(bare.readRange("data/s", 0, 8)).rejects.toMatchObject({ code: "STORE_FAILED" });
  });

  it("sends the MD5 of a unit only when it is told to", async () => {
    standIn.answer(() => ({ status: 201 }));
    await bare.putUnit("data/s", id, text("unit"));
    await openAzureBlockStore(container, { transport: sdkTransport(container, { transactionalMd5: true }) }).putUnit(
      "data/s",
      id,
      text("unit"),
    );
    expect(standIn.asked.map(({ headers }) => headers["content-md5"])).toEqual([
      undefined,
      createHash("md5").update("unit").digest("base64"),
    ]);
  });
});

describe("sealing whose answer was lost", () => {
  it.each([
    [409, "BlobAlreadyExists"],
    [412, "ConditionNotMet"],
    [403, "UnauthorizedBlobOverwrite"],
    [409, "BlobImmutableDueToPolicy"],
    [400, "InvalidBlockList"],
  ])("%i %s: its own list is there: sealed", async (status, code) => {
    standIn.answer((asked) => (is(asked, "PUT") ? { status, code } : blockList([name64])));
    await bare.seal("data/s", [id]);
    expect(standIn.asked.map(({ method }) => method)).toEqual(["PUT", "GET"]);
    await expect(bare.seal("data/s", ["ccdd"])).rejects.toMatchObject({ code: "STORE_SEGMENT_SEALED" });
  });

  it("R2: after a dropped connection the repeat finds it sealed", async () => {
    let commits = 0;
    standIn.answer((asked) => {
      if (is(asked, "PUT", "blocklist")) return ++commits < 3 ? "drop" : { status: 409, code: "BlobAlreadyExists" };
      return is(asked, "GET", "blocklist") ? blockList([name64]) : { status: 200 };
    });
    const store = wrapped();
    await store.probe();
    await store.seal("data/s", [id]);
    expect(commits).toBe(3);
    expect(events).toEqual(["the connection was reset"]);
  });

  it("nothing can be written at all: says that it is immutable", async () => {
    standIn.answer((asked) => (is(asked, "PUT") ? { status: 409, code: "BlobImmutableDueToPolicy" } : blockList([], [name64])));
    await expect(bare.seal("data/s", [id])).rejects.toMatchObject({ code: "STORE_IMMUTABLE" });
    standIn.answer((asked) =>
      is(asked, "PUT") ? { status: 409, code: "BlobImmutableDueToPolicy" } : { status: 404, code: "BlobNotFound" },
    );
    await expect(bare.create("k", text("x"))).rejects.toMatchObject({ code: "STORE_IMMUTABLE" });
    await expect(bare.put("k", text("x"))).rejects.toMatchObject({ code: "STORE_IMMUTABLE" });
  });
});

describe("an immutable container", () => {
  it.each(["BlobImmutableDueToPolicy", "BlobImmutableDueToLegalHold"])("%s: deleting is for later, and no error", async (code) => {
    standIn.answer((asked) => (is(asked, "DELETE") ? { status: 409, code } : blockList([name64])));
    expect(await bare.deleteSegment("data/s")).toBe("later");
    expect(await bare.deleteRecord("manifest")).toBe("later");
    await expect(bare.delete("manifest")).rejects.toMatchObject({ code: "STORE_IMMUTABLE" });
    expect(await wrapped().deleteSegment("data/s")).toBe("later");
  });

  it.each([
    ["retention", { status: 200, headers: { "x-ms-has-immutability-policy": "true", "x-ms-has-legal-hold": "false" } }],
    ["a legal hold", { status: 200, headers: { "x-ms-has-immutability-policy": "false", "x-ms-has-legal-hold": "true" } }],
    ["one that may not be asked", { status: 403, code: "AuthorizationFailure" }],
  ] as const)("%s: staged units are left to expire, no empty blob is made of them", async (_, properties) => {
    standIn.answer((asked) => (asked.query.get("restype") === "container" ? properties : blockList([], [name64])));
    expect(await bare.deleteSegment("data/s")).toBe("later");
    expect(standIn.asked.every(({ method }) => method === "GET" || method === "HEAD")).toBe(true);
  });

  it("creating what another made is told by who wrote it, also where the refusal is the policy's", async () => {
    standIn.answer((asked) =>
      is(asked, "PUT")
        ? { status: 409, code: "BlobImmutableDueToPolicy" }
        : { status: 200, headers: { "x-ms-meta-writers": "0123456789abcdef" } },
    );
    expect(await bare.create("k", text("x"))).toBe(false);
    expect(await bare.create("k", text("x"), { writer: "0123456789abcdef" })).toBe(true);
  });
});

describe("reading", () => {
  it("says what to do about the archive tier", async () => {
    standIn.answer(() => ({ status: 409, code: "BlobArchived" }));
    await expect(bare.readRange("data/s", 0, 8)).rejects.toMatchObject({
      code: "STORE_ARCHIVED",
      message: expect.stringContaining("Set its tier to Hot, Cool or Cold") as string,
    });
  });

  it("is there, or not, also for a SAS that may only list", async () => {
    const listing = '<?xml version="1.0" encoding="utf-8"?><EnumerationResults><Blobs></Blobs><NextMarker /></EnumerationResults>';
    standIn.answer((asked) =>
      is(asked, "GET", "list")
        ? { status: 200, headers: { "content-type": "application/xml" }, body: listing }
        : { status: 403, code: "AuthorizationFailure" },
    );
    expect(await bare.exists()).toBe(true);
    await bare.probe();
    standIn.answer(() => ({ status: 404, code: "ContainerNotFound" }));
    expect(await bare.exists()).toBe(false);
    standIn.answer(() => ({ status: 503, code: "ServerBusy" }));
    await expect(bare.probe()).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
  });
});
