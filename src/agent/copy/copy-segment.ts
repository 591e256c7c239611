/**
 * One segment, unit by unit, under the same name and the same ids, so that manifests and pages stay valid. In: two stores. Out: the sealed segment. Units that
 * an earlier copy has put there are not sent again; each is checked before it is sent. One that is bad and that the point can spare is sent as zeros.
 */
import { UnitsMissingError, type StoredUnit } from "../../store/blocks/block-store.ts";
import { DamageError } from "../format/damage.ts";
import type { Repository } from "../repository/repository.ts";
import { checkUnit } from "./check-unit.ts";

export interface CopyCounts {
  points: number;
  unitsSent: number;
  /** There already, from a copy that was cut off. */
  unitsReused: number;
  bytesSent: number;
}

export interface SegmentCopy {
  readonly from: Repository;
  readonly to: Repository;
  readonly counts: CopyCounts;
  readonly signal: AbortSignal;
  readonly onProgress: (bytes: number) => void;
}

interface UnitInSegment {
  readonly segment: string;
  readonly offset: number;
  readonly lengthBytes: number;
}

/** Bad units that the point does not need. */
export interface SpareUnits {
  readonly has: (unit: UnitInSegment) => boolean;
  /** Has to be called before such a unit is left out. */
  readonly leaveOut: (unit: UnitInSegment) => Promise<void>;
}

const AT_ONCE = 6;
const SEAL_TRIES = 5;

/** @throws DamageError when the source's segment is missing or damaged */
export async function copySegment(copy: SegmentCopy, segment: string, spare: SpareUnits): Promise<void> {
  const { from, to, counts, signal } = copy;
  const source = await from.store.listUnits(segment, { signal });
  if (source?.sealed !== true) throw new DamageError(segment, "the segment is missing");
  const target = await to.store.listUnits(segment, { signal });
  if (target?.sealed === true) {
    const same = target.units.length === source.units.length && source.units.every(({ id }, index) => target.units[index]?.id === id);
    if (same) return;
    throw new DamageError(segment, "the target has a segment of that name with other units");
  }
  const sizes = new Map(target?.units.map(({ id, sizeBytes }) => [id, sizeBytes]));
  const missing = new Set(source.units.filter(({ id, sizeBytes }) => sizes.get(id) !== sizeBytes).map(({ id }) => id));
  counts.unitsReused += source.units.length - missing.size;
  await copyUnits(copy, segment, source.units, missing, spare);
  for (let tries = 1; ; tries++)
    try {
      return await to.store.seal(
        segment,
        source.units.map(({ id }) => id),
        { signal },
      );
    } catch (error) {
      if (!(error instanceof UnitsMissingError) || tries === SEAL_TRIES) throw error;
      await copyUnits(copy, segment, source.units, new Set(error.missing), spare);
    }
}

async function copyUnits(
  copy: SegmentCopy,
  segment: string,
  units: readonly StoredUnit[],
  wanted: ReadonlySet<string>,
  spare: SpareUnits,
): Promise<void> {
  const { to, counts, signal, onProgress } = copy;
  let offset = 0;
  const todo = units.flatMap(({ id, sizeBytes }) => {
    const unit = { id, sizeBytes, offset };
    offset += sizeBytes;
    return wanted.has(id) ? [unit] : [];
  });
  const next = async (): Promise<void> => {
    for (let unit = todo.shift(); unit !== undefined; unit = todo.shift()) {
      signal.throwIfAborted();
      const bytes = await readUnit(copy, segment, unit, spare);
      await to.store.putUnit(segment, unit.id, bytes, { signal });
      counts.unitsSent++;
      counts.bytesSent += bytes.byteLength;
      onProgress(bytes.byteLength);
    }
  };
  const done = await Promise.allSettled(Array.from({ length: AT_ONCE }, next));
  const failed = done.find((each) => each.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

async function readUnit(
  { from, signal }: SegmentCopy,
  segment: string,
  { id, offset, sizeBytes }: StoredUnit & { readonly offset: number },
  spare: SpareUnits,
): Promise<Uint8Array> {
  try {
    const bytes = await from.store.readRange(segment, offset, sizeBytes, { signal });
    checkUnit(from, segment, id, bytes);
    return bytes;
  } catch (error) {
    const damage = damageIn(segment, error);
    const unit = { segment, offset, lengthBytes: sizeBytes };
    if (damage === undefined || !spare.has(unit)) throw damage ?? error;
    await spare.leaveOut(unit);
    return new Uint8Array(sizeBytes);
  }
}

/** Undefined for what says nothing of the bytes: a connection that is lost, say. */
function damageIn(segment: string, error: unknown): DamageError | undefined {
  if (error instanceof DamageError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  return code === "STORE_DAMAGED_RECORD" || code === "STORE_NOT_FOUND"
    ? new DamageError(segment, message.replace(/\.$/, ""), { cause: error })
    : undefined;
}
