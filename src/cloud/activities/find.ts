/**
 * Discovers: every backup job of the window over all subscriptions in scope, folded to one candidate per item, and the state of those items. Written as
 * pages; only counters are returned. Of several executions the first to get through counts; what was discovered is not discovered again.
 */
import { randomUUID } from "node:crypto";
import { CandidateFold, type Candidate } from "../../policy/candidate.ts";
import type { CoverageReport } from "../../policy/report.ts";
import type { RunRecord } from "../../policy/run.ts";
import { inScope } from "../../policy/scope.ts";
import {
  GraphError,
  type BadRow,
  type CallCounts,
  type ControlPlane,
  type GraphScope,
  type ItemState,
  type Subscription,
} from "../control-plane.ts";
import type { CloudDependencies } from "../dependencies.ts";
import type { FoundItem } from "../ledger/records.ts";
import { createGapSearch, type FoundGaps } from "./gap-search.ts";
import { runStarted } from "../telemetry/run-facts.ts";

const ITEMS_PER_PAGE = 200;
const MOST_BAD_ROWS = 100;

export type FindResult = { ok: true; candidatePages: number } | { ok: false; problem: string };

export async function find({ ledger, controlPlane, telemetry }: CloudDependencies, { runId }: { runId: string }): Promise<FindResult> {
  const run = await ledger.run(runId);
  const existing = await ledger.discovery.read(runId);
  if (existing !== undefined) return { ok: true, candidatePages: existing.candidatePages };
  runStarted(telemetry, run);
  const calls: CallCounts = { graph: 0, management: 0, retried: 0 };
  const visible = await controlPlane.subscriptions(calls);
  if (!visible.ok)
    return {
      ok: false,
      problem: `The subscriptions cannot be listed (${visible.message}). ${visible.kind === "unreachable" ? "Check the network and REPRISE_ARM_ENDPOINT." : "Give the identity read access to the subscriptions."}`,
    };
  const scope = graphScope(run, visible.value);
  if (scope === undefined) return { ok: false, problem: nothingVisible(run) };
  try {
    const seen = await readGraph(controlPlane, run, scope, calls);
    const { failed, gaps, gapsUnknown } = await keepInScope(controlPlane, run, seen, calls);
    const found = run.rules.retryGaps ? [...failed, ...gaps] : failed;
    const draft = randomUUID().slice(0, 8);
    for (let page = 0; page * ITEMS_PER_PAGE < gaps.length; page++)
      await ledger.gaps.write(runId, draft, page, gaps.slice(page * ITEMS_PER_PAGE, (page + 1) * ITEMS_PER_PAGE));
    for (let page = 0; page * ITEMS_PER_PAGE < found.length; page++)
      await ledger.candidates.write(runId, draft, page, found.slice(page * ITEMS_PER_PAGE, (page + 1) * ITEMS_PER_PAGE));
    const below = await subscriptionsBelow(controlPlane, run, seen, calls);
    const subscriptions = coverageOf(run, [...visible.value, ...below], below, seen);
    const incomplete = subscriptions.some((each) => each.state === "not-visible") || seen.badRowCount > 0 || seen.incomplete;
    const { candidatePages } = await ledger.discovery.first(runId, {
      draft,
      found: found.reduce((sum, item) => sum + item.candidate.failedJobs, 0),
      items: found.length,
      candidatePages: Math.ceil(found.length / ITEMS_PER_PAGE),
      gaps: { pages: Math.ceil(gaps.length / ITEMS_PER_PAGE), unknown: gapsUnknown },
      coverage: { subscriptions, badRows: seen.badRows, badRowCount: seen.badRowCount, notes: [...seen.notes] },
      incomplete,
      calls,
    });
    return { ok: true, candidatePages };
  } catch (error) {
    if (error instanceof GraphError) return { ok: false, problem: error.message };
    throw error;
  }
}

