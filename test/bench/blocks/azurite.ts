/** Azurite on disk, in a process of its own, with its traffic and its CPU time counted. */
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync, unlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import {
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  StorageSharedKeyCredential,
  generateAccountSASQueryParameters,
} from "@azure/storage-blob";
import { setTimeout as sleep } from "node:timers/promises";

export interface Traffic {
  readonly received: number;
  readonly sent: number;
  readonly cpuSeconds: number;
}

export class CountedAzurite {
  readonly account = "bench";
  readonly key = randomBytes(64).toString("base64");
  readonly #folder: string;
  #child: ChildProcess | undefined;
  port = 0;
  /** Where clients are sent, when something stands in front. */
  frontPort: number | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get url(): string {
    return `http://127.0.0.1:${this.frontPort ?? this.port}/${this.account}`;
  }

  get connectionString(): string {
    return `DefaultEndpointsProtocol=http;AccountName=${this.account};AccountKey=${this.key};BlobEndpoint=${this.url};`;
  }

  /** With a signature for everything, for programs that take no other address than Azure's with a key. */
  get signedUrl(): string {
    const credential = new StorageSharedKeyCredential(this.account, this.key);
    const sas = generateAccountSASQueryParameters(
      {
        expiresOn: new Date(Date.now() + 86_400_000),
        permissions: AccountSASPermissions.parse("rwdlacup"),
        resourceTypes: AccountSASResourceTypes.parse("sco").toString(),
        services: AccountSASServices.parse("b").toString(),
      },
      credential,
    );
    return `${this.url}?${sas.toString()}`;
  }

  async start(): Promise<void> {
    const main = createRequire(import.meta.url).resolve("azurite/dist/src/blob/main.js");
    const counter = new URL("./counting-azurite.mjs", import.meta.url).href;
    const flags = ["--blobPort", String(this.port), "--location", this.#folder, "--skipApiVersionCheck", "--silent", "--disableTelemetry"];
    const child = spawn(process.execPath, ["--import", counter, main, ...flags], {
      env: { PATH: process.env.PATH, AZURITE_ACCOUNTS: `${this.account}:${this.key}`, COUNT_FILE: this.#countFile },
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#child = child;
    this.port = await new Promise<number>((resolve, reject) => {
      let output = "";
      child.stdout?.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        const found = /successfully listens on http:\/\/127\.0\.0\.1:(\d+)/.exec(output)?.[1];
        if (found !== undefined) resolve(Number(found));
      });
      child.once("exit", () => reject(new Error(`Azurite ended: ${output}`)));
    });
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  /** With all that it holds. */
  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async traffic(): Promise<Traffic> {
    const pid = this.#child?.pid ?? 0;
    if (existsSync(this.#countFile)) unlinkSync(this.#countFile);
    process.kill(pid, "SIGUSR2");
    while (!existsSync(this.#countFile)) await sleep(5);
    const { read, written } = JSON.parse(readFileSync(this.#countFile, "utf8")) as { readonly read: number; readonly written: number };
    return { received: read, sent: written, cpuSeconds: cpuOf(pid) };
  }

  get #countFile(): string {
    return join(this.#folder, "..", "azurite-traffic.json");
  }
}

/** User and system time of a process, from /proc. */
function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
