/** What `reprise backup` says at its end, for people: each task with what was sent and what did not have to be. */
import type { TaskReport } from "../../agent/session/run-task.ts";
import { reveal } from "../../cloud/report/visible.ts";
import { formatDuration, plural } from "../../cloud/report/words.ts";
import type { SessionResult } from "../../policy/session/state.ts";
import { safe } from "../failure.ts";
import { sizeText } from "../transfer/sizes.ts";
import type { Terminal } from "../terminal.ts";

export interface BackupText {
  readonly result: SessionResult;
  readonly session: string;
  readonly tasks: readonly TaskReport[];
  readonly durationMs: number;
  readonly error?: string | undefined;
  readonly quiet: boolean;
}

export function printBackup({ result, session, tasks, durationMs, error, quiet }: BackupText, terminal: Terminal): void {
  const out = (text: string): void => terminal.out(`${safe(text)}\n`);
  if (!quiet) for (const task of tasks) for (const line of linesOf(task)) out(line);
  if (error !== undefined) out(error);
  const points = tasks.filter((task) => task.result !== "failed").length;
  out(`${RESULTS[result]} in ${formatDuration(durationMs)}${points > 0 ? `; restore point ${session}` : "; no restore point was made"}.`);
}

const RESULTS: Readonly<Record<SessionResult, string>> = { success: "Success", warning: "Warning", failed: "Failed" };

function linesOf(task: TaskReport): readonly string[] {
  const head = `${task.disk} of ${task.machine}: `;
  if (task.result === "failed") return [`${head}failed. ${task.error ?? ""}`, ...countLines(task)];
  const full = task.fullTransferReason === undefined ? "" : `, sent in full because the ${task.fullTransferReason} changed`;
  return [`${head}${task.kind} point${full}`, ...countLines(task), ...task.remarks.map((remark) => `  ! ${reveal(remark)}`)];
}

function countLines({
  bytesRead,
  bytesSent,
  blocksSent,
  blocksReused,
  blocksResumed,
  blocksZero,
  blocksHealed,
  blocksLost,
}: TaskReport): readonly string[] {
  const lines = [
    `  read ${sizeText(bytesRead)}, sent ${sizeText(bytesSent)} (${plural(blocksSent, "block")}), zeros: ${plural(blocksZero, "block")}`,
  ];
  if (blocksReused > blocksResumed) lines.push(`  not sent, in an earlier point already: ${plural(blocksReused - blocksResumed, "block")}`);
  if (blocksResumed > 0) lines.push(`  not sent again, from a transfer that was cut off: ${plural(blocksResumed, "block")}`);
  if (blocksHealed > 0) lines.push(`  damaged in the store, and sent again: ${plural(blocksHealed, "block")}`);
  if (blocksLost > 0) lines.push(`  lost by the store after it had taken them, and sent again: ${plural(blocksLost, "block")}`);
  return lines;
}
