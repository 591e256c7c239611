/** The answer to each call of Resource Manager, once it is known what the call names. */
import { failure, json, type SimulatorResponse } from "../messages.ts";
import type { Operation } from "../state/operations.ts";
import type { Item, Tenant, Vault } from "../state/tenant.ts";
import { itemBody, itemList } from "./item.ts";
import { jobDetail, jobList } from "./jobs.ts";
import { operationResult, operationStatus } from "./operation.ts";
import { pageRequest } from "./paging.ts";
import { deniedAnswer, permissionList } from "./permissions.ts";
import type { Route } from "./routes.ts";
import { subscriptionList, taggedResources } from "./subscriptions.ts";
import { acceptedAnswer, checkTrigger } from "./trigger.ts";

export interface RestContext {
  readonly tenant: Tenant;
  /** Of the trigger's answer. */
  readonly retryAfterSeconds: number;
  /** Makes the operation and its job, and remembers them. */
  readonly accept: (item: Item, atMs: number, expiry: string | undefined) => Operation;
}

export interface RestCall {
  readonly url: URL;
  readonly body: string;
  readonly nowMs: number;
}

export function answerCall(context: RestContext, route: Route, { url, body, nowMs }: RestCall): SimulatorResponse {
  const page = pageRequest(url);
  if (route.call === "subscriptions") return subscriptionList(context.tenant.subscriptions, page, nowMs);
  const { subscription, vault } = route;
  if (subscription === undefined)
    return failure(404, "SubscriptionNotFound", `The subscription '${route.names["subscription"] ?? ""}' could not be found.`);
  if (route.call === "tagged-resources") return taggedResources(subscription, page, nowMs);
  if (route.call === "permissions" && route.names["group"] === undefined) return permissionList(undefined, page, nowMs);
  if (vault === undefined || vault.deleted) return missingVault(route);
  if (vault.forbidden)
    return failure(403, "AuthorizationFailed", `The client does not have authorization to perform the action over scope '${vault.id}'.`);
  const denied = deniedAnswer(vault, route.call);
  if (denied !== undefined) return denied;
  return answerVaultCall(context, route, vault, { url, body, nowMs });
}

function answerVaultCall(context: RestContext, route: Route, vault: Vault, { url, body, nowMs }: RestCall): SimulatorResponse {
  const page = pageRequest(url);
  switch (route.call) {
    case "permissions":
      return permissionList(vault, page, nowMs);
    case "jobs":
      return jobList(vault, page, nowMs);
    case "job":
      return jobDetail(route.job, nowMs, context.tenant.symbols);
    case "items":
      return itemList(vault, page, nowMs);
    case "operation-status":
      return operationStatus(route.operation, nowMs);
    case "operation-result":
      return operationResult(route.operation, nowMs);
    case "item":
      return route.item === undefined ? missingItem(route) : json(200, itemBody(route.item, nowMs));
    default: {
      if (route.item === undefined) return missingItem(route);
      const check = checkTrigger(route.item, body, nowMs);
      if (!check.accepted) return check.answer;
      return acceptedAnswer(context.accept(route.item, nowMs, check.expiry), url.origin, context.retryAfterSeconds);
    }
  }
}

function missingVault({ names }: Route): SimulatorResponse {
  const { backupvault } = names;
  const resource =
    backupvault === undefined
      ? `Microsoft.RecoveryServices/vaults/${names["vault"] ?? ""}`
      : `Microsoft.DataProtection/backupVaults/${backupvault}`;
  return failure(404, "ResourceNotFound", `The Resource '${resource}' under resource group '${names["group"] ?? ""}' was not found.`);
}

function missingItem({ names }: Route): SimulatorResponse {
  return failure(404, "ResourceNotFound", `The protected item '${names["item"] ?? ""}' was not found.`);
}

export function deletedAnswer(vault: Vault): SimulatorResponse {
  return failure(404, "ResourceNotFound", `The Resource '${vault.id}' was not found.`);
}
