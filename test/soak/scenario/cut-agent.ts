/**
 * An agent whose line is cut twice and whose process is killed once, beside a quiet run of the same disk and folder. Everything is real: processes, sockets,
 * an Azurite, time. In: a seed. Out: what went over the line, what the program says that it sent, and what stands in the store in the end.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { randomOf } from "../../exactly-once/hub-faults.ts";
import type { Azurite } from "../../support/azurite.ts";
import { jsonLines, runCommand, type Finished } from "../../support/command-line.ts";
import { startTcpProxy, type TcpProxy } from "../../support/tcp-proxy.ts";
import { sha256, treeFingerprint } from "../blocks/sources.ts";
import { WatchedAgent, onceSoon } from "./watched-agent.ts";

const MIB = 1024 * 1024;
const DISK_MIB = 128;
const FILES = 48;
/** Slow enough that units are always on their way, as on a real line. */
const BYTES_PER_SECOND = 24 * MIB;
const CUT_MS = 20_000;
const LARGE_REQUEST_BYTES = 64 * 1024;

export interface Fault {
  readonly what: string;
  /** Units on their way when it struck. */
  readonly units: number;
}

export interface CutAgent {
  readonly faults: readonly Fault[];
  readonly wire: { readonly quiet: number; readonly cut: number; readonly unanswered: number };
  /** Bytes that the service acknowledged, by the program's own count. */
  readonly own: { readonly quiet: number; readonly cut: number };
  readonly sessions: readonly Readonly<Record<string, unknown>>[];
  readonly points: readonly { readonly id: string; readonly disk: string }[];
  readonly files: number;
  readonly verified: number | null;
  /** Of what was restored: what is not as its source. */
  readonly wrong: readonly string[];
  readonly restored: number;
  /** What each of the two processes said. */
  readonly notes: readonly (readonly string[])[];
  readonly ends: readonly (number | string | null)[];
  readonly seconds: number;
}

interface Source {
  readonly disk: string;
  readonly folder: string;
}

/** Half of the folder's bytes are in files that fill units of their own. */
function makeSource(base: string): Source {
  const [disk, folder] = [join(base, "disk.img"), join(base, "files")];
  writeFileSync(disk, randomBytes(DISK_MIB * MIB));
  mkdirSync(join(folder, "deep"), { recursive: true });
  for (let number = 0; number < FILES; number++)
    writeFileSync(
      join(folder, number % 2 === 0 ? `f${number}` : `deep/f${number}`),
      randomBytes(number % 8 === 0 ? 5 * MIB : 700_000 + number),
    );
  symlinkSync("deep/f7", join(folder, "link"));
  return { disk, folder };
}

class Scene {
  readonly #proxy: TcpProxy;
  readonly #base: string;
  readonly #account: string;
  readonly #source: Source;
  readonly settings: Readonly<Record<string, string>>;
  readonly faults: Fault[] = [];

  constructor(azurite: Azurite, proxy: TcpProxy, base: string, source: Source) {
    this.#proxy = proxy;
    this.#base = base;
    this.#source = source;
    this.#account = new URL(azurite.url).pathname;
    this.settings = { AZURE_STORAGE_CONNECTION_STRING: azurite.connectionStringVia(proxy.port) };
  }

  storeOf(container: string): string {
    return `http://127.0.0.1:${this.#proxy.port}${this.#account}/${container}`;
  }

