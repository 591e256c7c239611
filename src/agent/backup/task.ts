/**
 * One attempt at one disk or folder. In: a source and what is known of it. Out: a manifest in the store that nothing names yet (`publish.ts` makes a restore
 * point of it), and what was done. Killed anywhere, it has changed no point, and the next attempt goes on from what was sent.
 */
import type { FullTransferReason, ScopePart } from "../../policy/reuse.ts";
import type { DiskSource, FolderSource, Source } from "../source/source.ts";
import { newId } from "../format/ids.ts";
import { opaqueName } from "../format/data-key.ts";
import { places } from "../format/places.ts";
import type { Draft, Manifest, PointRow, Shape } from "../format/records.ts";
import { WorkerPool } from "../pipeline/worker-pool.ts";
import type { BadUnits } from "../repository/bad-units.ts";
import { readDamage } from "../repository/damage-records.ts";
import type { Repository } from "../repository/repository.ts";
import { countInto, healedRemark, type TaskCounts } from "./counts.ts";
import { readDisk, blocksOf, pagesOf } from "./disk-pass.ts";
import { readDraft, readDraftOfOtherKey, takeAttempt, touchDraft, type DraftPlace } from "./drafts.ts";
import { damageRemark } from "./entries-before.ts";
import { readFolder } from "./folder-pass.ts";
import { DiskResumeIndex, FolderResumeIndex } from "./resume-index.ts";
import { Transfer } from "./transfer.ts";

export interface TaskInput {
  readonly repository: Repository;
  readonly source: Source;
  readonly machine: string;
  readonly disk: string;
  readonly session: string;
  readonly shape: Shape;
  /** All disks and folders of the machine in the job. */
  readonly scope: readonly ScopePart[];
  /** A point of this disk whose blocks may be used. */
  readonly before?: Manifest | undefined;
  /** The newest point of this disk, usable or not. */
  readonly newest?: string | undefined;
  /** A full point may use blocks too: it only follows none. */
  readonly kind: "full" | "incremental";
  /** Why nothing may be used (J8). */
  readonly fullTransferReason?: FullTransferReason | undefined;
  /** Whether what an attempt that was cut off has sent may be used; `older` than the newest point: what it sent is left. */
  readonly judgeDraft: (draft: Draft) => "usable" | "older" | FullTransferReason;
  /** Of files that size and times call unchanged, read the content all the same. */
  readonly readAll: boolean;
  readonly consistency: Manifest["consistency"];
  readonly signal: AbortSignal;
  /** How often the connection was lost since the start of the task. */
  readonly drops: () => number;
  readonly counts: TaskCounts;
  readonly onProgress: (bytes: number) => void;
  readonly now: () => string;
}

export interface TaskResult {
  readonly row: PointRow;
  readonly draft: Draft;
  readonly remarks: readonly string[];
  /** Of a folder: how many paths are there but could not be read. */
  readonly unread: number;
  readonly fullTransferReason?: FullTransferReason;
}

interface Read {
  readonly pages: readonly (string | null)[];
  readonly segments: ReadonlySet<string>;
  readonly sizeBytes: number;
  readonly entries?: number;
  readonly remarks: readonly string[];
  readonly unread?: number;
}

export interface Attempt {
  readonly input: TaskInput;
  readonly transfer: Transfer;
  readonly pagePlace: (pageId: string) => string;
  readonly draftPrefix: string;
  /** What the store's records of damage name of this disk. */
  readonly bad: BadUnits;
  readonly counts: TaskCounts;
}

export async function runTask(wished: TaskInput): Promise<TaskResult> {
  const { repository, machine, disk, shape, scope, counts } = wished;
  const place = { machine: opaqueName(repository.key, "machine", machine), disk: opaqueName(repository.key, "disk", disk) };
  const going = await readDraft(repository, place);
  const begun = going ?? (await readDraftOfOtherKey(repository, place, machine, disk));
  const verdict = begun === undefined ? "older" : wished.judgeDraft(begun);
  // An attempt under the settings of now comes after the point under others: it is gone on with, and nothing has changed since.
  const reason = verdict === "usable" ? undefined : verdict === "older" ? wished.fullTransferReason : verdict;
  const input: TaskInput = reason === undefined ? wished : { ...wished, before: undefined, kind: "full" };
  const wish = { machine, disk, shape, scope, parent: input.newest, now: input.now() };
  const draft = await takeAttempt(repository, place, wish, verdict !== "usable");
  const draftPrefix = places.segmentsOf(place.machine, place.disk, draft.draft);
  const { bad } = await readDamage(repository, place);
  const folderResume = input.source.kind === "folder" ? await FolderResumeIndex.open(repository.store, draftPrefix, bad) : undefined;
  const workers = new WorkerPool({
    secret: repository.key.secret,
    keyId: repository.key.id,
    compression: shape.compression,
    draftId: draft.draft,
    attempt: draft.attempts,
    knownUnits: folderResume?.hashes,
  });
  try {
    const transfer = new Transfer({
      store: repository.store,
      workers,
      attempt: draft.attempts,
      segmentName: (number) => places.segment(place.machine, place.disk, draft.draft, draft.attempts, number),
      counts: countInto(counts),
      onSent: touching(input, place, draft),
      signal: input.signal,
    });
    const attempt = { input, transfer, counts, draftPrefix, bad, pagePlace: (id: string) => places.object(place.machine, place.disk, id) };
    const read =
      input.source.kind === "disk"
        ? await readWholeDisk(attempt, input.source)
        : await readWholeFolder(attempt, input.source, folderResume as FolderResumeIndex);
    const row = await writeManifest(attempt, read, reason);
    return { row, draft, remarks: read.remarks, unread: read.unread ?? 0, ...(reason !== undefined && { fullTransferReason: reason }) };
  } finally {
    await workers.close();
  }
}

