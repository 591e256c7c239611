/** The three verbs that are killed; what has to hold after each. */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { keysBelow } from "../../support/damage-store.ts";
import { Bench, stepsOf, summaryOf, untilKilled, type KilledWork, type Setting } from "./killed-work.ts";
import { blocksArrived, blocksBySizeOf, segmentNames } from "./stored.ts";

const MIB = 1024 * 1024;
const KEEP = ["--keep-last", "2"];

/** A backup upon a chain of so many points. */
export async function killedBackups(setting: Setting, what: string, pointsBefore: number): Promise<KilledWork> {
  const { place, source } = setting;
  const bench = new Bench(setting);
  const [base, calm] = [`${what}-base`, `${what}-calm`].map(nameOf) as [string, string];
  await bench.makeChain(base, pointsBefore);
  if (pointsBefore > 0) {
    source.change();
    await place.copy(base, calm);
  }
  const before = pointsBefore > 0 ? await segmentNames(place.open(base)) : new Set<string>();
  const undisturbed = await bench.run("backup", calm);
  const needed = summaryOf(undisturbed).tasks?.[0].blocksSent ?? 0;
  const sizes = await blocksBySizeOf(place.open(calm));
  if ((await blocksArrived(place.open(calm), before, sizes)) !== needed) throw new Error("blocks are miscounted");
  await place.remove(calm);

  const kill: KilledWork["kill"] = async (name, wanted) => {
    const { phase } = await untilKilled(wanted, async (moment) => {
      await place.remove(name);
      if (pointsBefore > 0) await place.copy(base, name);
      return bench.killed("backup", name, [], moment);
    });
    const arrived = (await place.open(name).exists()) ? await blocksArrived(place.open(name), before, sizes) : 0;
    const found = await bench.restoreAll(name);
    const sent = summaryOf(await bench.run("backup", name)).tasks?.[0].blocksSent ?? Number.NaN;
    const after = await bench.restoreAll(name);
    await place.remove(name);
    return {
      phase,
      pointsRestored: found.points.length + after.points.length,
      wrong: [...found.wrong, ...after.wrong],
      doneTwice: Math.max(0, sent - (needed - arrived)),
      faults: [
        ...(found.points.length < pointsBefore ? [`${found.points.length} points are listed, ${pointsBefore} were made before`] : []),
        ...(after.points.length <= pointsBefore ? ["the next run made no point"] : []),
      ],
    };
  };
  return { what, steps: stepsOf(undisturbed), kill };
}

/** Of a chain of five points two stay. */
export async function killedPrunes(setting: Setting, what: string): Promise<KilledWork> {
  const { place } = setting;
  const bench = new Bench(setting);
  const [base, calm] = [`${what}-base`, `${what}-calm`].map(nameOf) as [string, string];
  await bench.makeChain(base, 5);
  await place.copy(base, calm);
  const undisturbed = await bench.run("prune", calm, KEEP);
  summaryOf(undisturbed);
  const left = await namesIn(calm);
  await place.remove(calm);

  async function namesIn(name: string): Promise<readonly string[]> {
    const store = place.open(name);
    const records = (await keysBelow(store, "")).filter((key) => !key.startsWith("state/"));
    return [...records, ...(await segmentNames(store))].sort();
  }

  const kill: KilledWork["kill"] = async (name, wanted) => {
    const { phase } = await untilKilled(wanted, async (moment) => {
      await place.remove(name);
      await place.copy(base, name);
      return bench.killed("prune", name, KEEP, moment);
    });
    const found = await bench.restoreAll(name);
    summaryOf(await bench.run("prune", name, KEEP));
    const after = await bench.restoreAll(name);
    const names = await namesIn(name);
    const sent = summaryOf(await bench.run("backup", name)).tasks?.[0].blocksSent ?? Number.NaN;
    await place.remove(name);
    const over = names.filter((each) => !left.includes(each));
    const gone = left.filter((each) => !names.includes(each));
    return {
      phase,
      pointsRestored: found.points.length + after.points.length,
      wrong: [...found.wrong, ...after.wrong],
      // The source is as the newest point has it.
      doneTwice: sent,
      faults: [
        ...(found.points.length < 2 || after.points.length !== 2 ? [`${found.points.length} points, then ${after.points.length}`] : []),
        ...(over.length > 0 ? [`left over: ${over.join(", ")}`] : []),
        ...(gone.length > 0 ? [`removed too: ${gone.join(", ")}`] : []),
      ],
    };
  };
  return { what, steps: stepsOf(undisturbed), kill };
}