interface Seen {
  readonly fold: CandidateFold;
  readonly states: Map<string, ItemState>;
  gaps: FoundGaps;
  /** Failed jobs and items per lower-cased subscription id; a subscription with any row is there. */
  readonly perSubscription: Map<string, { failedJobs: number; items: number }>;
  readonly badRows: BadRow[];
  badRowCount: number;
  readonly notes: Set<string>;
  incomplete: boolean;
}

async function readGraph(controlPlane: ControlPlane, run: RunRecord, scope: GraphScope, calls: CallCounts): Promise<Seen> {
  const seen: Seen = {
    fold: new CandidateFold(run.startedMs),
    states: new Map(),
    gaps: { gaps: [], unknown: [] },
    perSubscription: new Map(),
    badRows: [],
    badRowCount: 0,
    notes: new Set(),
    incomplete: false,
  };
  const count = (subscriptionId: string): { failedJobs: number; items: number } => {
    const key = subscriptionId.toLowerCase();
    const known = seen.perSubscription.get(key) ?? { failedJobs: 0, items: 0 };
    seen.perSubscription.set(key, known);
    return known;
  };
  for await (const page of controlPlane.jobPages(scope, run.window, calls)) {
    for (const job of page.jobs) {
      seen.fold.add(job);
      const counted = count(job.vault.subscriptionId);
      if (job.status === "Failed" && (job.operation === "backup" || job.operation === "adhocBackup")) counted.failedJobs++;
    }
    keepTrouble(seen, page);
  }
  const wanted = new Set(Array.from(seen.fold.candidates(), (candidate) => candidate.itemKey));
  const search = createGapSearch(run, seen.fold, wanted);
  for await (const page of controlPlane.itemStatePages(scope, calls)) {
    for (const policy of page.policies) search.policy(policy);
    for (const item of page.items) {
      search.item(item);
      count(item.vault.subscriptionId).items++;
      if (wanted.has(item.itemId.toLowerCase())) seen.states.set(item.itemId.toLowerCase(), item);
    }
    keepTrouble(seen, page);
  }
  seen.gaps = search.result();
  return seen;
}

function keepTrouble(seen: Seen, page: { readonly bad: readonly BadRow[]; readonly notes: readonly string[] }): void {
  seen.badRowCount += page.bad.length;
  seen.badRows.push(...page.bad.slice(0, MOST_BAD_ROWS - seen.badRows.length));
  for (const note of page.notes) seen.notes.add(note);
  // What the graph remarks on is always that something is missing.
  if (page.notes.length > 0) seen.incomplete = true;
}

interface InScope {
  readonly failed: readonly FoundItem[];
  readonly gaps: readonly FoundItem[];
  readonly gapsUnknown: number;
}

async function keepInScope(controlPlane: ControlPlane, run: RunRecord, seen: Seen, calls: CallCounts): Promise<InScope> {
  const failed = Array.from(seen.fold.candidates(), (candidate) => ({ candidate, state: seen.states.get(candidate.itemKey) }));
  const { gaps, unknown } = seen.gaps;
  const tagged = await taggedSources(
    controlPlane,
    run,
    [...failed, ...gaps].map(({ candidate }) => candidate),
    seen,
    calls,
  );
  const isAsked = (candidate: Candidate, state: ItemState | undefined): boolean =>
    inScope(candidate, run.scope, tagged && { sourceId: state?.sourceId, ids: tagged });
  const keep = (all: readonly { readonly candidate: Candidate; readonly state: ItemState | undefined }[]): FoundItem[] =>
    all.filter(({ candidate, state }) => isAsked(candidate, state)).map(({ candidate, state }) => foundItem(candidate, state));
  return { failed: keep(failed), gaps: keep(gaps), gapsUnknown: unknown.filter((candidate) => isAsked(candidate, undefined)).length };
}

function foundItem(candidate: Candidate, state: ItemState | undefined): FoundItem {
  if (state === undefined) return { candidate };
  const { softDeleted, protectionState, lastRecoveryPointMs } = state;
  return {
    candidate,
    protection: {
      softDeleted,
      ...(protectionState !== undefined && { protectionState }),
      ...(lastRecoveryPointMs !== undefined && { lastRecoveryPointMs }),
    },
  };
}

