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

const START_TIMEOUT_MS = 30_000;

/** Starts Azurite's blob service in memory, on a free port, with an account and a key of its own. */
export async function startAzurite(): Promise<Azurite> {
  const account = "reprisetest";
  const key = randomBytes(64).toString("base64");
  const folder = await mkdtemp(join(tmpdir(), "reprise-azurite-"));
  const main = createRequire(import.meta.url).resolve("azurite/dist/src/blob/main.js");
  const flags = ["--blobPort", "0", "--inMemoryPersistence", "--skipApiVersionCheck", "--silent", "--disableTelemetry"];
  const child = spawn(process.execPath, [main, ...flags], {
    cwd: folder,
    env: { PATH: process.env["PATH"], AZURITE_ACCOUNTS: `${account}:${key}` },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
    await rm(folder, { recursive: true, force: true });
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
    await stop();
    throw error;
  });
  const connectionStringVia = (via: number): string =>
    `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${key};BlobEndpoint=http://127.0.0.1:${via}/${account};`;
  return { url: `http://127.0.0.1:${port}/${account}`, connectionString: connectionStringVia(port), connectionStringVia, port, stop };
}
