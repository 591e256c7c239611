/** The one error of an estate file. */
export class EstateError extends Error {
  override readonly name = "EstateError";
  readonly code = "ESTATE_INVALID";
  /** Such as `subscriptions[0].vaults[1].items[3].jobs[0].status`. */
  readonly path: string;

  constructor(source: string, path: string, found: string, allowed: string, options?: ErrorOptions) {
    super(`${source}: ${path === "" ? "the whole file" : path}: found ${found}; allowed: ${allowed}`, options);
    this.path = path;
  }
}
