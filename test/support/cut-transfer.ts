/**
 * A backup over a line that is cut, whose process is killed, to a real Azurite. In: a seed, how often and how long the line is down. Out: what went over the
 * line, beside what an undisturbed backup of the same disk sends; and whether the restored disk is the same.
 */
import { createHash, hash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startAzurite } from "./azurite.ts";
import { jsonLines, runCommand, startCommand, temporaryFolder } from "./command-line.ts";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";

const MIB = 1024 * 1024;

export interface CutTransferOptions {
  readonly seed: number;
  readonly sizeMib: number;
  readonly cuts: number;
  /** Each cut lasts between these. */
  readonly downMs: readonly [number, number];
}

export interface CutTransfer {
  readonly quietBytes: number;
  readonly bytes: number;
  /** Units may be on their way when a fault strikes: what each fault can cost at most. */
  readonly faults: number;
  readonly points: number;
  readonly codes: readonly (number | null)[];
  readonly retries: number;
  readonly blocksResumed: number;
  /** Lines that say that the connection came back, in both processes. */
  readonly returns: number;
  readonly restoredEqual: boolean;
  readonly downMs: readonly number[];
}

/** The same numbers for the same seed, in [0, 1). */
function dice(seed: number): () => number {
  let number = 0;
  return () => hash("sha256", `${seed} ${number++}`, "buffer").readUInt32LE(0) / 2 ** 32;
}

function noise(seed: number, sizeBytes: number): Buffer {
  return createHash("shake256", { outputLength: sizeBytes }).update(String(seed)).digest();
}

export async function cutTransfer({ seed, sizeMib, cuts, downMs }: CutTransferOptions): Promise<CutTransfer> {
  const folder = temporaryFolder();
  const azurite = await startAzurite();
  const proxy = await startTcpProxy(azurite.port);
  try {
    const roll = dice(seed);
    const disk = join(folder, "disk.img");
    writeFileSync(disk, noise(seed, sizeMib * MIB));
    const account = new URL(azurite.url).pathname;
    const settings = { AZURE_STORAGE_CONNECTION_STRING: azurite.connectionStringVia(proxy.port) };
    const storeOf = (container: string): string => `http://127.0.0.1:${proxy.port}${account}/${container}`;
    const jobOf = (container: string): string => {
      const path = join(folder, `${container}.json`);
      const machines = [{ name: "m1", disks: [{ name: "data", path: disk }] }];
      const job = { name: container, target: storeOf(container), machines, bandwidth: "16MiB", reconnect: { every: "5s" } };
      writeFileSync(path, JSON.stringify(job));
      return path;
    };
    const quiet = await runCommand(["backup", "--job", jobOf("quiet"), "--json"], { settings });
    if (quiet.code !== 0) throw new Error(`the quiet run ended with ${quiet.code}: ${quiet.stdout}${quiet.stderr}`);
    const quietBytes = proxy.bytesUp();

    const downs = Array.from({ length: cuts }, () => Math.round(downMs[0] + roll() * (downMs[1] - downMs[0])));
    const step = (sizeMib * MIB) / (cuts + 2);
    const running = startCommand(["backup", "--job", jobOf("cut"), "--json"], { settings });
    const ended = running.ended.then(() => true);
    for (const down of downs) {
      await until(proxy, proxy.bytesUp() + step * (0.7 + 0.6 * roll()), ended);
      await proxy.refuse();
      await new Promise((resolve) => setTimeout(resolve, down));
      await proxy.pass();
    }
    await until(proxy, proxy.bytesUp() + step * 0.5, ended);
    running.child.kill("SIGKILL");
    const first = await running.ended;
    const last = await runCommand(["backup", "--job", jobOf("cut"), "--json"], { settings });
    const bytes = proxy.bytesUp() - quietBytes;
    const summary = jsonLines(last).at(-1) as { retries: number; tasks: { blocksResumed: number }[] };
    const listed = await runCommand(["points", "--from", storeOf("cut"), "--json"], { settings });
    const restored = join(folder, "restored.img");
    await runCommand(["restore", "--from", storeOf("cut"), "--to", restored], { settings });
    return {
      quietBytes,
      bytes,
      faults: cuts + 1,
      points: ((jsonLines(listed).at(-1)?.["points"] ?? []) as unknown[]).length,
      codes: [first.code, last.code],
      retries: summary.retries,
      blocksResumed: summary.tasks[0]?.blocksResumed ?? 0,
      returns: `${first.stdout}${last.stdout}`.split("The connection is back").length - 1,
      restoredEqual: readFileSync(restored).equals(readFileSync(disk)),
      downMs: downs,
    };
  } finally {
    await proxy.stop();
    await azurite.stop();
  }
}

async function until(proxy: TcpProxy, bytes: number, ended: Promise<boolean>): Promise<void> {
  while (proxy.bytesUp() < bytes)
    if (await Promise.race([ended, new Promise<false>((resolve) => setTimeout(() => resolve(false), 10))]))
      throw new Error("it ended too early");
}
