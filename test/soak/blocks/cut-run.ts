/** Backup or restore by the real command line through a line that is cut once. In: when and how. Out: how it ended, what went over the line, how long it took. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { BlobServiceClient } from "@azure/storage-blob";
import { openAzureBlockStore } from "../../../src/store/blocks/azure-blob.ts";
import type { Azurite } from "../../support/azurite.ts";
import { startCommand } from "../../support/command-line.ts";
import { startTcpProxy } from "../../support/tcp-proxy.ts";
import { summaryOf } from "./killed-work.ts";
import type { SoakSource } from "./sources.ts";
import { restoreAll } from "./stored.ts";

export type CutKind = "refused" | "swallowed";

export interface Cut {
  readonly kind: CutKind;
  readonly forMs: number;
  /** The cut comes when so many bytes have gone up the line. */
  readonly atBytesUp: number;
}

export interface Passage {
  /** False when it was over before. */
  readonly wasCut: boolean;
  readonly bytesUp: number;
  readonly durationMs: number;
  readonly blocksSent: number;
  readonly wrong: readonly string[];
}

export class CutBench {
  readonly #azurite: Azurite;
  readonly #source: SoakSource;
  readonly #scratch: string;

  constructor(azurite: Azurite, source: SoakSource, scratch: string) {
    this.#azurite = azurite;
    this.#source = source;
    this.#scratch = scratch;
    mkdirSync(scratch, { recursive: true });
  }

  /** A first backup of the source, and whether its point is there once and restores. */
  async backup(name: string, cut?: Cut, keep = false): Promise<Passage> {
    const { summary, ...passage } = await this.#pass(
      (to) => ["backup", "--name", "j", "--machine", "m", "--source", this.#source.path, "--to", to],
      name,
      cut,
    );
    const container = BlobServiceClient.fromConnectionString(this.#azurite.connectionString).getContainerClient(name);
    const { points, wrong } = await restoreAll(openAzureBlockStore(container), this.#source, new Map(), this.#scratch);
    if (!keep) await container.delete();
    const faults = [
      ...(points.length === 1 ? [] : [`${points.length} points`]),
      ...(summary.result === "success" ? [] : [`the result is ${summary.result}`]),
    ];
    return { ...passage, blocksSent: summary.tasks?.[0].blocksSent ?? Number.NaN, wrong: [...wrong, ...faults] };
  }

  /** Of the store that a backup left. */
  async restore(store: string, name: string, cut?: Cut): Promise<Passage> {
    const out = join(this.#scratch, name);
    const { summary: _, ...passage } = await this.#pass((from) => ["restore", "--from", from, "--to", out], store, cut);
    const isRight = this.#source.fingerprintOf(out) === this.#source.fingerprint();
    rmSync(out);
    return { ...passage, blocksSent: 0, wrong: isRight ? [] : ["other content"] };
  }

  async #pass(args: (url: string) => string[], name: string, cut: Cut | undefined) {
    const { port, url, connectionStringVia } = this.#azurite;
    const proxy = await startTcpProxy(port);
    try {
      const place = `${url.replace(`:${port}/`, `:${proxy.port}/`)}/${name}`;
      const startedMs = performance.now();
      const { child, ended } = startCommand([...args(place), "--json"], {
        settings: { AZURE_STORAGE_CONNECTION_STRING: connectionStringVia(proxy.port) },
      });
      let wasCut = false;
      if (cut !== undefined) {
        while (child.exitCode === null && child.signalCode === null && proxy.bytesUp() < cut.atBytesUp) await wait(1);
        wasCut = child.exitCode === null && child.signalCode === null;
        if (cut.kind === "refused") await proxy.refuse();
        else proxy.blackhole();
        await wait(cut.forMs);
        await proxy.pass();
      }
      const finished = await ended;
      const durationMs = performance.now() - startedMs;
      return { wasCut, bytesUp: proxy.bytesUp(), durationMs, summary: summaryOf(finished) };
    } finally {
      await proxy.stop();
    }
  }
}
