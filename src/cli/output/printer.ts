/**
 * What `reprise retry` says while it runs and at its end: one stream of events, two printers. In: events. Out: data on stdout, everything else on stderr.
 * Text: the table at the end on stdout. JSON: one object per line on stdout with `message_type`, the summary last. A printer never fails a run, but it
 * does not catch what a stream throws.
 */
import type { RunReport } from "../../policy/report.ts";
import { summarize } from "../../cloud/report/summary.ts";
import { visibleProse } from "../../cloud/report/visible.ts";
import { jsonLine } from "./json.ts";
import { createProgressLine, type RetryProgress, type TerminalStream } from "./progress.ts";
import { printRunReport, printVerdict } from "./text.ts";

export type RetryEvent =
  | { readonly type: "started"; readonly runId: string; readonly dryRun: boolean; readonly target: string }
  | { readonly type: "progress"; readonly progress: RetryProgress }
  | { readonly type: "note"; readonly text: string }
  | { readonly type: "finished"; readonly report: RunReport; readonly reportPath: string; readonly durationMs?: number };

export type RetryPrinter = (event: RetryEvent) => void;

export interface PrinterOptions {
  readonly stdout: TerminalStream;
  readonly stderr: TerminalStream;
  /** Only the last lines, or only the summary. */
  readonly quiet: boolean;
  /** For stdout; the caller honours `NO_COLOR` and asks whether it is a terminal. */
  readonly color: boolean;
}

export function createTextPrinter({ stdout, stderr, quiet, color }: PrinterOptions): RetryPrinter {
  const line = createProgressLine(stderr);
  const say = (text: string): void => {
    line.clear();
    stderr.write(`${visibleProse(text)}\n`);
  };
  return (event) => {
    switch (event.type) {
      case "started":
        if (!quiet) say(`Run ${event.runId} on ${event.target}${event.dryRun ? " (dry run: nothing will be sent)" : ""}`);
        break;
      case "progress":
        if (!quiet) line.show(event.progress);
        break;
      case "note":
        if (!quiet) say(event.text);
        break;
      case "finished":
        line.clear();
        (quiet ? printVerdict : printRunReport)(event.report, {
          write: (text) => stdout.write(text),
          ...(stdout.columns !== undefined && { columns: stdout.columns }),
          color,
          reportPath: event.reportPath,
        });
        break;
    }
  };
}

export function createJsonPrinter({ stdout, quiet }: Pick<PrinterOptions, "stdout" | "quiet">): RetryPrinter {
  return (event) => {
    if (event.type === "finished") {
      const { report, reportPath, durationMs } = event;
      stdout.write(jsonLine(summarize(report, { reportPath, ...(durationMs !== undefined && { durationMs }) })));
    } else if (!quiet) {
      const { type, ...rest } = event;
      stdout.write(jsonLine({ message_type: type, ...rest }));
    }
  };
}
