/** How far running sessions are; printed when the process gets SIGUSR1. In: what sessions tell. Out: a line per session. */
import { visibleProse } from "../../cloud/report/visible.ts";
import type { SessionProgress } from "../../agent/session/session-options.ts";
import { sizeText } from "./sizes.ts";

interface Running {
  readonly session: string;
  readonly task?: string;
  readonly doneBytes: number;
  readonly totalBytes?: number | undefined;
  readonly sentBytes: number;
  readonly waiting?: string;
}

export class ProgressBoard {
  readonly #running = new Map<string, Running>();

  take(job: string, event: SessionProgress): void {
    if (event.kind === "began") this.#running.set(job, { session: event.session, doneBytes: 0, sentBytes: 0 });
    const now = this.#running.get(job);
    if (now === undefined) return;
    if (event.kind === "task-started") {
      const task = `${event.task.disk} of ${event.task.machine}`;
      this.#running.set(job, { session: now.session, task, doneBytes: 0, totalBytes: event.sizeBytes, sentBytes: 0 });
    } else if (event.kind === "read")
      this.#running.set(job, { ...now, doneBytes: now.doneBytes + event.bytes, sentBytes: event.counts.bytesSent });
    else if (event.kind === "decision" && event.decision.kind === "wait")
      this.#running.set(job, { session: now.session, doneBytes: 0, sentBytes: 0, waiting: event.decision.reason });
    else if (event.kind === "decision" && event.decision.kind === "end") this.#running.delete(job);
  }

  text(): string {
    if (this.#running.size === 0) return "No session is under way.\n";
    return [...this.#running]
      .map(([job, running]) => `${visibleProse(`${job}: session ${running.session}, ${describe(running)}`)}\n`)
      .join("");
  }
}

function describe({ task, doneBytes, totalBytes, sentBytes, waiting }: Running): string {
  if (waiting !== undefined) return waiting;
  if (task === undefined) return "no task begun yet.";
  const of = totalBytes === undefined ? "" : ` of ${sizeText(totalBytes)}`;
  return `${task}: ${sizeText(doneBytes)}${of} read, ${sizeText(sentBytes)} sent.`;
}

/** Windows has no such signal. Gives what takes the listener back. */
export function onProgressSignal(print: () => void): () => void {
  if (process.platform === "win32") return () => {};
  process.on("SIGUSR1", print);
  return () => void process.off("SIGUSR1", print);
}
