/**
 * What a chain is made of. A *point* is what one session keeps of one disk or folder; all points of a session share its id. A *backup file* is a record that
 * lists points, in parts that are written once: each attempt that processed something appends one. In here: what the next point is (J11, J12), what is broken
 * (J13), what stays (retention). A point needs the data that its manifest names, and nothing of its parent's record: removing a parent breaks no child.
 */
import type { ChainLayout, TaskId } from "../job/job.ts";

export type PointKind = "full" | "incremental";

export interface ChainPoint extends TaskId {
  /** Of the session; unique per machine and disk only. */
  readonly id: string;
  readonly kind: PointKind;
  /** The id of the point of the same machine and disk that an incremental one follows. */
  readonly parent?: string;
}

export interface FilePart {
  readonly points: readonly ChainPoint[];
}

export interface FileRecord {
  readonly id: string;
  readonly session: string;
  /** When the session started: the order of a chain. */
  readonly startedMs: number;
  readonly layout: ChainLayout;
  /** `full`: begins a chain, and holds full points only. An incremental file holds full points of what the chain did not have yet. */
  readonly kind: PointKind;
  readonly parts: readonly FilePart[];
}

/** A point together with its file. */
export interface FiledPoint extends ChainPoint {
  readonly file: string;
  readonly session: string;
  readonly startedMs: number;
}

/** Oldest first; sessions that started in the same millisecond in the order of their ids. */
export function pointsOf(files: readonly FileRecord[]): FiledPoint[] {
  return [...files]
    .sort((one, other) => one.startedMs - other.startedMs || (one.session < other.session ? -1 : one.session > other.session ? 1 : 0))
    .flatMap(({ id: file, session, startedMs, parts }) =>
      parts.flatMap(({ points }) => points.map((point) => ({ ...point, file, session, startedMs }))),
    );
}

/** One text per point; JSON, because names may hold any character. */
export function pointKey({ id, machine, disk }: Pick<ChainPoint, "id" | "machine" | "disk">): string {
  return JSON.stringify([id, machine, disk]);
}
