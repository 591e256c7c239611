/**
 * One line on a terminal that says how far a run is. In: counts. Out: a line that is written over itself and leaves no trace; nothing when the stream is
 * no terminal.
 */
import type { RunProgress } from "../../cloud/runs/read-runs.ts";
import { clipToWidth } from "../../cloud/report/text-width.ts";
import { count, formatDuration } from "../../cloud/report/words.ts";

/** `elapsedMs` on the run's clock, since its start. */
export type RetryProgress = RunProgress & { readonly elapsedMs?: number };

/** What is asked of a stream; `process.stderr` is one. */
export interface TerminalStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface ProgressLine {
  show(progress: RetryProgress): void;
  clear(): void;
}

const ERASE = "\r\u001b[2K";
const DEFAULT_COLUMNS = 80;

export function createProgressLine(stream: TerminalStream): ProgressLine {
  let shown = "";
  return {
    show: (progress) => {
      if (stream.isTTY !== true) return;
      // One cell is left free: a full line makes some terminals begin a new one.
      const line = clipToWidth(progressText(progress), (stream.columns ?? DEFAULT_COLUMNS) - 1);
      if (line === shown) return;
      stream.write(`${ERASE}${line}`);
      shown = line;
    },
    clear: () => {
      if (shown === "") return;
      stream.write(ERASE);
      shown = "";
    },
  };
}

function progressText(progress: RetryProgress): string {
  const { elapsedMs, found, items, triggered, recovered, failing, skipped } = progress;
  const time = elapsedMs === undefined ? "" : `${formatDuration(elapsedMs)}  `;
  return `${time}${count(found)} failed jobs, ${count(items)} items: ${count(triggered)} triggered, ${count(recovered)} recovered, ${count(failing)} failing, ${count(skipped)} skipped`;
}
