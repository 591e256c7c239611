/** Verification from the command line. Damage is exit code 1. */
import { readCatalog, type Catalog, type CatalogPoint } from "../../agent/repository/catalog.ts";
import { PointChoiceError } from "../../agent/restore/choose-points.ts";
import { verify, type VerifyReport } from "../../agent/verify/verify.ts";
import { visibleProse } from "../../cloud/report/visible.ts";
import { formatDuration, plural } from "../../cloud/report/words.ts";
import type { VerifyFlags } from "../commands/verify.ts";
import { watchInterruption } from "../interruption.ts";
import { jsonLine } from "../output/json.ts";
import { EXIT, type Terminal } from "../terminal.ts";
import { reconnectNotes } from "./reconnect-notes.ts";
import { sizeText } from "./sizes.ts";
import { fromFlag, openStore } from "./store-flags.ts";
import { TransferLine } from "./transfer-line.ts";

/** Of the points that a damage breaks the first are printed; `--json` has all. */
const MOST_NAMES = 10;

export async function runVerify(flags: VerifyFlags, terminal: Terminal): Promise<number> {
  const { json = false, quiet = false, full = false } = flags;
  const startedMs = performance.now();
  const line = new TransferLine(terminal, !quiet && !json);
  const say = (text: string): void => {
    if (json) terminal.out(jsonLine({ message_type: "note", text }));
    else if (!quiet) line.say(visibleProse(text));
  };
  const { repository } = await openStore(fromFlag(flags), flags, terminal, { flag: "--from", create: false, events: reconnectNotes(say) });
  const catalog = await readCatalog(repository);
  const only = chosen(catalog, flags);
  const watch = watchInterruption();
  const stop = new AbortController();
  void watch.interrupted.then(() => stop.abort(new Error("Stopped by hand.")));
  let doneBytes = 0;
  let report: VerifyReport;
  try {
    report = await verify({
      repository,
      catalog,
      only,
      full,
      now: () => new Date().toISOString(),
      signal: stop.signal,
      onProgress: (bytes) => {
        doneBytes += bytes;
        line.update({ what: "verified", doneBytes, details: [] });
      },
    });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    return EXIT.interrupted;
  } finally {
    watch.stop();
    line.clear();
  }
  const durationMs = Math.round(performance.now() - startedMs);
  if (json) terminal.out(jsonLine({ message_type: "summary", full, ...report, durationMs }));
  else print(report, durationMs, full, quiet, terminal);
  return report.damaged.length > 0 ? EXIT.failed : EXIT.ok;
}

/** Undefined: all points. @throws PointChoiceError */
function chosen({ points, lost }: Catalog, { point, machine, disk }: VerifyFlags): readonly CatalogPoint[] | undefined {
  if (point === undefined && machine === undefined && disk === undefined) return undefined;
  const fits = (row: { readonly id: string; readonly machine: string; readonly disk: string }): boolean =>
    (point === undefined || row.id === point) &&
    (machine === undefined || row.machine === machine) &&
    (disk === undefined || row.disk === disk);
  const found = points.filter(({ row }) => fits(row));
  if (found.length > 0) return found;
  const gone = lost.find(fits);
  const what = [point && `--point ${point}`, machine && `--machine ${machine}`, disk && `--disk ${disk}`].filter(Boolean).join(" ");
  throw new PointChoiceError(gone?.reason ?? `${what}: found no such point; allowed: what reprise points lists.`);
}

function print(
  { points, blocks, bytes, damaged, recorded, unrecorded }: VerifyReport,
  durationMs: number,
  full: boolean,
  quiet: boolean,
  terminal: Terminal,
): void {
  const out = (text: string): void => terminal.out(`${text.startsWith("  ") ? "  " : ""}${visibleProse(text)}\n`);
  for (const { place, why, points } of damaged) {
    out(`! ${why.startsWith(place) ? why : `${place}: ${why}`}`);
    if (quiet) continue;
    for (const { id, machine, disk } of points.slice(0, MOST_NAMES)) out(`  breaks point ${id} of ${disk} of ${machine}`);
    if (points.length > MOST_NAMES) out(`  and ${plural(points.length - MOST_NAMES, "more point")}`);
  }
  if (recorded > 0) out("The damage is recorded: the next backup sends what lies in it again, where the source still has it.");
  if (unrecorded !== undefined) out(`The damage could not be recorded, and backups go on relying on what lies in it: ${unrecorded}`);
  const what = full ? "every block fetched and hashed" : "records and segments; --full looks at every block";
  const verdict = damaged.length === 0 ? "All well" : `${plural(damaged.length, "place")} damaged`;
  out(`${verdict}: ${plural(points, "point")}, ${plural(blocks, "block")}, ${sizeText(bytes)} (${what}) in ${formatDuration(durationMs)}.`);
}