const TOUCH_EVERY_MS = 3_600_000;

/** Touches the draft now and then. */
function touching({ repository, now }: TaskInput, place: DraftPlace, draft: Draft): () => Promise<void> {
  let touchedMs = Date.parse(draft.touchedAt);
  return async () => {
    const at = now();
    // A clock that was set back counts too.
    if (Math.abs(Date.parse(at) - touchedMs) < TOUCH_EVERY_MS) return;
    touchedMs = Date.parse(at);
    await touchDraft(repository, place, draft, at);
  };
}

/**
 * What was read before the connection was lost may have changed while it was away. Where the system cannot rule that out it is read a second time before the
 * point is published (R3); what changes even then is said.
 */
async function readWholeDisk({ input, transfer, counts, pagePlace, draftPrefix, bad }: Attempt, source: DiskSource): Promise<Read> {
  const { repository, shape, onProgress } = input;
  const { blockSize } = shape;
  const pass = { repository, source, transfer, counts, blockSize, pagePlace, bad };
  const fingerprint = await source.fingerprint();
  const readAtStart = counts.bytesRead;
  let drops = input.drops();
  /** How far the disk had been read when the connection was lost last. */
  let droppedAtBytes: number | undefined;
  const none = Array.from({ length: pagesOf(blocksOf(source.sizeBytes, blockSize)) }, () => null);
  const first = await readDisk({
    ...pass,
    before: input.before?.pages ?? none,
    resume: await resumeOf(repository, draftPrefix, bad),
    onProgress: (bytes) => {
      if (input.drops() > drops) {
        drops = input.drops();
        droppedAtBytes = counts.bytesRead - readAtStart;
      }
      onProgress(bytes);
    },
  });
  const remarks = [...damageRemark(first.damaged), ...healedRemark(counts)];
  if (first.endedEarly) remarks.push("The source became smaller while it was read; what was missing is zeros in the point.");
  const after = await source.fingerprint();
  const changed = fingerprint !== undefined && after !== fingerprint;
  if (input.drops() > drops) droppedAtBytes = counts.bytesRead - readAtStart;
  if (droppedAtBytes === undefined) {
    if (changed)
      remarks.push(
        "The source changed while it was read: the point is not one moment of it. Stop the writer, or take a snapshot in a hook.",
      );
    return { ...first, sizeBytes: source.sizeBytes, remarks };
  }
  if (!changed && fingerprint !== undefined) return { ...first, sizeBytes: source.sizeBytes, remarks };
  const again = await readDisk({
    ...pass,
    before: first.pages,
    endBlock: blocksOf(Math.min(source.sizeBytes, droppedAtBytes), blockSize),
    onProgress: () => {},
  });
  const changedAgain = after !== undefined && (await source.fingerprint()) !== after;
  remarks.push(...damageRemark(again.damaged));
  if (again.changedBlocks > 0 || changedAgain)
    remarks.push(
      "The source changed while the connection was lost; what had changed was read again, but the point may not be one moment of it.",
    );
  return { ...again, sizeBytes: source.sizeBytes, remarks };
}

async function resumeOf(repository: Repository, draftPrefix: string, bad: BadUnits): Promise<DiskResumeIndex | undefined> {
  const resume = await DiskResumeIndex.open(repository.store, draftPrefix, bad);
  return resume.isEmpty ? undefined : resume;
}

async function readWholeFolder(attempt: Attempt, source: FolderSource, resume: FolderResumeIndex): Promise<Read> {
  return readFolder({ attempt, source, resume });
}

async function writeManifest({ input, counts, pagePlace }: Attempt, read: Read, reason: FullTransferReason | undefined): Promise<PointRow> {
  const { repository, machine, disk, session, source, shape, kind } = input;
  const parent = kind === "full" ? undefined : input.before?.point;
  const createdAt = input.now();
  const manifest: Manifest = {
    format: 1,
    point: session,
    session,
    machine,
    disk,
    kind,
    source: { kind: source.kind, path: source.path },
    createdAt,
    ...(parent !== undefined && { parent }),
    shape,
    sizeBytes: read.sizeBytes,
    storedBytes: counts.bytesSent,
    scope: [...input.scope],
    pages: [...read.pages],
    segments: [...read.segments].sort(),
    ...(read.entries !== undefined && { entries: read.entries }),
    consistency: input.consistency,
    remarks: [...read.remarks, ...(reason === undefined ? [] : [`Sent in full: ${reason} changed.`])],
  };
  const place = pagePlace(newId());
  await repository.createRecord(place, manifest);
  return {
    id: session,
    machine,
    disk,
    kind,
    createdAt,
    sizeBytes: read.sizeBytes,
    storedBytes: counts.bytesSent,
    ...(parent !== undefined && { parent }),
    manifest: place,
  };
}
