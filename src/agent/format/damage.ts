/** What was read from a store is not what was written: the place, and what is wrong with it. */
export class DamageError extends Error {
  readonly code = "STORE_DAMAGED";
  readonly place: string;
  constructor(place: string, why: string, options?: ErrorOptions) {
    super(`${place} is damaged: ${why}.`, options);
    this.name = "DamageError";
    this.place = place;
  }
}
