/**
 * One task of a session: finds what of earlier points and attempts may be used, carries the task out, publishes its point. In: a disk or folder of a machine.
 * Out: what was done, or why it failed; an error of the task is a value, so that the other tasks go on.
 */
import type { Clock } from "../../clock/clock.ts";
import type { AgentJob, MachineScope } from "../../policy/job/job.ts";
import { decideReuse, type FullTransferReason, type ScopePart, type TransferSettings } from "../../policy/reuse.ts";
import type { TaskCounts } from "../backup/counts.ts";
import { publish } from "../backup/publish.ts";
import { runTask } from "../backup/task.ts";
import { pointKey } from "../../policy/chain/chain.ts";
import { nextPoint, type NextPoint } from "../../policy/chain/next-point.ts";
import { PLAIN_KEY_ID, opaqueName } from "../format/data-key.ts";
import { manifestRecord, type Manifest, type Shape } from "../format/records.ts";
import type { Catalog, CatalogPoint } from "../repository/catalog.ts";
import type { Repository } from "../repository/repository.ts";
import type { Source } from "../source/source.ts";

export interface TaskWish {
  readonly repository: Repository;
  readonly job: AgentJob;
  readonly machine: MachineScope;
  readonly part: { readonly name: string; readonly path: string };
  readonly session: string;
  /** When the session began. */
  readonly startedAt: string;
  /** What is in the store, read just before. */
  readonly catalog: Catalog;
  readonly readAll: boolean;
  readonly consistency: Manifest["consistency"];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Rejects when the machine's lock is not held any more: asked before anything is published. */
  readonly confirmLock: () => Promise<void>;
  readonly drops: () => number;
  readonly counts: TaskCounts;
  readonly onSource: (source: Source) => void;
  readonly onProgress: (bytes: number) => void;
  readonly openSource: (path: string) => Promise<Source>;
}

export interface TaskReport extends TaskCounts {
  readonly machine: string;
  readonly disk: string;
  readonly result: "success" | "warning" | "failed";
  readonly kind?: "full" | "incremental";
  readonly fullTransferReason?: FullTransferReason;
  readonly remarks: readonly string[];
  /** How many paths of a folder are there but could not be read; absent: none. */
  readonly unread?: number;
  readonly error?: string;
  /** The `code` of what went wrong, for the session's rules. */
  readonly errorCode?: string;
}

export async function carryOutTask(wish: TaskWish): Promise<TaskReport> {
  const { machine, part, counts } = wish;
  const who = { machine: machine.name, disk: part.name };
  try {
    const { kind, remarks, unread, fullTransferReason } = await backUp(wish);
    return {
      ...who,
      result: remarks.length > 0 ? "warning" : "success",
      kind,
      ...counts,
      ...(fullTransferReason !== undefined && { fullTransferReason }),
      remarks,
      ...(unread > 0 && { unread }),
    };
  } catch (error) {
    wish.signal.throwIfAborted();
    const { message, code } = error instanceof Error ? (error as NodeJS.ErrnoException) : { message: String(error), code: undefined };
    return { ...who, result: "failed", ...counts, remarks: [], error: message, ...(code !== undefined && { errorCode: code }) };
  }
}

