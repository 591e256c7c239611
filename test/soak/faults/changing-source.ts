/**
 * R3, J2: a disk or a file of a folder that becomes smaller or larger while it is read. The point has the size that the source had at its start, what was missing
 * is zeros, and the session says so. Everything was processed: it is not retried. The next session has the source as it is then.
 */
import { randomBytes } from "node:crypto";
import { appendFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "../../support/command-line.ts";
import { WatchedUnits } from "./watched-units.ts";
import { told, unless, type FaultBench, type FaultRow, type Store, type Told } from "./bench.ts";

const MIB = 1024 * 1024;
/** What is cut off has not been read when the first units arrive: on a machine of many cores up to 180 MiB are read ahead. */
const SIZE_MIB = 256;
const SHRUNK_MIB = 224;
const SETTINGS = { retries: { count: 2, wait: "1s" }, bandwidth: "24MiB" };

export type Change = "shrinks" | "grows";

function change(path: string, how: Change): void {
  if (how === "shrinks") truncateSync(path, SHRUNK_MIB * MIB);
  else appendFileSync(path, randomBytes(5 * MIB));
}

/** The session under way when it changes, and the one after it. */
async function twoSessions(job: string, store: Store, bench: FaultBench, path: string, how: Change): Promise<readonly [Told, Told]> {
  const running = bench.start(job, store);
  await new WatchedUnits(store).atLeast(2);
  change(path, how);
  return [told(await running.ended), await bench.backup(job, store)];
}

function rowOf(fault: string, [seen, next]: readonly [Told, Told], remark: string, points: number, wrong: readonly string[]): FaultRow {
  return {
    fault,
    ended: "warning, not retried; the next session: success",
    retries: seen.retries,
    points,
    blocksResumed: 0,
    wrong: [
      ...unless(seen.code === 0 && seen.result === "warning" && seen.retries === 0, "it did not end with a warning", seen),
      ...unless(
        seen.tasks.some(({ remarks }) => remarks.some((each) => each.includes(remark))),
        `it did not say "${remark}"`,
        seen,
      ),
      ...unless(next.code === 0 && next.result === "success", "the next session did not succeed", next),
      ...wrong,
    ],
  };
}

export async function changingDisk(bench: FaultBench, how: Change): Promise<FaultRow> {
  const name = bench.name(`disk-${how}`);
  const disk = bench.image(name, SIZE_MIB);
  const before = readFileSync(disk);
  const store = { place: join(bench.folder, `${name}-store`), settings: {} };
  const job = bench.job(name, store, { disk }, SETTINGS);
  const sessions = await twoSessions(job, store, bench, disk, how);
  const expected =
    how === "grows" ? before : Buffer.concat([before.subarray(0, SHRUNK_MIB * MIB), Buffer.alloc((SIZE_MIB - SHRUNK_MIB) * MIB)]);
  const to = join(bench.folder, `${name}-first`);
  await runCommand(["restore", "--from", store.place, "--point", sessions[0].session, "--to", to]);
  return rowOf(
    `disk ${how} while it is read`,
    sessions,
    how === "shrinks" ? "became smaller while it was read" : "changed while it was read",
    (await bench.points(store)).length,
    [...(readFileSync(to).equals(expected) ? [] : ["the first point restored wrongly"]), ...(await bench.wrongWith(store, disk, 2))],
  );
}

export async function changingFile(bench: FaultBench, how: Change): Promise<FaultRow> {
  const name = bench.name(`file-${how}`);
  const folder = join(bench.folder, `${name}-files`);
  mkdirSync(folder);
  const [file, other] = [join(folder, "large"), join(folder, "other")];
  const before = randomBytes(SIZE_MIB * MIB);
  writeFileSync(file, before);
  writeFileSync(other, "the other");
  const store = { place: join(bench.folder, `${name}-store`), settings: {} };
  const job = bench.job(name, store, { folder }, SETTINGS);
  const sessions = await twoSessions(job, store, bench, file, how);
  const restored = async (point: string): Promise<readonly [Buffer, string]> => {
    const to = join(bench.folder, `${name}-${point}`);
    await runCommand(["restore", "--from", store.place, "--point", point, "--to", to]);
    return [readFileSync(join(to, "large")), readFileSync(join(to, "other"), "utf8")];
  };
  const [first, second] = [await restored(sessions[0].session), await restored(sessions[1].session)];
  const length = how === "grows" ? SIZE_MIB * MIB : SHRUNK_MIB * MIB;
  const zeros = Buffer.alloc(Math.max(0, first[0].length - length));
  const isRight = first[0].subarray(0, length).equals(before.subarray(0, length)) && first[0].subarray(length).equals(zeros);
  return rowOf(`file of a folder ${how} while it is read`, sessions, "it changed while it was read", (await bench.points(store)).length, [
    ...(isRight && first[1] === "the other" ? [] : ["the first point restored wrongly"]),
    ...(second[0].equals(readFileSync(file)) && second[1] === "the other" ? [] : ["the second point restored wrongly"]),
  ]);
}
