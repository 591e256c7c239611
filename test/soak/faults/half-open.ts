/**
 * R1, R4: a line that goes dead without a word. Behind a proxy: connections stay open and are silent for ever, new ones are refused, or are silent too. In a
 * network namespace: its interface goes down, so that the kernel says "unreachable" to new connections and nothing at all to those that are open.
 */
import { spawnSync } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";
import { startAzurite, type Azurite } from "../../support/azurite.ts";
import { startTcpProxy } from "../../support/tcp-proxy.ts";
import { blocksResumed, told, unless, type FaultBench, type FaultRow, type Store, type Told } from "./bench.ts";

const MIB = 1024 * 1024;
const SIZE_MIB = 64;
const DOWN_MS = 20_000;
const BYTES_PER_SECOND = 24 * MIB;
const CUT_AT_BYTES = 44 * MIB;

async function rowOf(
  fault: string,
  bench: FaultBench,
  store: Store,
  disk: string,
  seen: Told,
  wrapper: readonly string[] = [],
): Promise<FaultRow> {
  const count = (what: RegExp): number => seen.notes.filter((note) => what.test(note)).length;
  const [lost, back] = [count(/^The connection was lost/), count(/^The connection is back/)];
  return {
    fault,
    ended: "reconnected by itself: success",
    retries: seen.retries,
    points: (await bench.points(store, { wrapper })).length,
    blocksResumed: blocksResumed(seen),
    wrong: [
      ...unless(seen.code === 0 && seen.result === "success" && seen.retries === 0, "it did not succeed within its first run", seen),
      ...unless(lost > 0 && lost === back, "it did not say that the connection was lost and came back", seen),
      ...(await bench.wrongWith(store, disk, 1, { wrapper })),
    ],
  };
}

export async function halfOpen(bench: FaultBench, azurite: Azurite, newOnes: "refused" | "silent"): Promise<FaultRow> {
  const proxy = await startTcpProxy(azurite.port, { bytesPerSecondUp: BYTES_PER_SECOND });
  try {
    const name = bench.name(`half-open-${newOnes}`);
    const disk = bench.image(name, SIZE_MIB);
    const store = {
      place: `http://127.0.0.1:${proxy.port}${new URL(azurite.url).pathname}/${name}`,
      settings: { AZURE_STORAGE_CONNECTION_STRING: azurite.connectionStringVia(proxy.port) },
    };
    const job = bench.job(name, store, { disk }, { retries: { count: 1, wait: "1s" } });
    proxy.at({ way: "up", bytes: CUT_AT_BYTES }, () => {
      if (newOnes === "refused") proxy.halfOpen();
      else proxy.blackhole();
      setTimeout(() => void proxy.pass(), DOWN_MS);
    });
    const seen = await bench.backup(job, store);
    return await rowOf(`open connections silent for ever, new ones ${newOnes} for 20 s`, bench, store, disk, seen);
  } finally {
    await proxy.stop();
  }
}

/** Not every machine lets root make one. */
export function canMakeNamespaces(): boolean {
  return spawnSync("unshare", ["-n", "true"]).status === 0 && spawnSync("nsenter", ["--version"]).status === 0;
}

/** Emulator and client share a namespace of their own, whose loopback goes down. */
export async function interfaceDown(bench: FaultBench): Promise<FaultRow> {
  const name = bench.name("interface-down");
  const ip = (...args: string[]): void => {
    const { status, stderr } = spawnSync("ip", args);
    if (status !== 0) throw new Error(`ip ${args.join(" ")}: ${stderr.toString()}`);
  };
  const place = `reprise-${process.pid}`;
  ip("netns", "add", place);
  try {
    ip("-n", place, "link", "set", "lo", "up");
    const wrapper = ["nsenter", `--net=/run/netns/${place}`];
    const azurite = await startAzurite({ wrapper });
    try {
      const disk = bench.image(name, SIZE_MIB);
      const store = { place: `${azurite.url}/${name}`, settings: { AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString } };
      const job = bench.job(name, store, { disk }, { retries: { count: 1, wait: "1s" }, bandwidth: "8MiB" });
      const running = bench.start(job, store, { wrapper });
      await wait(4_000);
      ip("-n", place, "link", "set", "lo", "down");
      await wait(DOWN_MS);
      ip("-n", place, "link", "set", "lo", "up");
      return await rowOf("network interface down for 20 s", bench, store, disk, told(await running.ended), wrapper);
    } finally {
      await azurite.stop();
    }
  } finally {
    ip("netns", "delete", place);
  }
}