async function backUp(
  wish: TaskWish,
): Promise<{ kind: "full" | "incremental"; remarks: readonly string[]; unread: number; fullTransferReason?: FullTransferReason }> {
  const { repository, job, machine, part, clock, session } = wish;
  const now = (): string => new Date(clock.now()).toISOString();
  const source = await wish.openSource(part.path);
  try {
    wish.onSource(source);
    const shape: Shape = { blockSize: job.blockSizeBytes, compression: job.compression, keyId: repository.key.id };
    const scope = scopeOf(machine);
    const settings = settingsOf(shape, scope);
    const next = planned(wish);
    if (next.published) return { kind: next.point.kind, remarks: [], unread: 0 };
    const before = await manifestBefore(wish, next.parent, source.kind);
    const reuse = decideReuse(before && settingsOf(before.shape, before.scope), settings);
    const result = await runTask({
      repository,
      source,
      machine: machine.name,
      disk: part.name,
      session,
      shape,
      scope,
      before: reuse.allowed ? before : undefined,
      newest: before?.point,
      kind: reuse.allowed && before !== undefined ? next.kind : "full",
      fullTransferReason: reuse.allowed ? undefined : reuse.fullTransferReason,
      judgeDraft: (draft) => {
        // One that goes on from this point is not older than it, whatever the clocks said.
        if (before !== undefined && draft.parent !== before.point && draft.touchedAt < before.createdAt) return "older";
        const again = decideReuse(settingsOf(draft.shape, draft.scope), settings);
        return again.allowed ? "usable" : again.fullTransferReason;
      },
      readAll: wish.readAll,
      consistency: wish.consistency,
      signal: wish.signal,
      drops: wish.drops,
      counts: wish.counts,
      onProgress: wish.onProgress,
      now,
    });
    wish.signal.throwIfAborted();
    await wish.confirmLock();
    const { layout } = job.chain;
    const file = next.file.id ?? newFileId(session, layout === "per-machine" ? machine.name : undefined, repository);
    await publish(repository, { file, session, layout, kind: next.file.kind, startedAt: wish.startedAt, points: [result], now: now() });
    const { row, remarks, unread, fullTransferReason } = result;
    return { kind: row.kind, remarks, unread, ...(fullTransferReason !== undefined && { fullTransferReason }) };
  } finally {
    await source.close();
  }
}

export function scopeOf(machine: MachineScope): readonly ScopePart[] {
  return [...machine.disks, ...machine.folders].map(({ name, path }) => ({ disk: name, path }));
}

function settingsOf(shape: Shape, scope: readonly ScopePart[]): TransferSettings {
  return {
    compression: shape.compression,
    blockSizeBytes: shape.blockSize,
    ...(shape.keyId !== PLAIN_KEY_ID && { encryption: { keyId: shape.keyId, wrappingId: "" } }),
    scope,
  };
}

function planned({ machine, part, session, startedAt, job, catalog }: TaskWish): NextPoint {
  const broken = new Set(catalog.points.filter(({ broken }) => broken !== undefined).map(({ row }) => pointKey(row)));
  const { layout, full } = job.chain;
  return nextPoint({
    task: { machine: machine.name, disk: part.name },
    session,
    startedMs: Date.parse(startedAt),
    layout,
    ...(full !== undefined && { full }),
    files: catalog.files,
    broken,
  });
}

/** Of the point that the next one follows; when its manifest cannot be read, of the newest that can, so that no point builds on a damaged one. */
async function manifestBefore(
  { repository, catalog, machine, part }: TaskWish,
  parent: string | undefined,
  kind: Source["kind"],
): Promise<Manifest | undefined> {
  const own = catalog.points.filter(({ row, broken }) => row.machine === machine.name && row.disk === part.name && broken === undefined);
  const candidates = [...own.filter(({ row }) => row.id === parent), ...own.filter(({ row }) => row.id !== parent).toReversed()];
  for (const point of candidates) {
    const manifest = await readManifest(repository, point).catch(() => undefined);
    if (manifest !== undefined) return manifest.source.kind === kind ? manifest : undefined;
  }
  return undefined;
}

/** Made of the session's id, so that files stand in the order of their sessions, and of the machine's opaque name. */
function newFileId(session: string, machine: string | undefined, repository: Repository): string {
  return `${session}-${machine === undefined ? "all" : opaqueName(repository.key, "machine", machine).slice(0, 8)}`;
}

export async function readManifest(repository: Repository, point: CatalogPoint): Promise<Manifest | undefined> {
  return repository.readRecord(point.row.manifest, manifestRecord);
}
