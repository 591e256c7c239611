/** The shape of one setting: everything that the parser, the help text and the type of the result need to know about it. */
import type { Kind } from "./kinds.ts";

/** One setting: a row of the table. `T` is undefined too where there is no default. */
export interface Setting<T> {
  readonly name: `REPRISE_${string}`;
  readonly kind: Kind<T & {}>;
  /** The value while the setting is absent or empty. */
  readonly unset: T;
  /** The default as a person would type it, or in words. */
  readonly defaultText: string;
  readonly description: string;
  readonly example: string;
  /** Its value is never shown. */
  readonly secret?: boolean;
}

/** The kind of value decides the row's type, not its default. */
export function row<T>(setting: Omit<Setting<T>, "kind" | "unset"> & { readonly kind: Kind<T>; readonly unset: NoInfer<T> }): Setting<T> {
  return setting as Setting<T>;
}

export function optional<T>(setting: Omit<Setting<T>, "kind" | "unset"> & { readonly kind: Kind<T> }): Setting<T | undefined> {
  return { ...setting, unset: undefined } as Setting<T | undefined>;
}
