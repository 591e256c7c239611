/**
 * One task of a session: finds what of earlier points and attempts may be used, carries the task out, publishes its point. In: a disk or folder of a machine.
 * Out: what was done, or why it failed; an error of the task is a value, so that the other tasks go on.
 */
import type { Clock } from "../../clock/clock.ts";
import type { AgentJob, MachineScope } from "../../policy/job/job.ts";
import { decideReuse, type FullTransferReason, type ScopePart, type TransferSettings } from "../../policy/reuse.ts";
import { noCounts, type TaskCounts } from "../backup/counts.ts";
import { publish } from "../backup/publish.ts";
import { runTask } from "../backup/task.ts";
import { PLAIN_KEY_ID } from "../format/data-key.ts";
import { manifestRecord, type Manifest, type Shape } from "../format/records.ts";
import type { Catalog, CatalogPoint } from "../repository/catalog.ts";
import type { Repository } from "../repository/repository.ts";
import { openSource } from "../source/open-source.ts";
import type { Source } from "../source/source.ts";

export interface TaskWish {
  readonly repository: Repository;
  readonly job: AgentJob;
  readonly machine: MachineScope;
  readonly part: { readonly name: string; readonly path: string };
  readonly session: string;
  /** Of the backup file that the point goes into. */
  readonly file: string;
  /** As it was at the start of the session. */
  readonly catalog: Catalog;
  readonly readAll: boolean;
  readonly consistency: Manifest["consistency"];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly drops: () => number;
  readonly counts: TaskCounts;
  readonly onSource: (source: Source) => void;
  readonly onProgress: (bytes: number) => void;
  /** Wraps a source so that it goes on after its share was away. */
  readonly lasting: (source: Source) => Source;
}

export interface TaskReport extends TaskCounts {
  readonly machine: string;
  readonly disk: string;
  readonly result: "success" | "warning" | "failed";
  readonly kind?: "full" | "incremental";
  readonly fullTransferReason?: FullTransferReason;
  readonly remarks: readonly string[];
  readonly error?: string;
  /** The `code` of what went wrong, for the session's rules. */
  readonly errorCode?: string;
}

export async function carryOutTask(wish: TaskWish): Promise<TaskReport> {
  const { machine, part, counts } = wish;
  const who = { machine: machine.name, disk: part.name };
  try {
    const { kind, remarks, fullTransferReason } = await backUp(wish);
    return {
      ...who,
      result: remarks.length > 0 ? "warning" : "success",
      kind,
      ...counts,
      ...(fullTransferReason !== undefined && { fullTransferReason }),
      remarks,
    };
  } catch (error) {
    wish.signal.throwIfAborted();
    const { message, code } = error instanceof Error ? (error as NodeJS.ErrnoException) : { message: String(error), code: undefined };
    return { ...who, result: "failed", ...counts, remarks: [], error: message, ...(code !== undefined && { errorCode: code }) };
  }
}

async function backUp(
  wish: TaskWish,
): Promise<{ kind: "full" | "incremental"; remarks: readonly string[]; fullTransferReason?: FullTransferReason }> {
  const { repository, job, machine, part, catalog, clock, session } = wish;
  const now = (): string => new Date(clock.now()).toISOString();
  const source = wish.lasting(await openSource(part.path));
  try {
    wish.onSource(source);
    const shape: Shape = { blockSize: job.blockSizeBytes, compression: job.compression, keyId: repository.key.id };
    const scope = scopeOf(machine);
    const settings = settingsOf(shape, scope);
    const newest = await newestPoint(repository, catalog, machine.name, part.name, source.kind);
    const reuse = decideReuse(newest && settingsOf(newest.shape, newest.scope), settings);
    const result = await runTask({
      repository,
      source,
      machine: machine.name,
      disk: part.name,
      session,
      shape,
      scope,
      parent: reuse.allowed ? newest : undefined,
      fullTransferReason: reuse.allowed ? undefined : reuse.fullTransferReason,
      mayResume: (draft) => {
        const again = decideReuse(settingsOf(draft.shape, draft.scope), settings);
        return again.allowed ? undefined : again.fullTransferReason;
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
    await publish(repository, { file: wish.file, session, layout: job.chain.layout, points: [result], now: now() });
    const { row, remarks, fullTransferReason } = result;
    return { kind: row.kind, remarks, ...(fullTransferReason !== undefined && { fullTransferReason }) };
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

/** The newest point of the disk that can be read: a damaged one is passed over, so that the next point does not build on it. */
async function newestPoint(
  repository: Repository,
  catalog: Catalog,
  machine: string,
  disk: string,
  kind: Source["kind"],
): Promise<Manifest | undefined> {
  const candidates = catalog.points.filter(({ row, broken }) => row.machine === machine && row.disk === disk && broken === undefined);
  for (const point of candidates.toReversed()) {
    const manifest = await readManifest(repository, point).catch(() => undefined);
    if (manifest !== undefined) return manifest.source.kind === kind ? manifest : undefined;
  }
  return undefined;
}

export async function readManifest(repository: Repository, point: CatalogPoint): Promise<Manifest | undefined> {
  return repository.readRecord(point.row.manifest, manifestRecord);
}

export { noCounts };
