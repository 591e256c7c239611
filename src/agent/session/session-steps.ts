/**
 * The names of session records. In: the keys below `sessions/`. Out: which steps each session has, by number: their names have four digits and then more, so
 * that text does not sort them. What has another form is none of ours.
 */
import { places } from "../format/places.ts";
import type { Repository } from "../repository/repository.ts";

/** Oldest session first, the steps of each ascending. With `session` only that one. */
export async function listSteps(repository: Repository, session?: string): Promise<ReadonlyMap<string, readonly number[]>> {
  const sessions = new Map<string, number[]>();
  for await (const place of repository.store.list(session === undefined ? places.sessions : `${places.sessions}${session}/`)) {
    const [, id = "", name = ""] = place.split("/");
    const step = /^\d{4,15}$/.test(name) ? Number(name) : 0;
    if (step === 0 || places.session(id, step) !== place) continue;
    const steps = sessions.get(id);
    if (steps === undefined) sessions.set(id, [step]);
    else steps.push(step);
  }
  for (const steps of sessions.values()) steps.sort((a, b) => a - b);
  return sessions;
}
