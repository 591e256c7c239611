/** A chain that grows as an engine would make it: asks for each task that succeeded what its point is, and appends one part per attempt and file. */
import type { ChainPoint, FileRecord } from "../../src/policy/chain/chain.ts";
import { nextPoint, type NextPoint } from "../../src/policy/chain/next-point.ts";
import type { ChainLayout, ChainSettings, TaskId } from "../../src/policy/job/job.ts";

export const FIRST_MS = Date.parse("2026-11-20T22:00:00Z");
export const DAY = 86_400_000;

export class ChainOfSessions {
  files: FileRecord[] = [];
  broken = new Set<string>();
  readonly #layout: ChainLayout;
  readonly #full: ChainSettings["full"];

  constructor(layout: ChainLayout, full?: ChainSettings["full"]) {
    this.#layout = layout;
    this.#full = full;
  }

  ask(session: number, task: TaskId, layout = this.#layout): NextPoint {
    return nextPoint({
      task,
      session: `s${session}`,
      startedMs: FIRST_MS + session * DAY,
      layout,
      ...(this.#full && { full: this.#full }),
      files: this.files,
      broken: this.broken,
    });
  }

  /** One attempt of session `session` (the first is 1, one a day), in which these tasks succeeded. */
  attempt(session: number, tasks: readonly TaskId[], layout = this.#layout): this {
    for (const task of tasks) {
      const next = this.ask(session, task, layout);
      if (next.published) continue;
      const point: ChainPoint = {
        id: `s${session}`,
        machine: task.machine,
        disk: task.disk,
        kind: next.kind,
        ...(next.parent !== undefined && { parent: next.parent }),
      };
      if (next.file.id === undefined)
        this.files.push({
          id: `file-${this.files.length + 1}`,
          session: `s${session}`,
          startedMs: FIRST_MS + session * DAY,
          layout,
          kind: next.file.kind,
          parts: [{ points: [point] }],
        });
      else
        this.files = this.files.map((file) => (file.id === next.file.id ? { ...file, parts: [...file.parts, { points: [point] }] } : file));
    }
    return this;
  }

  /** `full: m1/data full | m2/data incremental after s1` */
  get lines(): string[] {
    return this.files.map(({ session, kind, parts }) => {
      const points = parts.flatMap(({ points }) => points);
      return `${session} ${kind}: ${points.map(({ machine, disk, kind, parent }) => `${machine}/${disk} ${kind}${parent === undefined ? "" : ` after ${parent}`}`).join(" | ")}`;
    });
  }
}