/** Of the second of two points. */
export async function killedRestores(setting: Setting, what: string, kind: "disk" | "folder"): Promise<KilledWork> {
  const { source, scratch } = setting;
  const bench = new Bench(setting);
  const base = nameOf(`${what}-base`);
  await bench.makeChain(base, 2);
  const target = (name: string): string[] => {
    mkdirSync(join(scratch, name), { recursive: true });
    return ["--to", join(scratch, name, "out")];
  };
  const undisturbed = await bench.run("restore", base, target("calm"));
  const total = summaryOf(undisturbed).bytesWritten ?? 0;

  const kill: KilledWork["kill"] = async (name, wanted) => {
    const folder = join(scratch, name);
    const out = join(folder, "out");
    const { phase } = await untilKilled(wanted, (moment) => {
      rmSync(folder, { recursive: true, force: true });
      return bench.killed("restore", base, target(name), moment);
    });
    const early = kind === "disk" && existsSync(out) && source.fingerprintOf(out) !== source.fingerprint();
    const there = kind === "disk" ? blocksWritten(source.path, out) : bytesOfWholeFiles(source.path, out);
    const { bytesWritten = Number.NaN, bytesKept = 0 } = summaryOf(await bench.run("restore", base, target(name)));
    const isRight = source.fingerprintOf(out) === source.fingerprint();
    const names = readdirSync(folder);
    rmSync(folder, { recursive: true, force: true });
    return {
      phase,
      pointsRestored: 1,
      wrong: isRight ? [] : ["the restore that was gone on with has other content"],
      doneTwice: Math.ceil(Math.max(0, bytesWritten - (total - there)) / MIB),
      faults: [
        ...(early ? ["an image that is not whole stands under its name"] : []),
        ...(bytesWritten > 0 && bytesWritten + bytesKept !== total
          ? [`${bytesWritten} bytes written and ${bytesKept} kept of ${total}`]
          : []),
        ...(names.join() === "out" ? [] : [`left over: ${names.join(", ")}`]),
      ],
    };
  };
  return { what, steps: stepsOf(undisturbed), kill };
}

/** Containers have short names of few letters. */
function nameOf(what: string): string {
  return what.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
}

/** Bytes of the blocks that an image, or the beginnings of one, has right already; zeros do not count. */
function blocksWritten(path: string, out: string): number {
  const found = [out, `${out}.reprise-partial`].find((each) => existsSync(each));
  if (found === undefined) return 0;
  const [whole, partial] = [readFileSync(path), readFileSync(found)];
  let bytes = 0;
  for (let at = 0; at < whole.length; at += MIB) {
    const block = whole.subarray(at, at + MIB);
    if (block.equals(partial.subarray(at, at + MIB)) && !block.equals(Buffer.alloc(block.length))) bytes += block.length;
  }
  return bytes;
}

function bytesOfWholeFiles(path: string, out: string): number {
  let bytes = 0;
  for (const name of readdirSync(path, { recursive: true, encoding: "utf8" })) {
    const [from, to] = [join(path, name), join(out, name)];
    if (!statSync(from).isFile() || !existsSync(to)) continue;
    const content = readFileSync(from);
    if (content.equals(readFileSync(to))) bytes += content.length;
  }
  return bytes;
}
