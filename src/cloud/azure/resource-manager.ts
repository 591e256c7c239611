/** What Resource Manager itself is asked: which subscriptions there are, which resources carry a tag, what the identity may do. */
import { z } from "zod";
import type { Permission } from "../../policy/permission.ts";
import type { Answer, CallCounts, Subscription } from "../control-plane.ts";
import { inCall } from "./call-context.ts";
import type { Transport } from "./pipeline.ts";
import { getAllPages } from "./raw-requests.ts";

const SUBSCRIPTIONS_API_VERSION = "2022-12-01";
const RESOURCES_API_VERSION = "2021-04-01";
const PERMISSIONS = "/providers/Microsoft.Authorization/permissions?api-version=2022-04-01";

const subscription = z.looseObject({ subscriptionId: z.string().min(1), displayName: z.string().nullish() });
const resource = z.looseObject({ id: z.string().min(1) });
/** Data actions come along and are of no interest. */
const permission = z.looseObject({ actions: z.array(z.string()).nullish(), notActions: z.array(z.string()).nullish() });

export async function listSubscriptions(transport: Transport, counts: CallCounts): Promise<Answer<readonly Subscription[]>> {
  const answer = await inCall({ counts, counter: "management", repeat: "read" }, () =>
    getAllPages(transport, `/subscriptions?api-version=${SUBSCRIPTIONS_API_VERSION}`, subscription),
  );
  if (!answer.ok) return answer;
  return {
    ok: true,
    value: answer.value.map(({ subscriptionId, displayName }) => ({ id: subscriptionId, name: displayName ?? subscriptionId })),
  };
}

export async function listTaggedResources(
  transport: Transport,
  question: { readonly subscriptionId: string; readonly tag: string; readonly value: string },
  counts: CallCounts,
): Promise<Answer<ReadonlySet<string>>> {
  const filter = `tagName eq ${odataString(question.tag)} and tagValue eq ${odataString(question.value)}`;
  const query = `$filter=${encodeURIComponent(filter)}&api-version=${RESOURCES_API_VERSION}`;
  const path = `/subscriptions/${encodeURIComponent(question.subscriptionId)}/resources?${query}`;
  const answer = await inCall({ counts, counter: "management", repeat: "read" }, () => getAllPages(transport, path, resource));
  if (!answer.ok) return answer;
  return { ok: true, value: new Set(answer.value.map(({ id }) => id.toLowerCase())) };
}

/** `scopeId` begins with a slash. Its names were received: they are encoded, so that none of them can change the path. */
export async function listPermissions(transport: Transport, scopeId: string, counts: CallCounts): Promise<Answer<readonly Permission[]>> {
  const path = scopeId.split("/").map(encodeURIComponent).join("/") + PERMISSIONS;
  const answer = await inCall({ counts, counter: "management", repeat: "read" }, () => getAllPages(transport, path, permission));
  if (!answer.ok) return answer;
  return { ok: true, value: answer.value.map(({ actions, notActions }) => ({ actions: actions ?? [], notActions: notActions ?? [] })) };
}

function odataString(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
