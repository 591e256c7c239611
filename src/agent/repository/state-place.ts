/**
 * Where locks and drafts of a store are kept. In: the store, and the other store that was given for them, or none. Out: nothing, or an error when what was given
 * is not where backups of this store keep them: who cannot see the transfers under way would take their data for nobody's.
 *
 * The first backup that is given another store for them says so in the store, once (`state-elsewhere.json`, an id), and leaves a mark of that id in the other
 * store (`state/of/ID.json`). A backup with yet another one leaves its mark there too: a place for them that was lost can be replaced.
 */
import { z } from "zod";
import { createJson, readJson } from "../../store/json-records.ts";
import type { RepeatableStore, Store } from "../../store/store.ts";
import { newId } from "../format/ids.ts";
import { places } from "../format/places.ts";

const elsewhereRecord = z.object({ format: z.literal(1), id: z.string().regex(/^[0-9a-f]{32}$/), createdAt: z.iso.datetime() });
type Elsewhere = z.infer<typeof elsewhereRecord>;

export class StatePlaceError extends Error {
  readonly code = "STATE_PLACE_WRONG";
  constructor(found: string, allowed: string) {
    super(`--state-store (stateStore in a job file): found ${found}; allowed: ${allowed}.`);
    this.name = "StatePlaceError";
  }
}

export interface StatePlaceWish {
  readonly store: Store;
  /** Undefined: in the store itself. */
  readonly state: RepeatableStore | undefined;
  /** A backup says where they are, anybody else only looks. */
  readonly mayChoose: boolean;
  readonly now: () => string;
}

/** @throws StatePlaceError */
export async function checkStatePlace({ store, state, mayChoose, now }: StatePlaceWish): Promise<void> {
  const elsewhere = (await readElsewhere(store)) ?? (mayChoose && state !== undefined ? await choose(store, now()) : undefined);
  if (elsewhere === undefined) {
    if (state !== undefined) throw new StatePlaceError("a store", "none: this store keeps its locks and drafts itself");
    return;
  }
  if (state === undefined) throw new StatePlaceError("nothing", "the store where backups of this one keep their locks and drafts");
  const mark = places.stateOf(elsewhere.id);
  if (mayChoose) await createJson(state, mark, { format: 1, createdAt: now() });
  else if ((await state.get(mark)) === undefined)
    throw new StatePlaceError(
      "a store that no backup of this one has used",
      "the one where backups of this one keep their locks and drafts",
    );
}

async function readElsewhere(store: Store): Promise<Elsewhere | undefined> {
  return (await readJson(store, places.stateElsewhere, (value) => elsewhereRecord.parse(value)))?.value;
}

/** Of two at once the first one counts. */
async function choose(store: Store, createdAt: string): Promise<Elsewhere | undefined> {
  await createJson(store, places.stateElsewhere, { format: 1, id: newId(), createdAt });
  return readElsewhere(store);
}
