import { inspect } from "node:util";

/** A value that is used and never shown: it prints, logs and serializes as a mark. */
export class Secret {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  reveal(): string {
    return this.#text;
  }
  toString(): string {
    return "(secret)";
  }
  toJSON(): string {
    return "(secret)";
  }
  [inspect.custom](): string {
    return "(secret)";
  }
}
