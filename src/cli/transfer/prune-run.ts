/** Retention from the command line. */
import { prune, type PruneReport } from "../../agent/prune/prune.ts";
import { steadyClock, systemClock } from "../../clock/clock.ts";
import { visibleProse } from "../../cloud/report/visible.ts";
import { plural } from "../../cloud/report/words.ts";
import type { RetentionRules } from "../../policy/job/job.ts";
import type { PruneFlags } from "../commands/prune.ts";
import { watchInterruption } from "../interruption.ts";
import { jsonLine } from "../output/json.ts";
import { EXIT, UsageError, type Terminal } from "../terminal.ts";
import { reconnectNotes } from "./reconnect-notes.ts";
import { sizeText } from "./sizes.ts";
import { fromFlag, openStore } from "./store-flags.ts";

/** More decisions than this are counted only. */
const MOST_DECISIONS = 1_000;

export async function runPrune(flags: PruneFlags, terminal: Terminal): Promise<number> {
  const rules = rulesOf(flags);
  const { json = false, quiet = false, dryRun = false } = flags;
  const say = (text: string): void => {
    if (json) terminal.out(jsonLine({ message_type: "note", text }));
    else if (!quiet) terminal.err(`${visibleProse(text)}\n`);
  };
  const { repository } = await openStore(fromFlag(flags), flags, terminal, {
    flag: "--from",
    create: false,
    usesState: true,
    events: reconnectNotes(say),
  });
  const watch = watchInterruption();
  const stop = new AbortController();
  void watch.interrupted.then(() => stop.abort(new Error("Stopped by hand.")));
  let report: PruneReport;
  try {
    report = await prune({ repository, rules, dryRun, clock: steadyClock, nowMs: systemClock.now(), signal: stop.signal });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    say("Interrupted: what is left is done by the next run.");
    return EXIT.interrupted;
  } finally {
    watch.stop();
  }
  const { decisions, kept, removed, bytesFreed, later, skipped } = report;
  const rows = decisions.map(({ point, keep, reasons }) => {
    const { id, machine, disk } = point.row;
    return { id, machine, disk, decision: keep ? "keep" : "remove", reasons };
  });
  if (json)
    terminal.out(
      jsonLine({
        message_type: "summary",
        dryRun,
        kept,
        removed,
        bytesFreed,
        ...(later > 0 && { later }),
        skipped,
        ...(rows.length <= MOST_DECISIONS && { decisions: rows }),
      }),
    );
  else {
    for (const { id, machine, disk, decision, reasons } of quiet ? [] : rows)
      terminal.out(`${visibleProse(`${decision.padEnd(6)} ${id} of ${disk} of ${machine}: ${reasons.join("; ")}`)}\n`);
    for (const { machine, kind, why } of skipped)
      terminal.out(
        `${visibleProse(`! ${machine} is left as it is${kind === "damaged" ? ", nothing of it is deleted" : " until the next run"}: ${why}`)}\n`,
      );
    if (later > 0)
      terminal.out(
        `${plural(later, "record or segment", "records and segments")} cannot be deleted yet: an immutability policy keeps them.\n`,
      );
    const done = dryRun ? "would be removed" : `removed, ${sizeText(bytesFreed)} freed`;
    terminal.out(`${plural(kept, "point")} kept, ${removed} ${done}.\n`);
  }
  return skipped.length > 0 ? EXIT.partly : EXIT.ok;
}

function rulesOf({ keepLast, keepDaily, keepWeekly, keepMonthly, keepYearly }: PruneFlags): RetentionRules {
  const read = (flag: string, text: string | undefined): number | undefined => {
    if (text === undefined) return undefined;
    if (!/^\d{1,5}$/.test(text) || Number(text) < 1)
      throw new UsageError(`${flag}: found ${JSON.stringify(text)}; allowed: a whole number from 1 to 99999.`);
    return Number(text);
  };
  const rules = {
    keepLast: read("--keep-last", keepLast),
    keepDaily: read("--keep-daily", keepDaily),
    keepWeekly: read("--keep-weekly", keepWeekly),
    keepMonthly: read("--keep-monthly", keepMonthly),
    keepYearly: read("--keep-yearly", keepYearly),
  };
  return Object.fromEntries(Object.entries(rules).filter(([, count]) => count !== undefined));
}
