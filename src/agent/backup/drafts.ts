/**
 * Transfers under way. A draft says under which settings its units were made and how many attempts there were, so that any machine can go on with it. In: the
 * settings of this attempt. Out: the number of the attempt, which no other has, and what of earlier ones may be used.
 */
import type { ScopePart } from "../../policy/reuse.ts";
import { DamageError } from "../format/damage.ts";
import { newId } from "../format/ids.ts";
import { places } from "../format/places.ts";
import { draftRecord, type Draft, type Shape } from "../format/records.ts";
import type { Repository } from "../repository/repository.ts";

export interface DraftPlace {
  readonly machine: string;
  readonly disk: string;
}

export interface DraftWish {
  readonly machine: string;
  readonly disk: string;
  readonly shape: Shape;
  readonly scope: readonly ScopePart[];
  readonly parent?: string | undefined;
  readonly now: string;
}

const TRIES = 20;

export async function readDraft(repository: Repository, place: DraftPlace): Promise<Draft | undefined> {
  return (await repository.readState(places.draft(place.machine, place.disk), draftRecord))?.value;
}

/** The draft of this disk that was begun under another key, and so stands elsewhere. */
export async function readDraftOfOtherKey(
  repository: Repository,
  place: DraftPlace,
  machine: string,
  disk: string,
): Promise<Draft | undefined> {
  for await (const key of repository.state.list(places.drafts)) {
    if (key === places.draft(place.machine, place.disk)) continue;
    const found = await repository.readState(key, draftRecord).catch((error: unknown) => {
      // Of a key that the password does not open.
      if (error instanceof DamageError) return undefined;
      throw error;
    });
    if (found?.value.machine === machine && found.value.disk === disk) return found.value;
  }
  return undefined;
}

/** Takes the next attempt of the draft, or of a new one when there is none or `fresh` is set (what was sent for the old one is left to `prune`). */
export async function takeAttempt(repository: Repository, place: DraftPlace, wish: DraftWish, fresh: boolean): Promise<Draft> {
  const key = places.draft(place.machine, place.disk);
  for (let tries = 1; tries <= TRIES; tries++) {
    const found = await repository.readState(key, draftRecord);
    const { now, shape, scope, parent, machine, disk } = wish;
    const going = found?.value;
    const next: Draft =
      going === undefined || fresh
        ? {
            format: 1,
            draft: newId(),
            machine,
            disk,
            createdAt: now,
            shape,
            scope: [...scope],
            ...(parent !== undefined && { parent }),
            attempts: 1,
            touchedAt: now,
          }
        : { ...going, parent, attempts: going.attempts + 1, touchedAt: now };
    if (await repository.replaceState(key, next, found?.version)) return next;
  }
  throw new Error(`The draft of ${wish.machine}, ${wish.disk} is changed by others all the time.`);
}

/** True when the draft is still this attempt's own: nobody has taken another attempt or thrown it away. Asked just before a point is published. */
export async function isStillOurs(repository: Repository, place: DraftPlace, draft: Draft): Promise<boolean> {
  const found = await readDraft(repository, place);
  return found?.draft === draft.draft && found.attempts === draft.attempts;
}

/** Another process has gone on with the transfer, or thrown it away. */
export class DraftTakenError extends Error {
  readonly code = "STORE_LOCKED";
  constructor(machine: string, disk: string) {
    super(`The transfer of ${machine}, ${disk} was taken over by another process; nothing was published here.`);
    this.name = "DraftTakenError";
  }
}

/** Says that the attempt is still under way, so that `prune` does not take it for given up. @throws DraftTakenError */
export async function touchDraft(repository: Repository, place: DraftPlace, draft: Draft, now: string): Promise<void> {
  const key = places.draft(place.machine, place.disk);
  const found = await repository.readState(key, draftRecord);
  if (found?.value.draft !== draft.draft || found.value.attempts !== draft.attempts) throw new DraftTakenError(draft.machine, draft.disk);
  // Who changed it meanwhile is noticed with the next look.
  await repository.replaceState(key, { ...found.value, touchedAt: now }, found.version);
}

/** Once the point is published. */
export async function endDraft(repository: Repository, place: DraftPlace): Promise<void> {
  await repository.state.delete(places.draft(place.machine, place.disk));
}
