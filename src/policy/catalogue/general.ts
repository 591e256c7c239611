/** Codes that more than one workload meets: the service itself, Azure Resource Manager, and answers that carry only an HTTP status. */
import type { CatalogueRow } from "../errors.ts";
import { AFTER_REPAIR, CONFLICT, NEEDS_PERSON, NEXT_RUN, SOON, THROTTLED } from "./handling.ts";
import { FILES_TROUBLESHOOT, PASSING_FAULTS, REQUEST_LIMITS, RESOURCE_MANAGER_ERRORS } from "./pages.ts";

const ROLE_ADVICE = `Assign the custom role of Reprise (docs/deploy.md) to its identity at the vault's subscription or resource group; new assignments take some minutes to spread. ${AFTER_REPAIR}`;

const SERVICE_TROUBLE_ADVICE = `Nothing, if the next try works. If it lasts, look at Service Health in the portal for the vault's region. ${NEXT_RUN}`;

function serviceTrouble(status: number, meaning: string): CatalogueRow {
  return { code: `Http${status}`, workloads: "all", ...SOON, meaning, advice: SERVICE_TROUBLE_ADVICE, source: PASSING_FAULTS };
}

export const GENERAL: readonly CatalogueRow[] = [
  {
    // Our own: nothing was sent, because no token was had for it.
    code: "NO_TOKEN",
    workloads: "all",
    ...SOON,
    meaning: "The identity got no token, so nothing was sent.",
    advice: `Check that the managed identity is assigned to the app, or sign in again (\`az login\`) where it runs locally. ${NEXT_RUN}`,
    source: "https://learn.microsoft.com/azure/developer/javascript/sdk/authentication/credential-chains",
  },
  {
    code: "CloudInternalError",
    workloads: "all",
    ...SOON,
    meaning: "The backup service met an internal error.",
    advice: `Nothing, if the next try works. If it fails in every run, ask Azure support with the job's id. ${NEXT_RUN}`,
    source: "https://github.com/Azure/azure-powershell/issues/2252",
  },
  {
    code: "Http429",
    workloads: "all",
    ...THROTTLED,
    meaning: "Azure Resource Manager or the backup service asked to slow down; its Retry-After is waited for.",
    advice: `Nothing, if the next try works. If it happens in every run, look for other tools that call the same subscriptions with the same identity, or spread the schedules. ${NEXT_RUN}`,
    source: REQUEST_LIMITS,
  },
  serviceTrouble(500, "The service answered with an internal error (HTTP 500)."),
  serviceTrouble(502, "A gateway in front of the service got no usable answer (HTTP 502)."),
  serviceTrouble(503, "The service was not available for the moment (HTTP 503)."),
  serviceTrouble(504, "The service did not answer its gateway in time (HTTP 504)."),
  {
    code: "BMSUserErrorObjectLocked",
    phrases: ["another operation is in progress on the selected item"],
    workloads: "all",
    ...CONFLICT,
    meaning: "Another operation holds the item locked.",
    advice: `Look under Backup jobs of the vault for a running job of the item (a backup, a restore, a change of its protection) and let it end. ${NEXT_RUN}`,
    source: FILES_TROUBLESHOOT,
  },
  {
    code: "AuthorizationFailed",
    workloads: "all",
    ...NEEDS_PERSON,
    meaning: "The identity that runs the retries may not do this with the vault or the item.",
    advice: ROLE_ADVICE,
    source: RESOURCE_MANAGER_ERRORS,
  },
  {
    code: "LinkedAuthorizationFailed",
    workloads: "all",
    ...NEEDS_PERSON,
    meaning: "The identity has a role on the vault, but not on another resource that the request names.",
    advice: `Read in the error's text which resource and which action are meant, and assign a role there too. ${ROLE_ADVICE}`,
    source: RESOURCE_MANAGER_ERRORS,
  },
  {
    code: "ResourceNotFound",
    workloads: "all",
    ...NEEDS_PERSON,
    meaning: "The vault, the protected item or its source does not exist any more, or was moved.",
    advice: `Check in the portal that the vault and the item are still there under the ids that the report names. If the item was deleted on purpose, stop its protection or exclude it; if it was moved, protect it anew. ${AFTER_REPAIR}`,
    source: RESOURCE_MANAGER_ERRORS,
  },
  {
    code: "ResourceGroupNotFound",
    workloads: "all",
    ...NEEDS_PERSON,
    meaning: "The resource group of the vault or of the item does not exist any more.",
    advice: `Check in the portal whether the group was deleted, renamed by a move, or lies in another subscription. Exclude the vault or the item if it is gone for good, or protect the source anew. ${AFTER_REPAIR}`,
    source: RESOURCE_MANAGER_ERRORS,
  },
  {
    code: "UserErrorInvalidRequestParameter",
    workloads: "all",
    ...NEEDS_PERSON,
    meaning: "The service refused the request as wrong: a retry with the same values would be refused again.",
    advice: `Read in the error's text which value was refused. If it is the expiry, choose another with \`--expiry-days\`; otherwise try "Backup now" for the item in the portal, and report it to the maintainers with the error's text if that works. ${AFTER_REPAIR}`,
    source: "https://github.com/2i2c-org/infrastructure/issues/4414",
  },
];
