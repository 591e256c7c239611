/** `GET /subscriptions` and the resources of a subscription by tag. */
import { failure, json, type SimulatorResponse } from "../messages.ts";
import { type Subscription, TENANT_ID } from "../state/tenant.ts";
import { paged, type PageRequest } from "./paging.ts";

/** Resource Manager chooses its page sizes; small ones make sure that next links are followed. */
const PAGE_SUBSCRIPTIONS = 2;
const MAX_PAGES = 10;

export function subscriptionList(subscriptions: readonly Subscription[], page: PageRequest, nowMs: number): SimulatorResponse {
  const size = Math.max(PAGE_SUBSCRIPTIONS, Math.ceil(subscriptions.length / MAX_PAGES));
  const { slice, nextLink } = paged(subscriptions, page, size, nowMs);
  const value = slice.map(({ id, name }) => ({
    id: `/subscriptions/${id}`,
    subscriptionId: id,
    tenantId: TENANT_ID,
    displayName: name,
    state: "Enabled",
  }));
  return json(200, { value, count: { type: "Total", value: subscriptions.length }, ...(nextLink !== undefined && { nextLink }) });
}

const TAG_FILTER = /^\s*tagName eq '((?:[^']|'')*)'(?:\s+and\s+tagValue eq '((?:[^']|'')*)')?\s*$/i;

const PAGE_RESOURCES = 200;

const unquoted = (text: string | undefined): string | undefined => text?.replaceAll("''", "'").toLowerCase();

/** The sources of protected items (machines, accounts, …) that carry a tag; without a filter all of them. */
export function taggedResources(subscription: Subscription, page: PageRequest, nowMs: number): SimulatorResponse {
  const filter = page.filter === undefined ? undefined : TAG_FILTER.exec(page.filter);
  if (filter === null)
    return failure(
      400,
      "InvalidFilterInQueryString",
      `The filter '${page.filter ?? ""}' is not of the form tagName eq 'k' and tagValue eq 'v'.`,
    );
  const [name, value] = [unquoted(filter?.[1]), unquoted(filter?.[2])];
  const found = new Map<string, object>();
  for (const vault of subscription.vaults) {
    for (const item of vault.items) {
      const fits =
        filter === undefined ||
        Object.entries(item.tags).some(
          ([key, text]) => key.toLowerCase() === name && (value === undefined || text.toLowerCase() === value),
        );
      if (!fits || item.sourceId === "") continue;
      const type = /\/providers\/([^/]+\/[^/]+)/.exec(item.sourceId)?.[1] ?? "";
      found.set(item.sourceId.toLowerCase(), {
        id: item.sourceId,
        name: item.sourceId.split("/").at(-1),
        type,
        location: vault.location,
        tags: item.tags,
      });
    }
  }
  const { slice, nextLink } = paged([...found.values()], page, PAGE_RESOURCES, nowMs);
  return json(200, { value: slice, ...(nextLink !== undefined && { nextLink }) });
}
