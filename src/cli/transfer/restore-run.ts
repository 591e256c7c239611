/** A restore from the command line: from flags to the summary. Interrupted, the same command goes on with what was written. */
import { choosePoints } from "../../agent/restore/choose-points.ts";
import { restorePoints, type RestoredPart } from "../../agent/restore/restore.ts";
import type { RestoreCounts } from "../../agent/restore/restore-disk.ts";
import type { FolderProblem } from "../../agent/restore/restore-folder.ts";
import { readCatalog } from "../../agent/repository/catalog.ts";
import { steadyClock } from "../../clock/clock.ts";
import { visibleProse } from "../../cloud/report/visible.ts";
import { count, formatDuration, plural } from "../../cloud/report/words.ts";
import type { RestoreFlags } from "../commands/restore.ts";
import { watchInterruption } from "../interruption.ts";
import { jsonLine } from "../output/json.ts";
import { EXIT, UsageError, type Terminal } from "../terminal.ts";
import { reconnectNotes } from "./reconnect-notes.ts";
import { sizeText } from "./sizes.ts";
import { fromFlag, openStore } from "./store-flags.ts";
import { TransferLine } from "./transfer-line.ts";

/** Of many problems the first are listed; all are counted. */
const MOST_PROBLEMS = 100;

interface Told {
  readonly disk: string;
  readonly path: string;
  readonly why: string;
  readonly missing: boolean;
}

export async function runRestore(flags: RestoreFlags, terminal: Terminal): Promise<number> {
  const { to, path: paths = [], point, machine, disk, json = false, quiet = false } = flags;
  if (to === undefined || to === "") throw new UsageError("--to: found nothing; allowed: a file, a block device or a folder.");
  const from = fromFlag(flags);
  const startedMs = performance.now();
  const line = new TransferLine(terminal, !quiet && !json);
  const say = (text: string): void => {
    if (json) terminal.out(jsonLine({ message_type: "note", text }));
    else if (!quiet) line.say(visibleProse(text));
  };
  const { repository } = await openStore(from, flags, terminal, { flag: "--from", create: false, events: reconnectNotes(say) });
  const chosen = choosePoints(await readCatalog(repository), { point, machine, disk });
  const counts: RestoreCounts = { bytesWritten: 0, blocksVerified: 0, bytesKept: 0 };
  const problems = new Problems();
  const watch = watchInterruption();
  const stop = new AbortController();
  void watch.interrupted.then(() => stop.abort(new Error("Stopped by hand.")));
  let parts: readonly RestoredPart[] = [];
  let current: RestoredPart | undefined;
  let doneBytes = 0;
  try {
    parts = await restorePoints({
      repository,
      points: chosen,
      to,
      paths,
      overwrite: flags.overwrite === true,
      clock: steadyClock,
      signal: stop.signal,
      counts,
      onPart: (part) => {
        current = part;
        doneBytes = 0;
      },
      onProgress: (bytes) => {
        doneBytes += bytes;
        const details = counts.bytesKept > 0 ? [`${sizeText(counts.bytesKept)} were there already`] : [];
        line.update({ what: current?.disk ?? "", doneBytes, ...(paths.length === 0 && { totalBytes: current?.sizeBytes }), details });
      },
      onProblem: (part, problem) => problems.add(part, problem),
      onLost: (error) => say(`${error.message} Waiting for it to come back.`),
    });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    watch.stop();
    line.clear();
  }
  const interrupted = stop.signal.aborted && parts.length === 0;
  const durationMs = Math.round(performance.now() - startedMs);
  const ids = [...new Set(chosen.map(({ row }) => row.id))];
  const summary = {
    message_type: "summary",
    point: ids.toSorted().at(-1),
    machine: chosen[0]?.row.machine,
    parts,
    ...counts,
    durationMs,
    ...(interrupted && { interrupted }),
    missing: problems.missing,
    remarks: problems.remarks,
    problems: problems.first,
  };
  if (json) terminal.out(jsonLine(summary));
  else printRestore({ parts, counts, problems, durationMs, interrupted, quiet }, terminal);
  if (interrupted) return EXIT.interrupted;
  return problems.missing > 0 ? EXIT.partly : EXIT.ok;
}

class Problems {
  readonly first: Told[] = [];
  missing = 0;
  remarks = 0;

  add({ disk }: RestoredPart, { path, why, isMissing }: FolderProblem): void {
    if (isMissing) this.missing++;
    else this.remarks++;
    if (this.first.length < MOST_PROBLEMS) this.first.push({ disk, path: Buffer.from(path).toString("utf8"), why, missing: isMissing });
  }
}

interface RestoreText {
  readonly parts: readonly RestoredPart[];
  readonly counts: RestoreCounts;
  readonly problems: Problems;
  readonly durationMs: number;
  readonly interrupted: boolean;
  readonly quiet: boolean;
}

function printRestore({ parts, counts, problems, durationMs, interrupted, quiet }: RestoreText, terminal: Terminal): void {
  const out = (text: string): void => terminal.out(`${visibleProse(text)}\n`);
  if (!quiet) {
    for (const { disk, path, why, missing } of problems.first)
      out(`${missing ? "not restored" : "remark"}: ${disk}: ${path || "(the folder itself)"}: ${why}`);
    const more = problems.missing + problems.remarks - problems.first.length;
    if (more > 0) out(`… and ${count(more)} more.`);
    for (const { disk, machine, point, to } of parts) out(`${disk} of ${machine}, point ${point}: ${to}`);
  }
  const kept = counts.bytesKept > 0 ? `; ${sizeText(counts.bytesKept)} were there already` : "";
  const done = `${sizeText(counts.bytesWritten)} written, ${plural(counts.blocksVerified, "block")} verified${kept}`;
  if (interrupted) return out(`Interrupted: ${done}. The same command goes on with what is there.`);
  const verdict = problems.missing > 0 ? `Restored, but for ${plural(problems.missing, "entry", "entries")}` : "Restored";
  out(`${verdict} in ${formatDuration(durationMs)}: ${done}.`);
}
