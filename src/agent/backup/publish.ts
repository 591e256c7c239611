/**
 * Makes restore points of manifests: one part of a backup file lists them, and is written once. In: what the tasks of a machine made. Out: points that every
 * reader sees, or none. Killed before the part is written, nothing was published, and the next session finds all blocks in the store.
 */
import { opaqueName } from "../format/data-key.ts";
import { places } from "../format/places.ts";
import type { Draft, FilePart, PointRow } from "../format/records.ts";
import type { Repository } from "../repository/repository.ts";
import { DraftTakenError, endDraft, isStillOurs } from "./drafts.ts";

export interface Publication extends Pick<FilePart, "file" | "session" | "layout" | "kind" | "startedAt"> {
  readonly points: readonly { readonly row: PointRow; readonly draft: Draft }[];
  readonly now: string;
}

/** The number of the part. */
export async function publish(repository: Repository, publication: Publication): Promise<number> {
  const { file, session, layout, kind, startedAt, points, now } = publication;
  const placed = points.map(({ row, draft }) => {
    const place = { machine: opaqueName(repository.key, "machine", row.machine), disk: opaqueName(repository.key, "disk", row.disk) };
    return { row, draft, place };
  });
  const taken = async (): Promise<DraftTakenError | undefined> => {
    for (const { row, draft, place } of placed)
      if (!(await isStillOurs(repository, place, draft))) return new DraftTakenError(row.machine, row.disk);
    return undefined;
  };
  const before = await taken();
  if (before !== undefined) throw before;
  const record: FilePart = { file, session, layout, kind, startedAt, createdAt: now, points: points.map(({ row }) => row) };
  let part = 1;
  for await (const place of repository.store.list(`${places.files}${file}/`)) part = Math.max(part, Number(place.split("/").at(-1)) + 1);
  while (!(await repository.createRecord(places.filePart(file, part), record))) part++;
  // Held up while it was written: whoever took the transfer may have deleted what the points need, so they are taken back.
  const after = await taken();
  if (after !== undefined) {
    for (const { row, place } of placed) {
      const { id: point, machine, disk } = row;
      const reason = "its transfer was taken over while it was published";
      await repository.createRecord(places.removedPoint(place.machine, point, place.disk), {
        point,
        machine,
        disk,
        removedAt: now,
        reason,
      });
    }
    throw after;
  }
  for (const { row, place } of placed) {
    const witness = {
      file,
      part,
      point: row.id,
      machine: row.machine,
      disk: row.disk,
      ...(row.parent !== undefined && { parent: row.parent }),
      kind: row.kind,
      createdAt: row.createdAt,
      sizeBytes: row.sizeBytes,
      storedBytes: row.storedBytes,
    };
    await repository.createRecord(places.point(place.machine, row.id, place.disk), witness);
    await endDraft(repository, place);
  }
  return part;
}
