/** Checks as they are reported, and the words of their advice. */
import { grantOf, type Permission } from "../../policy/permission.ts";
import type { Refusal } from "../control-plane.ts";
import { READ_PERMISSIONS, type NeededAction } from "./needed-actions.ts";

export interface Check {
  /** The ARM id of a subscription or vault, `/providers/…` of a service, or the run store's place. */
  readonly scope: string;
  /** As people call the scope. Untrusted. */
  readonly name: string;
  readonly action: string;
  readonly allowed: boolean;
  /** What to do; only where something is missing. */
  readonly advice?: string;
}

export interface CheckedScope {
  readonly id: string;
  readonly name: string;
  readonly kind: "subscription" | "vault";
}

const ASSIGN_AT: Readonly<Record<CheckedScope["kind"], string>> = {
  subscription: "Assign the project's role (infra/access) at the subscription or its management group",
  vault: "Assign the project's role (infra/access) at the vault, its subscription or its management group",
};
const SOON = "a new assignment takes up to 10 minutes to work";

export function checkActions(scope: CheckedScope, needed: readonly NeededAction[], permissions: readonly Permission[]): Check[] {
  return needed.map((one) => {
    const grant = grantOf(one.action, permissions);
    if (grant === "granted") return passed(scope, one);
    const cause =
      grant === "excluded"
        ? "A role of the identity grants it and takes it away again in its notActions; no other role grants it. "
        : "No role of the identity grants it. ";
    return missing(scope, one, `${cause}Without it, ${one.without}. ${ASSIGN_AT[scope.kind]}; ${SOON}.`);
  });
}

/** The scope's permissions could not be read, so nothing can be said of the single actions. */
export function unreadable(scope: CheckedScope, refusal: Refusal): Check {
  const { status, message } = refusal;
  const said = `${status === undefined ? "" : `HTTP ${status}: `}${message}`;
  if (refusal.kind === "unreachable")
    return missing(
      scope,
      READ_PERMISSIONS,
      `It could not be checked (${said}). Check the network and REPRISE_ARM_ENDPOINT, then try again.`,
    );
  if (refusal.kind === "gone")
    return missing(scope, READ_PERMISSIONS, `It is not there or cannot be seen (${said}). ${ASSIGN_AT[scope.kind]}.`);
  const single = scope.kind === "vault" ? "" : " Where the role is meant for single vaults only, name them with --vault.";
  return missing(
    scope,
    READ_PERMISSIONS,
    `The identity may not even read its own permissions here (${said}): most likely it has no role at this scope. ${ASSIGN_AT[scope.kind]}; ${SOON}.${single}`,
  );
}

export function passed(scope: Pick<Check, "name"> & { readonly id: string }, { action }: Pick<NeededAction, "action">): Check {
  return { scope: scope.id, name: scope.name, action, allowed: true };
}

export function missing(
  scope: Pick<Check, "name"> & { readonly id: string },
  { action }: Pick<NeededAction, "action">,
  advice: string,
): Check {
  return { scope: scope.id, name: scope.name, action, allowed: false, advice };
}
