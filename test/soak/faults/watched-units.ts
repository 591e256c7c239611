/** Waits until units have arrived in a store, whatever the process that sends them says. */
import { setTimeout as wait } from "node:timers/promises";
import type { BlockStore } from "../../../src/store/blocks/block-store.ts";
import { openBlockStore } from "../../../src/store/blocks/open-block-store.ts";
import type { Store } from "./bench.ts";

const WITHIN_MS = 120_000;

export class WatchedUnits {
  readonly #store: Promise<BlockStore>;

  constructor({ place, settings }: Store) {
    this.#store = openBlockStore("--from", place, { environment: settings });
  }

  async atLeast(count: number): Promise<void> {
    const deadline = performance.now() + WITHIN_MS;
    while ((await this.#count()) < count) {
      if (performance.now() > deadline) throw new Error(`fewer than ${count} units arrived`);
      await wait(50);
    }
  }

  async #count(): Promise<number> {
    const store = await this.#store;
    if (!(await store.exists())) return 0;
    let units = 0;
    for await (const { name } of store.listSegments("data/")) units += (await store.listUnits(name))?.units.length ?? 0;
    return units;
  }
}
