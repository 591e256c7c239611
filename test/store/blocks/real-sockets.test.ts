import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { BlobServiceClient } from "@azure/storage-blob";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { openAzureBlockStore } from "../../../src/store/blocks/azure-blob.ts";
import { UnitsMissingError } from "../../../src/store/blocks/block-store.ts";
import type { BlockStore } from "../../../src/store/blocks/block-store.ts";
import { ConnectionLostError } from "../../../src/store/blocks/link.ts";
import { reconnecting } from "../../../src/store/blocks/reconnecting.ts";
import type { ReconnectRules } from "../../../src/policy/transfer/reconnect.ts";
import { startPersistentAzurite } from "../../support/azurite.ts";
import { startLossyProxy } from "../../support/lossy-proxy.ts";
import { startTcpProxy } from "../../support/tcp-proxy.ts";
import type { TcpProxy } from "../../support/tcp-proxy.ts";

const azurite = await startPersistentAzurite();
afterAll(() => azurite.stop());

const id = (number: number): string => number.toString(16).padStart(8, "0");
const UNIT_BYTES = 1_048_576;
const units = Array.from({ length: 32 }, (_, number) => Uint8Array.from(randomBytes(number === 0 ? 100 : UNIT_BYTES)));
const whole = Buffer.concat(units);
const ids = units.map((_, number) => id(number));

let places = 0;
let proxy: TcpProxy;
let events: string[];
/** When the connection was said to be back. */
let backAtMs: number;
beforeEach(async () => {
  proxy = await startTcpProxy(azurite.port);
  events = [];
  places++;
});
afterEach(() => proxy.stop());

const bareStore = (port: number): BlockStore =>
  openAzureBlockStore(
    BlobServiceClient.fromConnectionString(azurite.connectionStringVia(port), { retryOptions: { maxTries: 1 } }).getContainerClient(
      `place-${places}`,
    ),
  );
const openStore = (port = proxy.port, rules: Partial<ReconnectRules> = {}): BlockStore =>
  reconnecting(bareStore(port), {
    rules,
    events: {
      onDrop: ({ reason }) => events.push(`drop: ${reason}`),
      onBack: () => {
        backAtMs = performance.now();
        events.push("back");
      },
    },
  });

/** `inFlight` callers put the units that are still to come; `onPut` is told after each. */
async function putAll(store: BlockStore, which: readonly number[], onPut: (done: number) => void = () => {}, inFlight = 8): Promise<void> {
  const queue = which.values();
  let done = 0;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      for (const number of queue) {
        await store.putUnit("data/s", id(number), units[number] ?? new Uint8Array());
        onPut(++done);
      }
    }),
  );
}
const all = units.map((_, number) => number);

/** Seals, puts again what the store says is missing, and compares every byte. Gives the missing. */
async function sealAndCompare(store: BlockStore): Promise<number[]> {
  const putAgain: number[] = [];
  for (let round = 1; ; round++) {
    try {
      await store.seal("data/s", ids);
      break;
    } catch (error) {
      if (!(error instanceof UnitsMissingError) || round > 3) throw error;
      const missing = error.missing.map((each) => Number.parseInt(each, 16));
      putAgain.push(...missing);
      await putAll(store, missing);
    }
  }
  const got: Uint8Array[] = [];
  for (let at = 0; at < whole.length; at += 16_000_000)
    got.push(await store.readRange("data/s", at, Math.min(16_000_000, whole.length - at)));
  expect(Buffer.compare(Buffer.concat(got), whole)).toBe(0);
  return putAgain;
}

