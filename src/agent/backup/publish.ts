/**
 * Makes restore points of manifests: one part of a backup file lists them, and is written once. In: what the tasks of a machine made. Out: points that every
 * reader sees, or none. Killed before the part is written, nothing was published, and the next session finds all blocks in the store.
 */
import { opaqueName } from "../format/data-key.ts";
import { places } from "../format/places.ts";
import type { Draft, FilePart, PointRow } from "../format/records.ts";
import type { Repository } from "../repository/repository.ts";
import { endDraft, isStillOurs } from "./drafts.ts";

export interface Publication extends Pick<FilePart, "file" | "session" | "layout" | "kind" | "startedAt"> {
  readonly points: readonly { readonly row: PointRow; readonly draft: Draft }[];
  readonly now: string;
}

/** Another process has gone on with the transfer, or thrown it away. */
export class DraftTakenError extends Error {
  readonly code = "STORE_LOCKED";
  constructor(machine: string, disk: string) {
    super(`The transfer of ${machine}, ${disk} was taken over by another process; nothing was published here.`);
    this.name = "DraftTakenError";
  }
}

/** The number of the part. */
export async function publish(repository: Repository, publication: Publication): Promise<number> {
  const { file, session, layout, kind, startedAt, points, now } = publication;
  const placed = points.map(({ row, draft }) => {
    const place = { machine: opaqueName(repository.key, "machine", row.machine), disk: opaqueName(repository.key, "disk", row.disk) };
    return { row, draft, place };
  });
  for (const { row, draft, place } of placed)
    if (!(await isStillOurs(repository, place, draft))) throw new DraftTakenError(row.machine, row.disk);
  const record: FilePart = { file, session, layout, kind, startedAt, createdAt: now, points: points.map(({ row }) => row) };
  let part = 1;
  for await (const place of repository.store.list(`${places.files}${file}/`)) part = Math.max(part, Number(place.split("/").at(-1)) + 1);
  while (!(await repository.createRecord(places.filePart(file, part), record))) part++;
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
