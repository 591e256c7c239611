/**
 * What the signed-in identity can do, before anything runs: every action that the app uses, per subscription and vault. In: the control plane and what
 * is to be looked at. Out: one check per scope and action. It changes nothing in Azure. It does not see deny assignments, locks and policies, which
 * Resource Manager does not list with the permissions, nor vaults that the identity cannot read.
 */
import type { VaultRef } from "../../policy/job.ts";
import { matchesAny } from "../../policy/scope.ts";
import { GraphError, type CallCounts, type ControlPlane, type Subscription } from "../control-plane.ts";
import { checkActions, missing, passed, unreadable, type Check, type CheckedScope } from "./checks.ts";
import { NEEDED_AT_VAULTS, NEEDED_FOR_TAGS, SEE_SUBSCRIPTION, SEE_VAULT } from "./needed-actions.ts";

export type AskedPlane = Pick<ControlPlane, "subscriptions" | "subscriptionsBelow" | "vaultPages" | "permissions">;

export interface Question {
  /** Empty: all that can be seen. */
  readonly subscriptions: readonly string[];
  readonly managementGroup?: string | undefined;
  /** Have to be visible too, as single schedules ask for them. */
  readonly alsoSubscriptions: readonly string[];
  /** Names, patterns or ids. When given, the role may be assigned at these vaults alone: subscriptions are not asked. */
  readonly vaults: readonly string[];
  readonly excludeVaults: readonly string[];
  /** Runs filter by tags. */
  readonly tags: boolean;
}

export interface Findings {
  readonly checks: readonly Check[];
  /** What is no fault by itself, or keeps something from being seen. */
  readonly notes: readonly string[];
  readonly subscriptions: number;
  readonly vaults: number;
}

const GRAPH = { id: "/providers/Microsoft.ResourceGraph", name: "Azure Resource Graph" };
const QUERY = { action: "Microsoft.ResourceGraph/resources/read" };
const EVERYWHERE = { id: "/subscriptions", name: "Azure Resource Manager" };

/** Resource Manager takes 25 reads per second and subscription. */
const AT_ONCE = 8;

export async function examine(plane: AskedPlane, question: Question, calls: CallCounts): Promise<Findings> {
  const visible = await plane.subscriptions(calls);
  if (!visible.ok) {
    const advice =
      visible.kind === "forbidden"
        ? `The subscriptions cannot be listed (${visible.message}). Sign in with an identity of the right tenant (az login), or give the app a managed identity.`
        : `The subscriptions cannot be listed (${visible.message}). Check the network and REPRISE_ARM_ENDPOINT.`;
    return { checks: [missing(EVERYWHERE, SEE_SUBSCRIPTION, advice)], notes: [], subscriptions: 0, vaults: 0 };
  }
  const asked = await chooseSubscriptions(plane, question, visible.value, calls);
  const also = question.alsoSubscriptions.length === 0 ? undefined : choose(question.alsoSubscriptions, visible.value);
  const chosen = also === undefined ? asked : both(asked, also);
  const seen = await findVaults(plane, question, chosen.subscriptions, calls);
  const wholeSubscriptions = question.vaults.length === 0;
  const bySubscription = Map.groupBy(seen.vaults, ({ subscriptionId }) => subscriptionId.toLowerCase());
  const notes = [...seen.notes];
  const looked = await each(chosen.subscriptions, async (subscription) => {
    const vaults = bySubscription.get(subscription.id.toLowerCase()) ?? [];
    const own =
      wholeSubscriptions || question.tags ? await lookAtSubscription(plane, subscription, vaults, question, calls) : { checks: [] };
    const atVaults = await each(vaults, (vault) => lookAtVault(plane, vault, calls));
    if (own.note !== undefined) notes.push(own.note);
    return [...own.checks, ...atVaults.flat()];
  });
  return {
    checks: [...chosen.checks, ...seen.checks, ...looked.flat()],
    notes,
    subscriptions: chosen.subscriptions.length,
    vaults: seen.vaults.length,
  };
}

interface Chosen {
  readonly checks: readonly Check[];
  readonly subscriptions: readonly Subscription[];
}

const scopeOf = ({ id, name }: Subscription): { readonly id: string; readonly name: string } => ({ id: `/subscriptions/${id}`, name });

function seen(subscriptions: readonly Subscription[]): Chosen {
  return { subscriptions, checks: subscriptions.map((one) => passed(scopeOf(one), SEE_SUBSCRIPTION)) };
}

async function chooseSubscriptions(
  plane: AskedPlane,
  { subscriptions: asked, managementGroup }: Question,
  visible: readonly Subscription[],
  calls: CallCounts,
): Promise<Chosen> {
  if (managementGroup !== undefined) {
    const scope = { id: `/providers/Microsoft.Management/managementGroups/${managementGroup}`, name: managementGroup };
    try {
      const below = await plane.subscriptionsBelow(managementGroup, calls);
      if (below.length > 0) return seen(below);
      const advice =
        "No subscription under the management group can be seen. Assign the project's role (infra/access) at the management group.";
      return { subscriptions: [], checks: [missing(scope, SEE_SUBSCRIPTION, advice)] };
    } catch (error) {
      if (!(error instanceof GraphError)) throw error;
      return { subscriptions: [], checks: [missing(scope, SEE_SUBSCRIPTION, error.message)] };
    }
  }
  if (asked.length === 0) {
    if (visible.length > 0) return seen(visible);
    const advice = "The identity sees no subscription at all. Assign the project's role (infra/access), or sign in to the right tenant.";
    return { subscriptions: [], checks: [missing(EVERYWHERE, SEE_SUBSCRIPTION, advice)] };
  }
  return choose(asked, visible);
}

