/** Copying from the command line. */
import { copyPoints, type CopyReport } from "../../agent/copy/copy.ts";
import { steadyClock } from "../../clock/clock.ts";
import { visibleProse } from "../../cloud/report/visible.ts";
import { formatDuration, plural } from "../../cloud/report/words.ts";
import type { CopyFlags } from "../commands/copy.ts";
import { watchInterruption } from "../interruption.ts";
import { jsonLine } from "../output/json.ts";
import { EXIT, UsageError, type Terminal } from "../terminal.ts";
import { reconnectNotes } from "./reconnect-notes.ts";
import { readSize, sizeText } from "./sizes.ts";
import { fromFlag, openPlainStore, openStore } from "./store-flags.ts";
import { TransferLine } from "./transfer-line.ts";

export async function runCopy(flags: CopyFlags, terminal: Terminal): Promise<number> {
  const { json = false, quiet = false, to } = flags;
  const from = fromFlag(flags);
  if (to === undefined || to === "") throw new UsageError("--to: found nothing; allowed: the URL of a store, or a directory.");
  const bytesPerSecond = flags.bandwidth === undefined ? undefined : readSize("--bandwidth", flags.bandwidth, "bytes a second, like 10MiB");
  const startedMs = performance.now();
  const line = new TransferLine(terminal, !quiet && !json);
  const say = (text: string): void => {
    if (json) terminal.out(jsonLine({ message_type: "note", text }));
    else if (!quiet) line.say(visibleProse(text));
  };
  const events = reconnectNotes(say);
  const { repository } = await openStore(from, flags, terminal, { flag: "--from", create: false, events });
  const target = await openPlainStore(to, terminal, { flag: "--to", create: true, events, bytesPerSecond });
  const watch = watchInterruption();
  const stop = new AbortController();
  void watch.interrupted.then(() => stop.abort(new Error("Stopped by hand.")));
  let doneBytes = 0;
  let report: CopyReport;
  try {
    report = await copyPoints({
      from: repository,
      to: target,
      steady: steadyClock,
      now: () => new Date().toISOString(),
      signal: stop.signal,
      onPoint: ({ row }) => {
        if (flags.verbose || flags.debug) say(`${row.id} of ${row.disk} of ${row.machine}`);
      },
      onProgress: (bytes) => {
        doneBytes += bytes;
        line.update({ what: "copied", doneBytes, details: [] });
      },
    });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    say("Interrupted: the next copy goes on with what is there.");
    return EXIT.interrupted;
  } finally {
    watch.stop();
    line.clear();
  }
  const durationMs = Math.round(performance.now() - startedMs);
  if (json) terminal.out(jsonLine({ message_type: "summary", ...report, durationMs }));
  else print(report, durationMs, terminal);
  if (report.skipped.length === 0) return EXIT.ok;
  return report.points + report.present > 0 ? EXIT.partly : EXIT.failed;
}

function print({ points, present, unitsSent, unitsReused, bytesSent, skipped }: CopyReport, durationMs: number, terminal: Terminal): void {
  for (const { id, machine, disk, why } of skipped)
    terminal.out(`${visibleProse(`! ${id} of ${disk} of ${machine} was left out: ${why}`)}\n`);
  const reused = unitsReused === 0 ? "" : `, ${plural(unitsReused, "unit")} there already`;
  terminal.out(
    `${plural(points, "point")} copied, ${present} there already; sent ${sizeText(bytesSent)} (${plural(unitsSent, "unit")}${reused}) in ${formatDuration(durationMs)}.\n`,
  );
}
