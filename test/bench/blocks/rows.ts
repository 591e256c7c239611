/** The rows of the table: each does the same work with every program in turn, over and over, so that what else the machine does hits all alike. */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { CountedAzurite } from "./azurite.ts";
import { changeImage, makeFiles, makeImage, touch } from "./data.ts";
import { Forwarder } from "./forwarder.ts";
import { measure, type Measured } from "./measure.ts";
import { toolsFor, type Tool } from "./tools.ts";

export interface BenchSize {
  readonly mib: number;
  readonly changedMib: number;
  readonly files: number;
  readonly rounds: number;
}

export interface Row {
  readonly work: string;
  /** By program, one per round. */
  readonly runs: ReadonlyMap<string, readonly Measured[]>;
  readonly notes: readonly string[];
}

export interface Bench {
  readonly folder: string;
  readonly azurite: CountedAzurite;
  readonly size: BenchSize;
  readonly say: (text: string) => void;
}

export class Rows {
  readonly #bench: Bench;
  readonly #image: string;
  #place = 0;

  constructor(bench: Bench) {
    this.#bench = bench;
    this.#image = join(bench.folder, "disk.img");
  }

  /** First full, then (on the same stores) a newer time with the same bytes, a change, and the restore. */
  async disk(): Promise<readonly Row[]> {
    const { size, say, folder, azurite } = this.#bench;
    const works = ["first full", "unchanged bytes, newer mtime", "changed, aligned", "changed, unaligned", "restore"];
    const rows = works.map((work) => ({ work, runs: new Map<string, Measured[]>(), notes: [] as string[] }));
    for (let round = 1; round <= size.rounds; round++) {
      makeImage(this.#image, size.mib);
      const tools = toolsFor(azurite);
      const places = new Map<Tool, string>();
      for (const tool of tools) places.set(tool, await this.#prepare(tool));
      const step = async (row: number, run: (tool: Tool, place: string) => Promise<Measured>): Promise<void> => {
        for (const tool of turned(tools, round)) {
          const measured = await run(tool, places.get(tool) ?? "");
          const { runs } = rows[row] ?? { runs: new Map() };
          runs.set(tool.name, [...(runs.get(tool.name) ?? []), measured]);
          say(
            `round ${round}: ${works[row]}, ${tool.name}: ${measured.seconds.toFixed(1)} s, CPU ${measured.cpuSeconds.toFixed(1)} s, up ${mib(measured.bytesUp)} MiB, ${Math.round(measured.peakMiB)} MiB`,
          );
        }
      };
      const again = (tool: Tool, place: string): Promise<Measured> => measure(tool.backup(place, this.#image), azurite);
      await step(0, again);
      await sleep(1_100);
      touch(this.#image);
      await step(1, again);
      changeImage(this.#image, size.mib, size.changedMib, round, true);
      await step(2, again);
      changeImage(this.#image, size.mib, size.changedMib, 100 + round, false);
      await step(3, again);
      await step(4, async (tool, place) => {
        const out = join(folder, "restored");
        mkdirSync(out, { recursive: true });
        const { command, restored } = tool.restore(place, this.#image, out);
        const measured = await measure(command, azurite);
        if (spawnSync("cmp", [this.#image, restored]).status !== 0) throw new Error(`${tool.name} restored other bytes`);
        rmSync(out, { recursive: true });
        return measured;
      });
      await this.#fresh();
    }
    return rows;
  }

  async smallFiles(): Promise<Row> {
    const { size, folder, azurite, say } = this.#bench;
    const files = join(folder, "files");
    mkdirSync(files);
    makeFiles(files, size.files);
    const runs = new Map<string, Measured[]>();
    for (let round = 1; round <= size.rounds; round++) {
      for (const tool of turned(toolsFor(azurite), round)) {
        const measured = await measure(tool.backup(await this.#prepare(tool), files), azurite);
        runs.set(tool.name, [...(runs.get(tool.name) ?? []), measured]);
        say(`round ${round}: small files, ${tool.name}: ${measured.seconds.toFixed(1)} s, CPU ${measured.cpuSeconds.toFixed(1)} s`);
      }
      await this.#fresh();
    }
    return { work: `${size.files} small files, first`, runs, notes: [] };
  }

  /** Killed when a share of a quiet run's bytes has gone up, then run again. */
  async killed(share: number, quietBytes: number): Promise<Row> {
    const { azurite, say, size } = this.#bench;
    const runs = new Map<string, Measured[]>();
    makeImage(this.#image, size.mib);
    for (const tool of toolsFor(azurite)) {
      const own = tool.name === "reprise";
      for (let time = 0; time < (own ? 3 : 1); time++) {
        const place = await this.#prepare(tool);
        const full = own ? quietBytes : tool.name === "restic" ? quietBytes : size.mib * 1024 * 1024;
        const first = await measure(tool.backup(place, this.#image), azurite, { killWhen: (bytes) => bytes >= share * full });
        if (tool.name === "restic")
          spawnSync("restic", ["-r", `rclone:az:${place}`, "unlock"], { env: { ...process.env, ...tool.backup(place, "").env } });
        const second = await measure(tool.backup(place, this.#image), azurite);
        const both = { ...second, seconds: first.seconds + second.seconds, bytesUp: first.bytesUp + second.bytesUp };
        runs.set(tool.name, [...(runs.get(tool.name) ?? []), both]);
        say(`killed at ${share * 100} %, ${tool.name}: ${mib(first.bytesUp)} + ${mib(second.bytesUp)} MiB`);
      }
      await this.#fresh();
    }
    return { work: `SIGKILL at ${share * 100} %, run again: bytes of both`, runs, notes: [] };
  }

  /** The store refuses connections for `seconds` at half. */
  async refused(seconds: number, quietBytes: number): Promise<Row> {
    const { azurite, say, size } = this.#bench;
    const runs = new Map<string, Measured[]>();
    makeImage(this.#image, size.mib);
    for (const name of toolsFor(azurite).map((tool) => tool.name)) {
      const direct = toolsFor(azurite).find((each) => each.name === name);
      if (direct === undefined) continue;
      // Preparing waits for a process, and would wait for ever for a forwarder in this one.
      const place = await this.#prepare(direct);
      const forwarder = new Forwarder(azurite.port);
      await forwarder.listen();
      azurite.frontPort = forwarder.port;
      const tool = toolsFor(azurite).find((each) => each.name === name) ?? direct;
      const before = (await azurite.traffic()).received;
      const full = name === "reprise" || name === "restic" ? quietBytes : size.mib * 1024 * 1024;
      const state = { running: true };
      const run = measure(tool.backup(place, this.#image), azurite, { allowFailure: true }).finally(() => (state.running = false));
      const outage = (async () => {
        while (state.running && (await azurite.traffic()).received - before < full / 2) await sleep(20);
        await forwarder.close();
        await sleep(seconds * 1000);
        await forwarder.listen();
      })();
      const [measured] = await Promise.all([run, outage]);
      runs.set(tool.name, [measured]);
      await forwarder.close();
      azurite.frontPort = undefined;
      const end = measured.exitCode === 0 ? `${measured.seconds.toFixed(1)} s` : `ended with ${measured.exitCode}`;
      say(`refused for ${seconds} s at half, ${name}: ${end}`);
      await this.#fresh();
    }
    return { work: `connections refused for ${seconds} s at half`, runs, notes: [] };
  }

  async #prepare(tool: Tool): Promise<string> {
    const place = `place-${++this.#place}`;
    for (const { argv, env } of tool.prepare(place)) {
      const [program = "", ...args] = argv;
      const { status, stderr } = spawnSync(program, args, {
        env: { PATH: process.env.PATH, HOME: this.#bench.folder, ...env },
        encoding: "utf8",
      });
      if (status !== 0) throw new Error(`${argv.join(" ")}: ${stderr}`);
    }
    return place;
  }

  /** An empty Azurite on the same port. */
  async #fresh(): Promise<void> {
    const { azurite } = this.#bench;
    await azurite.remove();
    mkdirSync(join(this.#bench.folder, "azurite"), { recursive: true });
    await azurite.start();
  }
}

export function mib(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(bytes < 100 * 1024 * 1024 ? 1 : 0);
}

/** Another one begins in each round. */
function turned<T>(items: readonly T[], by: number): readonly T[] {
  const at = by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}
