/**
 * Where things stand in a store. Everything but `state/` is written once; `state/` may be another store (of a container that is not immutable).
 *
 *     store.json                                 format, salt
 *     keys/KEY/SLOT.json                         the master key, wrapped by one password
 *     files/FILE/0001                            a backup file: its parts, each a list of points
 *     points/MACHINE/POINT~DISK                  says which file a point was published in
 *     removed/MACHINE/POINT~DISK                 the point was removed by retention
 *     index/MACHINE/DISK/OBJECT                  manifests, index pages, tree pages
 *     data/MACHINE/DISK/DRAFT-ATTEMPT-NUMBER     segments
 *     damage/MACHINE/DISK/DRAFT-ATTEMPT-NUMBER~OBJECT   what of a segment was found bad
 *     sessions/SESSION/0001                      what a session says of itself, step by step
 *     state-elsewhere.json                       locks and drafts are kept in another store
 *     state/locks/MACHINE.json  state/drafts/MACHINE/DISK.json  state/agents/JOB.json
 *     state/of/ID.json                           in the other store: this is the one
 *
 * MACHINE, DISK and JOB are opaque names.
 */
import { SEGMENT_FOLDER } from "../../store/blocks/block-store.ts";

export const places = {
  store: "store.json",
  keys: "keys/",
  keySlot: (keyId: string, slotId: string) => `keys/${keyId}/${slotId}.json`,
  files: "files/",
  filePart: (fileId: string, part: number) => `files/${fileId}/${padded(part, 4)}`,
  points: "points/",
  point: (machine: string, pointId: string, disk: string) => `points/${machine}/${pointId}~${disk}`,
  removed: "removed/",
  removedPoint: (machine: string, pointId: string, disk: string) => `removed/${machine}/${pointId}~${disk}`,
  indexOf: (machine: string) => `index/${machine}/`,
  index: "index/",
  object: (machine: string, disk: string, objectId: string) => `index/${machine}/${disk}/${objectId}`,
  segmentsOf: (machine: string, disk?: string, draftId?: string) =>
    `${SEGMENT_FOLDER}${machine}/${disk === undefined ? "" : `${disk}/`}${draftId === undefined ? "" : `${draftId}-`}`,
  segments: SEGMENT_FOLDER,
  segment: (machine: string, disk: string, draftId: string, attempt: number, number: number) =>
    `${SEGMENT_FOLDER}${machine}/${disk}/${draftId}-${padded(attempt, 4)}-${padded(number, 6)}`,
  damageOf: (machine?: string, disk?: string) => (machine === undefined || disk === undefined ? "damage/" : `damage/${machine}/${disk}/`),
  damage: (segment: string, objectId: string) => `damage/${segment.slice(SEGMENT_FOLDER.length)}~${objectId}`,
  damagedSegment: (place: string) => `${SEGMENT_FOLDER}${place.slice("damage/".length).replace(/~[^~]*$/, "")}`,
  sessions: "sessions/",
  session: (sessionId: string, step: number) => `sessions/${sessionId}/${padded(step, 4)}`,
  stateElsewhere: "state-elsewhere.json",
  stateOf: (id: string) => `state/of/${id}.json`,
  lock: (machine: string) => `state/locks/${machine}.json`,
  agents: "state/agents/",
  agent: (job: string) => `state/agents/${job}.json`,
  drafts: "state/drafts/",
  draftsOf: (machine: string) => `state/drafts/${machine}/`,
  draft: (machine: string, disk: string) => `state/drafts/${machine}/${disk}.json`,
};

function padded(value: number, digits: number): string {
  return String(value).padStart(digits, "0");
}
