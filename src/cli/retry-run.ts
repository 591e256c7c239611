/** One run on a local app, from the request to the printed report. Interrupted, it can be continued with the same run id. */
import { access, constants, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readProgress, type RunView } from "../cloud/runs/read-runs.ts";
import { exitCodeOf } from "../cloud/report/summary.ts";
import type { LocalApp } from "../local/app.ts";
import { makeDirectory } from "../local/state-directory.ts";
import type { RunReport } from "../policy/report.ts";
import { watchInterruption } from "./interruption.ts";
import { createJsonPrinter, createTextPrinter, type RetryPrinter } from "./output/printer.ts";
import { EXIT, UsageError, type Terminal } from "./terminal.ts";

export interface RetryRunOptions {
  readonly runId: string;
  readonly reportDir: string;
  /** What is worked on, in words. */
  readonly target: string;
  readonly json: boolean;
  readonly quiet: boolean;
}

const PROGRESS_MS = 250;
/** One part of the time for reading progress, so many parts for the run. */
const PROGRESS_SHARE = 30;

export async function carryOut(app: LocalApp, body: unknown, terminal: Terminal, options: RetryRunOptions): Promise<number> {
  const { runId } = options;
  const print = (options.json ? createJsonPrinter : createTextPrinter)({ ...terminal, quiet: options.quiet });
  const watch = watchInterruption();
  const startedMs = app.clock.now();
  try {
    await makeReportDirectory(options.reportDir);
    const answer = await app.host.request("POST", "/api/runs", JSON.stringify(body), {
      "content-type": "application/json",
      "x-reprise-origin": "command-line",
    });
    if (answer.status >= 400) throw refusalOf(answer.status, answer.body);
    const view = JSON.parse(answer.body) as RunView;
    print({ type: "started", runId, dryRun: view.dryRun, target: options.target });
    if (view.summary === undefined) {
      const progress = showProgress(app, runId, startedMs, print);
      const ended = await Promise.race([app.host.waitForEnd(runId), watch.interrupted]).finally(() => progress.stop());
      if (ended === "interrupted") {
        print({
          type: "note",
          text: `Interrupted. Continue with: --run-id ${runId} (and the same --state). Backups that were started go on.`,
        });
        return EXIT.interrupted;
      }
      if (ended.runtimeStatus !== "Completed")
        throw new Error(`The run ended as ${ended.runtimeStatus}: ${JSON.stringify(ended.output)?.slice(0, 500)}`);
    }
    const { report, path } = await writeReport(app, options);
    print({ type: "finished", report, reportPath: path });
    return exitCodeOf(report);
  } finally {
    watch.stop();
  }
}

function refusalOf(status: number, body: string): Error {
  const detail = (JSON.parse(body) as { detail?: string }).detail ?? body;
  if (status === 409) return new UsageError(`--run-id: ${detail}`);
  return status < 500 ? new UsageError(detail) : new Error(detail);
}

function showProgress(app: LocalApp, runId: string, startedMs: number, print: RetryPrinter): { stop(): void } {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const read = (): void => {
    const began = performance.now();
    readProgress(app.ledger, runId)
      .then((progress) => {
        // The reading that was under way at the end comes late: the summary is the last line.
        if (stopped) return undefined;
        return print({ type: "progress", progress: { ...progress, elapsedMs: app.clock.now() - startedMs } });
      })
      // A progress line is not worth failing for: the run itself meets the same trouble and reports it.
      .catch(() => {})
      // Hundreds of vaults take their time: a line for people must not take it from the run.
      .finally(() => {
        if (!stopped) timer = setTimeout(read, Math.max(PROGRESS_MS, PROGRESS_SHARE * (performance.now() - began)));
      });
  };
  timer = setTimeout(read, PROGRESS_MS);
  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** Before anything is sent: a report that cannot be written would be noticed after a day of waiting. */
async function makeReportDirectory(reportDir: string): Promise<void> {
  try {
    await makeDirectory(reportDir);
    await access(reportDir, constants.W_OK);
  } catch (error) {
    throw new UsageError(
      `--report: found ${JSON.stringify(reportDir)}; allowed: a directory that can be written to (${(error as Error).message}).`,
    );
  }
}

async function writeReport(app: LocalApp, { runId, reportDir }: RetryRunOptions): Promise<{ report: RunReport; path: string }> {
  const [json, html] = await Promise.all([app.ledger.readReport(runId, "json"), app.ledger.readReport(runId, "html")]);
  if (json === undefined || html === undefined) throw new Error(`The run ${runId} left no report.`);
  const path = join(reportDir, "report.html");
  try {
    await writeFile(join(reportDir, "report.json"), json);
    await writeFile(path, html);
  } catch (error) {
    throw new Error(`The report cannot be written to ${reportDir}: ${(error as Error).message}. It is kept in the run store.`, {
      cause: error,
    });
  }
  return { report: JSON.parse(new TextDecoder().decode(json)) as RunReport, path };
}
