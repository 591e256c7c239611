/**
 * The block engine beside its peers, on the same Azurite: `node test/bench/blocks/run.ts [--mib 2048] [--rounds 5] [--files 5000] [--rows disk,files,kill,refused]`.
 * Prints a Markdown table; what it says on the way goes to stderr. The gate is bytes and CPU seconds; time is that of this machine and hour.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { CountedAzurite } from "./azurite.ts";
import { median, type Measured } from "./measure.ts";
import { Rows, mib, type Row } from "./rows.ts";
import { versions } from "./tools.ts";

const { values } = parseArgs({
  options: {
    mib: { type: "string", default: "2048" },
    rounds: { type: "string", default: "5" },
    files: { type: "string", default: "5000" },
    rows: { type: "string", default: "disk,files,kill,refused" },
    dir: { type: "string", default: tmpdir() },
  },
});
const size = {
  mib: Number(values.mib),
  changedMib: Math.max(1, Math.round(Number(values.mib) / 100 + 0.5)),
  files: Number(values.files),
  rounds: Number(values.rounds),
};
const wanted = new Set(values.rows.split(","));
const folder = mkdtempSync(join(values.dir, "reprise-bench-"));
mkdirSync(join(folder, "azurite"));
const azurite = new CountedAzurite(join(folder, "azurite"));
const say = (text: string): void => void process.stderr.write(`${text}\n`);
const done: Row[] = [];

try {
  await azurite.start();
  const rows = new Rows({ folder, azurite, size, say });
  const disk = wanted.has("disk") || wanted.has("kill") || wanted.has("refused") ? await rows.disk() : [];
  const quiet = median((disk[0]?.runs.get("reprise") ?? []).map(({ bytesUp }) => bytesUp));
  done.push(...disk);
  if (wanted.has("files")) done.push(await rows.smallFiles());
  if (wanted.has("kill")) for (const share of [0.1, 0.5, 0.9]) done.push(await rows.killed(share, quiet));
  if (wanted.has("refused")) done.push(await rows.refused(20, quiet));
} finally {
  // Also of the rows before one that failed.
  process.stdout.write(`${tableOf(done).join("\n")}\n`);
  await azurite.remove();
  rmSync(folder, { recursive: true, force: true });
}

function tableOf(done: readonly Row[]): readonly string[] {
  const lines = [
    `${size.mib} MiB image (half random, a quarter zeros, a quarter text), ${size.rounds} rounds, medians. ${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? "?"}), Node.js ${process.versions.node}, ${versions().join(", ")}; restic through rclone, whose CPU seconds and memory are counted with its own.`,
    "",
    "| work | program | s | x raw SDK | client CPU s | Azurite CPU s | MiB up | MiB down | peak MiB |",
    "|---|---|---|---|---|---|---|---|---|",
  ];
  for (const { work, runs } of done) {
    const raw = runs.get("raw SDK");
    for (const [name, measured] of runs) lines.push(line(work, name, measured, raw));
  }
  return lines;
}

function line(work: string, name: string, measured: readonly Measured[], raw: readonly Measured[] | undefined): string {
  const of = (pick: (each: Measured) => number): number => median(measured.map(pick));
  const seconds = of((each) => each.seconds);
  const failed = measured.filter(({ exitCode }) => exitCode !== 0).length;
  // Round by round, so that both halves of a ratio saw the same machine.
  const ratio =
    raw === undefined
      ? undefined
      : median(measured.map((each, index) => each.seconds / (raw[index]?.seconds ?? raw[0]?.seconds ?? Number.NaN)));
  const cells = [
    work,
    name,
    failed > 0 ? `ends with ${measured[0]?.exitCode} after ${seconds.toFixed(1)}` : seconds.toFixed(1),
    ratio === undefined ? "" : ratio.toFixed(2),
    of((each) => each.cpuSeconds).toFixed(1),
    of((each) => each.azuriteCpuSeconds).toFixed(1),
    mib(of((each) => each.bytesUp)),
    mib(of((each) => each.bytesDown)),
    String(Math.round(of((each) => each.peakMiB))),
  ];
  return `| ${cells.join(" | ")} |`;
}
