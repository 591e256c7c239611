/**
 * Finding: the backup jobs of a window, the state of protected items and their policies. In: a way to ask Resource Graph, a scope, a window. Out: pages of jobs and
 * items, rows that could not be read apart from them. It does not promise that the rows are fresh (Resource Graph is late by minutes), and it does not
 * filter: which jobs matter is decided by policy.
 */
import { z } from "zod";
import type { BackupJob, VaultRef } from "../../policy/job.ts";
import type { BadRow, GraphScope, ItemState, PolicyState, Subscription } from "../control-plane.ts";
import { badRow } from "./bad-row.ts";
import { graphPages, type AskGraph } from "./graph-pages.ts";
import { parseVaultId } from "./ids.ts";
import { readItemRow } from "./item-row.ts";
import { readJobRow } from "./job-row.ts";
import { readPolicyRow } from "./policy-row.ts";
import { itemsQuery, jobsQuery, subscriptionsQuery, vaultsQuery } from "./query-texts.ts";

export async function* discoverJobs(
  ask: AskGraph,
  scope: GraphScope,
  window: { readonly fromMs: number; readonly toMs: number },
): AsyncGenerator<{ readonly jobs: readonly BackupJob[]; readonly bad: readonly BadRow[]; readonly notes: readonly string[] }> {
  for await (const page of graphPages(ask, jobsQuery(window), scope)) {
    const jobs: BackupJob[] = [];
    const bad: BadRow[] = [];
    for (const raw of page.rows) {
      const read = readJobRow(raw);
      if ("job" in read) jobs.push(read.job);
      else bad.push(read.bad);
    }
    yield { jobs, bad, notes: page.notes };
  }
}

export async function* discoverItems(
  ask: AskGraph,
  scope: GraphScope,
): AsyncGenerator<{
  readonly items: readonly ItemState[];
  readonly policies: readonly PolicyState[];
  readonly bad: readonly BadRow[];
  readonly notes: readonly string[];
}> {
  for await (const page of graphPages(ask, itemsQuery(), scope)) {
    const items: ItemState[] = [];
    const policies: PolicyState[] = [];
    const bad: BadRow[] = [];
    for (const raw of page.rows) {
      const policy = readPolicyRow(raw);
      if (policy !== undefined) {
        policies.push(policy);
        continue;
      }
      const read = readItemRow(raw);
      if ("item" in read) items.push(read.item);
      else bad.push(read.bad);
    }
    yield { items, policies, bad, notes: page.notes };
  }
}

const vaultRow = z.looseObject({ id: z.string() });

export async function* discoverVaults(
  ask: AskGraph,
  scope: GraphScope,
): AsyncGenerator<{ readonly vaults: readonly VaultRef[]; readonly bad: readonly BadRow[]; readonly notes: readonly string[] }> {
  for await (const page of graphPages(ask, vaultsQuery(), scope)) {
    const vaults: VaultRef[] = [];
    const bad: BadRow[] = [];
    for (const raw of page.rows) {
      const vault = parseVaultId(vaultRow.safeParse(raw).data?.id ?? "");
      if (vault === undefined) bad.push(badRow(raw, "the id is not that of a vault"));
      else vaults.push(vault);
    }
    yield { vaults, bad, notes: page.notes };
  }
}

const subscriptionRow = z.looseObject({ subscriptionId: z.guid(), name: z.string().nullish() });

/** Rows that are no subscriptions are left out: what is asked for by id is named anyway. */
export async function discoverSubscriptions(ask: AskGraph, scope: GraphScope): Promise<readonly Subscription[]> {
  const found: Subscription[] = [];
  for await (const page of graphPages(ask, subscriptionsQuery(), scope)) {
    for (const raw of page.rows) {
      const row = subscriptionRow.safeParse(raw).data;
      if (row !== undefined) found.push({ id: row.subscriptionId, name: row.name ?? row.subscriptionId });
    }
  }
  return found;
}