describe("transfers over real sockets", { timeout: 90_000 }, () => {
  it("R1, R2: connections that are reset again and again end no transfer, and every byte arrives", async () => {
    const store = openStore();
    await putAll(store, all, (done) => {
      if (done % 8 === 4) proxy.cut();
    });
    expect(await sealAndCompare(store)).toEqual([]);
    expect(proxy.bytesUp()).toBeGreaterThan(whole.length);
  });

  it("R1: a service that refuses connections for some seconds is used again within seconds", async () => {
    const store = openStore();
    let openedAtMs = Number.NaN;
    let opened: Promise<void> | undefined;
    await putAll(store, all, (done) => {
      if (done !== 10) return;
      opened = (async () => {
        await proxy.refuse();
        await wait(6_000);
        openedAtMs = performance.now();
        await proxy.pass();
      })();
    });
    await opened;
    expect(events).toEqual(["drop: the connection was refused", "back"]);
    // One look a second; the rest is for a busy machine.
    expect(backAtMs - openedAtMs).toBeLessThan(3_500);
    expect(await sealAndCompare(store)).toEqual([]);
  });

  it("R1, R4: a line that swallows everything counts as dropped at the deadline, and what was stuck begins anew", async () => {
    const store = openStore(proxy.port, { floorBytesPerSecond: 1_048_576 });
    let opened: Promise<void> | undefined;
    await putAll(store, all, (done) => {
      if (done !== 10) return;
      opened = (async () => {
        proxy.blackhole();
        await wait(8_000);
        await proxy.pass();
      })();
    });
    await opened;
    expect(events).toEqual(["drop: no answer in time", "back"]);
    expect(await sealAndCompare(store)).toEqual([]);
  });

  it("R1: reading goes on where the connection broke", async () => {
    const direct = openStore();
    await putAll(direct, all);
    await direct.seal("data/s", ids);
    const store = openStore();
    await store.probe();
    const got: Uint8Array[] = [];
    for (let at = 0; at < whole.length; at += 2_000_000) {
      const reading = store.readRange("data/s", at, Math.min(2_000_000, whole.length - at));
      if (at % 6_000_000 === 0) setTimeout(proxy.cut, 10);
      got.push(await reading);
    }
    expect(Buffer.compare(Buffer.concat(got), whole)).toBe(0);
  });

  it("R1, R4: a connection that stays away is lost after the patience; one that never was is a failure at once", async () => {
    const store = openStore(proxy.port, { patienceMs: 3_000 });
    await store.putUnit("data/s", id(0), units[0] ?? new Uint8Array());
    await proxy.refuse();
    const began = performance.now();
    await expect(putAll(store, all)).rejects.toBeInstanceOf(ConnectionLostError);
    expect(performance.now() - began).toBeGreaterThan(2_900);
    expect(performance.now() - began).toBeLessThan(6_000);
    await expect(openStore().listUnits("data/s")).rejects.toMatchObject({
      code: "STORE_UNREACHABLE",
      message: expect.stringContaining("ECONNREFUSED") as string,
    });
    // A name that cannot be looked up was never reached either.
    const nowhere = openAzureBlockStore(
      BlobServiceClient.fromConnectionString(
        "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;BlobEndpoint=http://nowhere.invalid:1/a;",
        {
          retryOptions: { maxTries: 1 },
        },
      ).getContainerClient("backups"),
    );
    await expect(reconnecting(nowhere).listUnits("data/s")).rejects.toMatchObject({
      code: "STORE_UNREACHABLE",
      message: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/) as string,
    });
  });

  it("R2: of two that create the same bytes exactly one has done it, whatever answers are lost", async () => {
    const lossy = await startLossyProxy(azurite.port);
    try {
      const [store, other] = [openStore(lossy.port), openStore(lossy.port)];
      await Promise.all([store.probe(), other.probe()]);
      const wins: number[] = [];
      for (let number = 0; number < 20; number++) {
        for (let lost = 0; lost < (number % 4) + 1; lost++) lossy.next({ method: "PUT", lose: "answer" });
        const bytes = new TextEncoder().encode("the same bytes");
        const both = await Promise.all([store.create(`claims/${number}`, bytes), other.create(`claims/${number}`, bytes)]);
        wins.push(both.filter(Boolean).length);
      }
      expect(wins).toEqual(Array.from({ length: 20 }, () => 1));
    } finally {
      await lossy.stop();
    }
  });
});

describe("a service that is killed and started again", { timeout: 90_000 }, () => {
  it("R2: what it forgot is named when the segment is sealed, and only that is sent again", async () => {
    const store = openStore();
    const early = all.slice(0, 16);
    await putAll(store, early);
    // The emulator saves its lists every five seconds.
    await wait(6_000);
    const late = all.slice(16);
    await putAll(store, late);
    await azurite.kill();
    await azurite.start();
    const listed = (await store.listUnits("data/s"))?.units.map((unit) => Number.parseInt(unit.id, 16)) ?? [];
    const forgotten = all.filter((number) => !listed.includes(number));
    expect(forgotten.every((number) => late.includes(number))).toBe(true);
    expect(forgotten.length).toBeGreaterThan(0);
    expect((await sealAndCompare(store)).sort((a, b) => a - b)).toEqual(forgotten);
  });

  it("R1, R2: killed in the middle and away for seconds, the transfer goes on by itself", async () => {
    const store = openStore();
    let restarted: Promise<void> | undefined;
    await putAll(store, all, (done) => {
      if (done !== 15) return;
      restarted = (async () => {
        await azurite.kill();
        await wait(3_000);
        await azurite.start();
      })();
    });
    await restarted;
    expect(events[0]).toMatch(/^drop: the connection was (refused|reset)$/);
    await sealAndCompare(store);
  });
});
