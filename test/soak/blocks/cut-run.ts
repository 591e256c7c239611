/** Backup or restore by the real command line through a line that is cut once. In: when and how. Out: how it ended, what went over the line, how long it took. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { BlobServiceClient } from "@azure/storage-blob";
import { openAzureBlockStore } from "../../../src/store/blocks/azure-blob.ts";
import type { Azurite } from "../../support/azurite.ts";
import { jsonLines, startCommand, type Finished } from "../../support/command-line.ts";
import { startTcpProxy, type TcpProxy } from "../../support/tcp-proxy.ts";
import { summaryOf } from "./killed-work.ts";
import type { SoakSource } from "./sources.ts";
import { restoreAll } from "./stored.ts";

export type CutKind = "refused" | "swallowed";

export interface Cut {
  readonly kind: CutKind;
  readonly forMs: number;
  /** The cut comes at the moment when so many bytes have passed. */
  readonly at: { readonly way: "up" | "down"; readonly bytes: number };
}

/** How the program met the cut. */
export type End =
  /** It said that it lost the connection, and that it was back. */
  | "reconnected"
  /** No call of it was under way, or it got through by beginning one anew: nothing was lost. */
  | "not noticed"
  /** It was over before. */
  | "over before"
  | "unexplained";

export interface Passage {
  readonly end: End;
  /** What it said, where that is no explanation. */
  readonly said: string;
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly durationMs: number;
  readonly blocksSent: number;
  /** That stand in the store and restore. */
  readonly points: number;
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
    return { ...passage, blocksSent: summary.tasks?.[0].blocksSent ?? Number.NaN, points: points.length, wrong: [...wrong, ...faults] };
  }

  /** Of the store that a backup left. */
  async restore(store: string, name: string, cut?: Cut): Promise<Passage> {
    const out = join(this.#scratch, name);
    const { summary: _, ...passage } = await this.#pass((from) => ["restore", "--from", from, "--to", out], store, cut);
    const isRight = this.#source.fingerprintOf(out) === this.#source.fingerprint();
    rmSync(out);
    return { ...passage, blocksSent: 0, points: 1, wrong: isRight ? [] : ["other content"] };
  }

  async #pass(args: (url: string) => string[], name: string, cut: Cut | undefined) {
    const { port, url, connectionStringVia } = this.#azurite;
    const proxy = await startTcpProxy(port);
    try {
      const place = `${url.replace(`:${port}/`, `:${proxy.port}/`)}/${name}`;
      const startedMs = performance.now();
      const { ended } = startCommand([...args(place), "--json"], {
        settings: { AZURE_STORAGE_CONNECTION_STRING: connectionStringVia(proxy.port) },
      });
      const cutting = cut === undefined ? undefined : cutOnce(proxy, cut);
      const finished = await ended;
      const durationMs = performance.now() - startedMs;
      const met = endOf(finished, await cutting?.stop());
      return { ...met, bytesUp: proxy.bytesUp(), bytesDown: proxy.bytesDown(), durationMs, summary: summaryOf(finished) };
    } finally {
      await proxy.stop();
    }
  }
}

/** `stop` gives whether the cut has come, and waits for its end. */
function cutOnce(proxy: TcpProxy, { kind, forMs, at }: Cut): { readonly stop: () => Promise<boolean> } {
  let cut: Promise<void> | undefined;
  proxy.at(at, () => {
    if (kind === "swallowed") proxy.blackhole();
    cut = (kind === "refused" ? proxy.refuse() : Promise.resolve()).then(() => wait(forMs)).then(() => proxy.pass());
  });
  return {
    stop: async () => {
      await cut;
      return cut !== undefined;
    },
  };
}

function endOf(finished: Finished, wasCut: boolean | undefined): Pick<Passage, "end" | "said"> {
  const said = jsonLines(finished).flatMap(({ text }) => (typeof text === "string" ? [text] : []));
  const [lost, back] = ["lost", "back"].map(
    (what) => said.filter((text) => new RegExp(`^The connection (was|is) ${what}`).test(text)).length,
  );
  if (wasCut === false) return { end: "over before", said: said.join(" ") };
  if (lost !== back || (lost ?? 0) + (back ?? 0) !== said.length)
    return { end: "unexplained", said: `${said.join(" ")} ${finished.stderr}` };
  return { end: lost === 0 ? "not noticed" : "reconnected", said: "" };
}