/** The resources that carry every asked tag; undefined when no tag was asked for. */
async function taggedSources(
  controlPlane: ControlPlane,
  run: RunRecord,
  candidates: readonly Candidate[],
  seen: Seen,
  calls: CallCounts,
): Promise<ReadonlySet<string> | undefined> {
  const tags = Object.entries(run.scope.tags);
  if (tags.length === 0) return undefined;
  const all = new Set<string>();
  for (const subscription of new Set(candidates.map((candidate) => candidate.vault.subscriptionId.toLowerCase()))) {
    let here: ReadonlySet<string> | undefined;
    for (const [tag, value] of tags) {
      const answer = await controlPlane.taggedResources(subscription, tag, value, calls);
      if (!answer.ok) {
        seen.incomplete = true;
        seen.notes.add(
          `The tags of subscription ${subscription} cannot be read (${answer.message}); its items were left out. Filtering by tag needs read access on the protected resources.`,
        );
        here = new Set();
        break;
      }
      here = here === undefined ? answer.value : here.intersection(answer.value);
    }
    for (const id of here ?? []) all.add(id);
  }
  return all;
}

/** Subscriptions that were asked for and can be seen; a management group as it is; undefined when nothing at all can be seen. */
function graphScope(run: RunRecord, visible: readonly Subscription[]): GraphScope | undefined {
  if (run.scope.managementGroup !== undefined) return { managementGroup: run.scope.managementGroup };
  const asked = new Set(run.scope.subscriptions.map((id) => id.toLowerCase()));
  const subscriptions = visible.filter(({ id }) => asked.size === 0 || asked.has(id.toLowerCase())).map(({ id }) => id);
  return subscriptions.length === 0 ? undefined : { subscriptions };
}

function nothingVisible(run: RunRecord): string {
  const asked = run.scope.subscriptions;
  const what =
    asked.length > 0
      ? `None of the subscriptions asked for (${asked.slice(0, 5).join(", ")}${asked.length > 5 ? ", …" : ""}) is`
      : "No subscription is";
  return `${what} visible to the identity. Assign it the role at the subscriptions or their management group; a new assignment takes some minutes.`;
}

/** Of the management group, where one was asked for. What was found already is not given up for the names of those that are silent. */
async function subscriptionsBelow(
  controlPlane: ControlPlane,
  run: RunRecord,
  seen: Seen,
  calls: CallCounts,
): Promise<readonly Subscription[]> {
  if (run.scope.managementGroup === undefined) return [];
  try {
    return await controlPlane.subscriptionsBelow(run.scope.managementGroup, calls);
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    seen.incomplete = true;
    seen.notes.add(
      `The subscriptions under the management group cannot be listed, so those that gave nothing are not named: ${error.message}`,
    );
    return [];
  }
}

/** `below`: the subscriptions under the management group, where one was asked for: those without any row are named too. */
function coverageOf(
  run: RunRecord,
  visible: readonly Subscription[],
  below: readonly Subscription[],
  seen: Seen,
): CoverageReport["subscriptions"] {
  const names = new Map(visible.map(({ id, name }) => [id.toLowerCase(), name]));
  const listed =
    run.scope.managementGroup !== undefined
      ? new Set([...below.map(({ id }) => id.toLowerCase()), ...seen.perSubscription.keys()])
      : run.scope.subscriptions.length > 0
        ? run.scope.subscriptions
        : visible.map(({ id }) => id);
  return Array.from(listed, (id) => {
    const name = names.get(id.toLowerCase());
    const counted = seen.perSubscription.get(id.toLowerCase());
    const state = counted !== undefined ? ("seen" as const) : name === undefined ? ("not-visible" as const) : ("no-backup-rows" as const);
    return { id, ...(name !== undefined && { name }), state, failedJobs: counted?.failedJobs ?? 0, items: counted?.items ?? 0 };
  });
}
