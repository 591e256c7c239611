/**
 * What the simulated identity may do: everything, but for the `deniedActions` of a vault. In: a scope. Out: the list of role assignments there, as two
 * entries on two pages, so that next links are followed.
 */
import { grantOf, type Permission } from "../../../policy/permission.ts";
import { failure, json, type SimulatorResponse } from "../messages.ts";
import type { Vault } from "../state/tenant.ts";
import { paged, type PageRequest } from "./paging.ts";
import type { Route } from "./routes.ts";

const ITEMS = "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems";
const JOBS = "Microsoft.RecoveryServices/Vaults/backupJobs/read";

/** What each call on a vault needs. */
const ACTION_OF_CALL: Partial<Readonly<Record<Route["call"], string>>> = {
  trigger: `${ITEMS}/backup/action`,
  "operation-status": `${ITEMS}/operationsStatus/read`,
  "operation-result": `${ITEMS}/operationResults/read`,
  jobs: JOBS,
  job: JOBS,
  item: `${ITEMS}/read`,
  items: "Microsoft.RecoveryServices/Vaults/backupProtectedItems/read",
  permissions: "Microsoft.Authorization/permissions/read",
};

const PAGE_ENTRIES = 1;

export function permissionList(vault: Vault | undefined, page: PageRequest, nowMs: number): SimulatorResponse {
  const entries = assignments(vault).map((entry) => ({ ...entry, dataActions: [], notDataActions: [] }));
  const { slice, nextLink } = paged(entries, page, PAGE_ENTRIES, nowMs);
  return json(200, { value: slice, ...(nextLink !== undefined && { nextLink }) });
}

export function mayDo(vault: Vault, action: string): boolean {
  return vault.deniedActions.length === 0 || grantOf(action, assignments(vault)) === "granted";
}

/** The refusal of a call on the vault that the identity may not make, in the words of the service. */
export function deniedAnswer(vault: Vault, call: Route["call"]): SimulatorResponse | undefined {
  const action = ACTION_OF_CALL[call];
  if (action === undefined || mayDo(vault, action)) return undefined;
  return failure(
    403,
    "AuthorizationFailed",
    `The client does not have authorization to perform action '${action}' over scope '${vault.id}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
  );
}

function assignments(vault: Vault | undefined): readonly Permission[] {
  const notActions = vault?.deniedActions ?? [];
  return [
    { actions: ["*/read"], notActions },
    { actions: ["*"], notActions },
  ];
}
