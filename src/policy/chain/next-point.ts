/** What the next point of a disk is, and which backup file it goes into (J11, J12). In: the records of the job's chain as they are. Asked for each task of each run. */
import { sameTask, taskWords, type ChainLayout, type ChainSettings, type TaskId } from "../job/job.ts";
import { pointKey, pointsOf, type FiledPoint, type FileRecord, type PointKind } from "./chain.ts";
import { fullDue } from "./full-due.ts";

export interface NextPointInput {
  readonly task: TaskId;
  readonly session: string;
  readonly startedMs: number;
  readonly layout: ChainLayout;
  readonly full?: ChainSettings["full"];
  /** Of this job, of this session too, read just before. */
  readonly files: readonly FileRecord[];
  /** Keys (`pointKey`) of broken points: nothing is built on them. */
  readonly broken: ReadonlySet<string>;
}

export type NextPoint =
  /** The session has this point already: an attempt published it and was killed before it could say so. It is not made again. */
  | { readonly published: true; readonly point: FiledPoint; readonly reason: string }
  | {
      readonly published: false;
      readonly kind: PointKind;
      readonly parent?: string;
      /** Without an id the file is new; it is made with the first part. */
      readonly file: { readonly id?: string; readonly kind: PointKind };
      readonly reason: string;
    };

export function nextPoint(input: NextPointInput): NextPoint {
  const { task, session, files, broken } = input;
  const points = pointsOf(files);
  const own = points.find((point) => point.session === session && sameTask(point, task));
  if (own !== undefined)
    return { published: true, point: own, reason: `${taskWords(task)} is in the session's backup file ${own.file} already.` };

  const earlier = points.filter((point) => point.session !== session && !broken.has(pointKey(point)));
  const parent = newest(earlier.filter((point) => sameTask(point, task)));
  const existing = sessionFile(input);
  const chain = existing === undefined ? newFile(input, earlier) : { kind: existing.kind, why: "the session's backup file is a full one" };
  const file = { ...(existing && { id: existing.id }), kind: chain.kind };
  if (parent === undefined) return { published: false, kind: "full", file, reason: firstReason(task, points) };
  if (chain.kind === "full") return { published: false, kind: "full", file, reason: `A full point of ${taskWords(task)}: ${chain.why}.` };
  const reason = `An incremental point of ${taskWords(task)}, after point ${parent.id}.`;
  return { published: false, kind: "incremental", parent: parent.id, file, reason };
}

/** The file that this session has made for the task: one for each machine, or one for all. One of another layout (the job changed) takes no more points. */
function sessionFile({ files, session, layout, task }: NextPointInput): FileRecord | undefined {
  return files.find(
    (file) => file.session === session && file.layout === layout && (layout === "single-file" || holds(file, task.machine)),
  );
}

/** What kind a file is that has to be made. Its chain is that of the machine, or of the whole job. */
function newFile(
  { layout, task, files, session, startedMs, full }: NextPointInput,
  earlier: readonly FiledPoint[],
): { kind: PointKind; why: string } {
  const inChain = layout === "per-machine" ? earlier.filter(({ machine }) => machine === task.machine) : earlier;
  if (inChain.length === 0) return { kind: "full", why: "no earlier point is intact" };
  const chain = files.filter((file) => file.session !== session && (layout === "single-file" || holds(file, task.machine)));
  const due = fullDue(chain, full, startedMs);
  return due === undefined ? { kind: "incremental", why: "" } : { kind: "full", why: due };
}

/**
 * The newest, among those that no other follows: after a clock was set back the newest by time is not the end of its chain.
 */
function newest(points: readonly FiledPoint[]): FiledPoint | undefined {
  const followed = new Set(points.map(({ parent }) => parent));
  return points.findLast(({ id }) => !followed.has(id));
}

function holds(file: FileRecord, machine: string): boolean {
  return file.parts.some(({ points }) => points.some((point) => point.machine === machine));
}

function firstReason(task: TaskId, points: readonly FiledPoint[]): string {
  const known = points.some((point) => sameTask(point, task));
  return `A full point of ${taskWords(task)}: ${known ? "none of its earlier points is intact" : "it has no point yet"}.`;
}