  job(name: string, more: object = {}): string {
    const path = join(this.#base, `${name}.json`);
    const { disk, folder } = this.#source;
    const machines = [{ name: "m1", disks: [{ name: "disk", path: disk }], folders: [{ name: "files", path: folder }] }];
    writeFileSync(path, JSON.stringify({ name, target: this.storeOf(name), machines, reconnect: { every: "5s" }, ...more }));
    return path;
  }

  run(args: readonly string[]): Promise<Finished> {
    return runCommand([...args, "--json"], { settings: this.settings });
  }

  async summary(args: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
    const finished = await this.run(args);
    if (finished.code !== 0) throw new Error(`${args.join(" ")} ended with ${finished.code}: ${finished.stdout}${finished.stderr}`);
    return jsonLines(finished).at(-1) ?? {};
  }

  /** Resolves at the very moment when so many more bytes have gone up the line; `strike` runs in it. */
  reached(moreBytes: number, strike: () => void = () => {}): Promise<void> {
    return new Promise((resolve) => {
      this.#proxy.at({ way: "up", bytes: this.#proxy.bytesUp() + moreBytes }, () => {
        strike();
        resolve();
      });
    });
  }

  note(what: string): void {
    this.faults.push({ what, units: this.#proxy.requestsUnderWay(LARGE_REQUEST_BYTES) });
  }
}

export async function cutAgent(azurite: Azurite, base: string, seed: number): Promise<CutAgent> {
  const proxy = await startTcpProxy(azurite.port, { bytesPerSecondUp: BYTES_PER_SECOND });
  try {
    const source = makeSource(base);
    const scene = new Scene(azurite, proxy, base, source);
    const roll = randomOf(seed);
    const quiet = await scene.summary(["backup", "--job", scene.job("quiet")]);
    const quietWire = proxy.bytesUp();
    const startedMs = performance.now();
    const job = scene.job("cut", { schedule: onceSoon(), retries: { count: 3, wait: "10m" } });

    // Twice in the disk, once in the folder; eight units share the line, so that the first are whole after 32 MiB.
    const first = new WatchedAgent(job, scene.settings);
    await scene.reached((40 + 16 * roll()) * MIB, () => {
      scene.note("refused for 20 s");
      void proxy.refuse();
    });
    await wait(CUT_MS);
    await proxy.pass();
    await scene.reached((40 + 16 * roll()) * MIB);
    const sentByFirst = await first.sentBytes();
    scene.note("SIGKILL");
    const killed = await first.end("SIGKILL");
    const second = new WatchedAgent(job, scene.settings);
    await second.said(/disk of m1/);
    await scene.reached((4 + 8 * roll()) * MIB, () => {
      scene.note("silent for 20 s");
      proxy.blackhole();
    });
    await wait(CUT_MS);
    await proxy.pass();
    await second.said(/^session \S+: (success|warning|failed)/);
    const seconds = (performance.now() - startedMs) / 1_000;
    const last = await second.end("SIGTERM");
    const wire = { quiet: quietWire, cut: proxy.bytesUp() - quietWire, unanswered: proxy.bytesUnanswered() };

    const from = ["--from", scene.storeOf("cut")];
    const { points, files } = (await scene.summary(["points", ...from])) as {
      points: { id: string; disk: string; storedBytes: number }[];
      files: unknown[];
    };
    const { sessions } = (await scene.summary(["sessions", "list", ...from])) as { sessions: Record<string, unknown>[] };
    const verified = await scene.run(["verify", "--full", ...from]);
    const { parts } = (await scene.summary(["restore", ...from, "--to", join(base, "restored")])) as {
      parts: { disk: string; to: string }[];
    };
    return {
      faults: scene.faults,
      wire,
      own: { quiet: sentBy(quiet), cut: sentByFirst + points.reduce((sum, { storedBytes }) => sum + storedBytes, 0) },
      sessions,
      points,
      files: files.length,
      verified: verified.code,
      wrong: parts
        .filter((part) => fingerprintOf(part.to) !== fingerprintOf(part.disk === "disk" ? source.disk : source.folder))
        .map(({ disk }) => disk),
      restored: parts.length,
      notes: [first.lines, second.lines],
      ends: [killed.signal, last.code],
      seconds,
    };
  } finally {
    await proxy.stop();
  }
}

function fingerprintOf(path: string): string {
  return statSync(path).isDirectory() ? treeFingerprint(path) : sha256(readFileSync(path));
}

function sentBy(summary: Readonly<Record<string, unknown>>): number {
  return (summary["tasks"] as { bytesSent: number }[]).reduce((sum, { bytesSent }) => sum + bytesSent, 0);
}
