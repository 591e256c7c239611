import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Azurite {
  /** `http://127.0.0.1:PORT/ACCOUNT` */
  readonly url: string;
  readonly connectionString: string;
  /** The same account behind another address, for a proxy in between: the signature does not cover the host. */
  readonly connectionStringVia: (port: number) => string;
  readonly port: number;
  readonly stop: () => Promise<void>;
}

export interface PersistentAzurite extends Azurite {
  /** SIGKILL. What was acknowledged within the last five seconds may be forgotten: the emulator saves its lists only so often. */
  readonly kill: () => Promise<void>;
  /** With the same port and folder. */
  readonly start: () => Promise<void>;
  /** The process id, while it runs. */
  readonly pid: () => number | undefined;
}

const START_TIMEOUT_MS = 30_000;

const ACCOUNT = "reprisetest";

interface Process {
  readonly port: number;
  readonly pid: number | undefined;
  readonly kill: () => Promise<void>;
}

export interface AzuriteOptions {
  /** A program that becomes the emulator's process, with its arguments: one that enters a namespace first. */
  readonly wrapper?: readonly string[];
}

/** Starts Azurite's blob service in memory, on a free port, with an account and a key of its own. */
export async function startAzurite(options: AzuriteOptions = {}): Promise<Azurite> {
  const { folder, key, remove } = await newPlace();
  const { port, kill } = await startProcess(folder, key, 0, ["--inMemoryPersistence"], options.wrapper).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  const stop = async (): Promise<void> => {
    await kill();
    await remove();
  };
  return { ...addressesOf(port, key), stop };
}

/** The same on disk: it can be killed and started again, as often as a test likes. */
export async function startPersistentAzurite(): Promise<PersistentAzurite> {
  const { folder, key, remove } = await newPlace();
  const flags = ["--location", folder];
  let running: Process | undefined = await startProcess(folder, key, 0, flags).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  const { port } = running;
  const kill = async (): Promise<void> => {
    await running?.kill();
    running = undefined;
  };
  return {
    ...addressesOf(port, key),
    kill,
    start: async () => void (running ??= await startProcess(folder, key, port, flags)),
    pid: () => running?.pid,
    stop: async () => {
      await kill();
      await remove();
    },
  };
}

async function newPlace(): Promise<{ folder: string; key: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "reprise-azurite-"));
  return { folder, key: randomBytes(64).toString("base64"), remove: () => rm(folder, { recursive: true, force: true }) };
}

function addressesOf(port: number, key: string): Omit<Azurite, "stop"> {
  const connectionStringVia = (via: number): string =>
    `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${key};BlobEndpoint=http://127.0.0.1:${via}/${ACCOUNT};`;
  return { url: `http://127.0.0.1:${port}/${ACCOUNT}`, connectionString: connectionStringVia(port), connectionStringVia, port };
}

async function startProcess(
  folder: string,
  key: string,
  wantedPort: number,
  more: readonly string[],
  wrapper: readonly string[] = [],
): Promise<Process> {
  const main = createRequire(import.meta.url).resolve("azurite/dist/src/blob/main.js");
  const flags = ["--blobPort", String(wantedPort), "--skipApiVersionCheck", "--silent", "--disableTelemetry", ...more];
  const [program = "", ...args] = [...wrapper, process.execPath, main, ...flags];
  const child = spawn(program, args, {
    cwd: folder,
    env: { PATH: process.env["PATH"], AZURITE_ACCOUNTS: `${ACCOUNT}:${key}` },
    stdio: ["ignore", "pipe", "pipe"],
  });
  // Also when a test ends its process without stopping it.
  const onExit = (): void => void child.kill("SIGKILL");
  process.once("exit", onExit);
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => {
      process.off("exit", onExit);
      resolve();
    });
  });
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
  };
  let output = "";
  const port = await new Promise<number>((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`Azurite did not start: ${why}\n${output}`));
    const timer = setTimeout(() => fail("no answer in time"), START_TIMEOUT_MS);
    const read = (chunk: Buffer): void => {
      output += chunk.toString("utf8");
      const found = /successfully listens on http:\/\/127\.0\.0\.1:(\d+)/.exec(output)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(Number(found));
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("error", (error) => fail(error.message));
    child.once("exit", (code) => fail(`exit code ${code}`));
  }).catch(async (error: unknown) => {
    await kill();
    throw error;
  });
  return { port, pid: child.pid, kill };
}
