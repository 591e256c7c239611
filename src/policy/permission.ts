/** What an identity may do at a scope, by the rules of Azure's role definitions. */
import { matchesPattern } from "./scope.ts";

/** One role assignment, as Resource Manager lists it: patterns in which `*` stands for any characters, compared without case. */
export interface Permission {
  readonly actions: readonly string[];
  /** Taken away from `actions` of the same assignment; what another assignment grants stays granted. */
  readonly notActions: readonly string[];
}

/** `excluded`: an assignment grants it and takes it away again, and no other grants it. `absent`: none grants it. */
export type Grant = "granted" | "excluded" | "absent";

/** It knows nothing of deny assignments and locks: Resource Manager does not list them with the permissions. */
export function grantOf(action: string, permissions: readonly Permission[]): Grant {
  const granting = permissions.filter(({ actions }) => actions.some((pattern) => matchesPattern(pattern, action)));
  if (granting.length === 0) return "absent";
  return granting.some(({ notActions }) => !notActions.some((pattern) => matchesPattern(pattern, action))) ? "granted" : "excluded";
}
