/** What the app needs around it: a storage account (Azurite, with queues and tables for the task hub) and a control plane (`reprise simulate`). */
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { plainEnvironment, start, type Program } from "./child-process.ts";

export const cli = fileURLToPath(new URL("../../dist/cli/reprise.js", import.meta.url));

export interface StorageAccount {
  readonly program: Program;
  readonly connectionString: string;
}

/** In memory: it lives longer than the hosts that are killed. */
export async function startStorageAccount(folder: string): Promise<StorageAccount> {
  const account = "reprisetest";
  const key = randomBytes(64).toString("base64");
  const main = createRequire(import.meta.url).resolve("azurite/dist/src/azurite.js");
  const flags = [
    "--blobPort",
    "0",
    "--queuePort",
    "0",
    "--tablePort",
    "0",
    "--inMemoryPersistence",
    "--skipApiVersionCheck",
    "--silent",
    "--disableTelemetry",
  ];
  const program = start({
    name: "azurite",
    command: process.execPath,
    args: [main, ...flags],
    cwd: folder,
    env: plainEnvironment({ AZURITE_ACCOUNTS: `${account}:${key}` }),
  });
  const endpoint = (service: string) =>
    program.waitFor(
      (output) =>
        new RegExp(`${service} service (?:is )?successfully listen(?:s|ing) (?:on|at) http://127\\.0\\.0\\.1:(\\d+)`).exec(output)?.[1],
      60_000,
    );
  const [blob, queue, table] = await Promise.all([endpoint("Blob"), endpoint("Queue"), endpoint("Table")]);
  const at = (port: string) => `http://127.0.0.1:${port}/${account}`;
  return {
    program,
    connectionString: `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${key};BlobEndpoint=${at(blob)};QueueEndpoint=${at(queue)};TableEndpoint=${at(table)};`,
  };
}

export interface SimulatedItem {
  readonly id: string;
  readonly backupsAccepted: number;
}

export interface ControlPlane {
  readonly program: Program;
  readonly url: string;
  items(): Promise<readonly SimulatedItem[]>;
  /** Requests for a backup that it received. */
  triggers(): Promise<number>;
}

export async function startControlPlane(folder: string, estate: unknown): Promise<ControlPlane> {
  const file = join(folder, "estate.json");
  await writeFile(file, JSON.stringify(estate));
  const program = start({
    name: "simulator",
    command: process.execPath,
    args: [cli, "simulate", "--port", "0", "--estate", file],
    cwd: folder,
    env: plainEnvironment(),
  });
  const url = await program.waitFor((output) => /^(http:\/\/127\.0\.0\.1:\d+)$/m.exec(output)?.[1], 60_000);
  const read = async (what: string): Promise<string> => {
    const answer = await fetch(`${url}/_simulator/${what}`);
    if (answer.status !== 200) throw new Error(`/_simulator/${what}: ${answer.status}`);
    return answer.text();
  };
  return {
    program,
    url,
    items: async () => (JSON.parse(await read("state")) as { items: SimulatedItem[] }).items,
    triggers: async () => {
      const lines = (await read("log")).split("\n").filter((line) => line !== "");
      return lines
        .map((line) => JSON.parse(line) as { method: string; path: string })
        .filter(({ method, path }) => method === "POST" && /\/backup(\?|$)/.test(path)).length;
    },
  };
}