/** Of those that can be seen the ones asked for; a check for each that cannot. */
function choose(asked: readonly string[], visible: readonly Subscription[]): Chosen {
  const known = new Map(visible.map((one) => [one.id.toLowerCase(), one]));
  const found = asked.flatMap((id) => known.get(id.toLowerCase()) ?? []);
  const unseen = asked
    .filter((id) => !known.has(id.toLowerCase()))
    .map((id) =>
      missing(
        scopeOf({ id, name: id }),
        SEE_SUBSCRIPTION,
        "The subscription is asked for and cannot be seen: it does not exist in this tenant, or the identity has no role in it. Assign the project's role (infra/access) there, or take it from the list.",
      ),
    );
  return { subscriptions: found, checks: [...seen(found).checks, ...unseen] };
}

function both(one: Chosen, other: Chosen): Chosen {
  const ids = new Set(one.subscriptions.map(({ id }) => id.toLowerCase()));
  const scopes = new Set(one.checks.map(({ scope }) => scope.toLowerCase()));
  return {
    subscriptions: [...one.subscriptions, ...other.subscriptions.filter(({ id }) => !ids.has(id.toLowerCase()))],
    checks: [...one.checks, ...other.checks.filter(({ scope }) => !scopes.has(scope.toLowerCase()))],
  };
}

interface SeenVaults {
  readonly checks: readonly Check[];
  readonly vaults: readonly VaultRef[];
  readonly notes: readonly string[];
}

async function findVaults(plane: AskedPlane, question: Question, within: readonly Subscription[], calls: CallCounts): Promise<SeenVaults> {
  if (within.length === 0) return { checks: [], vaults: [], notes: [] };
  const vaults: VaultRef[] = [];
  const notes = new Set<string>();
  try {
    for await (const page of plane.vaultPages({ subscriptions: within.map(({ id }) => id) }, calls)) {
      vaults.push(...page.vaults);
      for (const note of page.notes) notes.add(note);
      for (const { id, problem } of page.bad) notes.add(`A row of Resource Graph was left out (${id}): ${problem}.`);
    }
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    notes.add("No vault could be looked at by itself.");
    return { checks: [missing(GRAPH, QUERY, error.message)], vaults, notes: [...notes] };
  }
  const names = ({ name, id }: VaultRef): readonly [string, string] => [name, id];
  const wanted = vaults.filter(
    (vault) =>
      !matchesAny(question.excludeVaults, ...names(vault)) &&
      (question.vaults.length === 0 || matchesAny(question.vaults, ...names(vault))),
  );
  const unmatched = question.vaults.filter((pattern) => !vaults.some((vault) => matchesAny([pattern], ...names(vault))));
  const advice =
    "No vault with this name can be seen in the subscriptions looked at. Correct the name, or assign the project's role (infra/access) at the vault.";
  return {
    checks: [
      passed(GRAPH, QUERY),
      ...unmatched.map((pattern) => missing({ id: pattern, name: pattern }, SEE_VAULT.RecoveryServices, advice)),
    ],
    vaults: wanted,
    notes: [...notes],
  };
}

async function lookAtSubscription(
  plane: AskedPlane,
  { id, name }: Subscription,
  vaults: readonly VaultRef[],
  question: Question,
  calls: CallCounts,
): Promise<{ readonly checks: readonly Check[]; readonly note?: string }> {
  const scope: CheckedScope = { id: `/subscriptions/${id}`, name, kind: "subscription" };
  const answer = await plane.permissions(scope.id, calls);
  if (!answer.ok) return { checks: [unreadable(scope, answer)] };
  const tags = question.tags ? checkActions(scope, [NEEDED_FOR_TAGS], answer.value) : [];
  if (question.vaults.length > 0) return { checks: tags };
  const atVaults = checkActions(scope, [...NEEDED_AT_VAULTS.RecoveryServices, ...NEEDED_AT_VAULTS.DataProtection], answer.value);
  const lacking = atVaults.filter(({ allowed }) => !allowed);
  if (lacking.length === 0 || vaults.length === 0) return { checks: [...atVaults, ...tags] };
  // Nobody needs the role at the subscription whose vaults have it: what counts is said vault by vault.
  return {
    checks: [...atVaults.filter(({ allowed }) => allowed), ...tags],
    note: `Subscription ${name}: ${lacking.length} of ${atVaults.length} actions are not granted at the subscription, so only vaults with an assignment of their own are looked at, and vaults that are made later are not found.`,
  };
}

async function lookAtVault(plane: AskedPlane, vault: VaultRef, calls: CallCounts): Promise<readonly Check[]> {
  const scope: CheckedScope = { id: vault.id, name: vault.name, kind: "vault" };
  const answer = await plane.permissions(vault.id, calls);
  return answer.ok ? checkActions(scope, NEEDED_AT_VAULTS[vault.kind], answer.value) : [unreadable(scope, answer)];
}

/** The results in the order of the items. */
async function each<T, R>(items: readonly T[], look: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += AT_ONCE)
    results.push(...(await Promise.all(items.slice(from, from + AT_ONCE).map(look))));
  return results;
}
