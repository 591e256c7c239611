/**
 * The records of runs in the run store. In: a store. Out: typed reads and writes, each with the guarantee that its name says. It does not promise that
 * records of different keys change together: whoever writes two orders them so that a crash between them is harmless. Activities may be executed twice,
 * at the same time or much later: what others build upon is written once (`first`), and its pages under a draft of each execution's own.
 */
import type { RunReport } from "../../policy/report.ts";
import type { RunRecord } from "../../policy/run.ts";
import { createJson, readJson, updateJson, writeJson } from "../../store/json-records.ts";
import type { Store } from "../../store/store.ts";
import { inParallel } from "./in-parallel.ts";
import { hashOf, keys, lastSegment, type ItemRef } from "./keys.ts";
import { createWrittenOnce } from "./written-once.ts";
import {
  recordOf,
  type AttemptRecord,
  type CheckedItem,
  type CheckedRecord,
  type ClaimRecord,
  type DayRecord,
  type DiscoveryRecord,
  type FoundItem,
  type ListingRecord,
  type OpenJobRecord,
  type OutcomeRecord,
  type PlannedItem,
  type PlanRecord,
  type ProgressRecord,
} from "./records.ts";
import type { Decision } from "../../policy/run.ts";
import type { ItemReport } from "../../policy/report.ts";

export interface Ledger {
  readonly store: Store;
  /** Exclusive: of many callers one gets true. The run is listed from then on. */
  createRun(run: RunRecord): Promise<boolean>;
  findRun(runId: string): Promise<RunRecord | undefined>;
  /** @throws when there is no such run: the caller was started with its id. */
  run(runId: string): Promise<RunRecord>;
  /** Ids of runs, newest first, from after `after`. */
  runIds(limit: number, after?: string): Promise<{ readonly runIds: readonly string[]; readonly next?: string }>;
  markCancelled(runId: string): Promise<void>;
  isCancelled(runId: string): Promise<boolean>;
  discovery: Single<DiscoveryRecord>;
  plan: Single<PlanRecord>;
  outcome: Single<OutcomeRecord>;
  candidates: Paged<readonly FoundItem[], [runId: string, draft: string]>;
  gaps: Paged<readonly FoundItem[], [runId: string, draft: string]>;
  planned: Paged<readonly PlannedItem[], [runId: string, vault: string, draft: string]>;
  skipped: Paged<readonly ItemReport[], [runId: string, draft: string]>;
  /** As `Single.first`. */
  firstChecked(runId: string, vault: string, record: CheckedRecord): Promise<CheckedRecord>;
  readChecked(runId: string, vault: string): Promise<CheckedRecord | undefined>;
  writeCheckedPage(page: Omit<ItemRef, "index">, items: readonly CheckedItem[]): Promise<void>;
  item(ref: ItemRef): Promise<CheckedItem>;
  readAttempt(ref: AttemptKey): Promise<AttemptRecord | undefined>;
  /** Exclusive: the intent is written once. */
  createAttempt(ref: AttemptKey, record: AttemptRecord): Promise<boolean>;
  /** Compare-and-swap: `change` sees the record as it is. */
  updateAttempt(ref: AttemptKey, change: (current: AttemptRecord) => Partial<AttemptRecord>): Promise<AttemptRecord>;
  attempts(runId: string, vault: string, item: string): Promise<readonly AttemptRecord[]>;
  openJob(runId: string, vault: string, job: OpenJobRecord): Promise<void>;
  openJobs(runId: string, vault: string): Promise<readonly OpenJobRecord[]>;
  closeJob(runId: string, vault: string, jobName: string): Promise<void>;
  /** The first result of an item stands, and is given back. */
  firstResult(runId: string, vault: string, item: string, report: ItemReport): Promise<ItemReport>;
  readResult(runId: string, vault: string, item: string): Promise<ItemReport | undefined>;
  results(runId: string, vault: string): Promise<readonly ItemReport[]>;
  /** Counted from the keys alone. */
  resultCounts(runId: string, vault: string): Promise<ReadonlyMap<Decision, number>>;
  attemptCount(runId: string, vault: string): Promise<number>;
  listing: {
    /** The newest; one that this process has seen and that is not older than `sinceMs` will do. */
    read(runId: string, vault: string, sinceMs: number): Promise<ListingRecord | undefined>;
    write(runId: string, vault: string, record: ListingRecord): Promise<void>;
  };
  progress: {
    read(runId: string, vault: string): Promise<ProgressRecord | undefined>;
    write(runId: string, vault: string, record: ProgressRecord): Promise<void>;
  };
  closeVault(runId: string, vault: string): Promise<void>;
  reopenVault(runId: string, vault: string): Promise<void>;
  isVaultClosed(runId: string, vault: string): Promise<boolean>;
  readClaim(item: string): Promise<ClaimRecord | undefined>;
  updateClaim(item: string, change: (current: ClaimRecord | undefined) => ClaimRecord | undefined): Promise<ClaimRecord | undefined>;
  updateDay(day: string, item: string, change: (current: DayRecord | undefined) => DayRecord | undefined): Promise<DayRecord | undefined>;
  writeReport(report: RunReport, html: string): Promise<void>;
  readReport(runId: string, form: "json" | "html"): Promise<Uint8Array | undefined>;
}

export interface AttemptKey {
  readonly runId: string;
  readonly vault: string;
  /** Hash of the item's key. */
  readonly item: string;
  readonly attempt: number;
}

interface Single<T> {
  read(runId: string): Promise<T | undefined>;
  /** Exclusive: of many callers, all get the record of the one that came first. */
  first(runId: string, record: T): Promise<T>;
}

interface Paged<T, K extends readonly string[]> {
  read(...at: [...K, page: number]): Promise<T>;
  write(...at: [...K, page: number, records: T]): Promise<void>;
}

/** Lists of vaults kept in memory. */
const MOST_LISTINGS = 256;

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

export function createLedger(store: Store): Ledger {
  const read = async <T extends object>(key: string): Promise<T | undefined> => (await readJson(store, key, recordOf<T>))?.value;
  const must = async <T extends object>(key: string): Promise<T> => {
    const found = await read<T>(key);
    if (found === undefined)
      throw new Error(`The run store has no record ${key}; it was written earlier in this run. Was the store emptied?`);
    return found;
  };
  const first = async <T extends object>(key: string, record: T): Promise<T> => {
    const created = await createJson(store, key, record);
    return created ? record : must<T>(key);
  };
  const once = createWrittenOnce();
  const readOnce = <T extends object>(key: string): Promise<T | undefined> => once.read(key, () => read<T>(key));
  /** Open jobs as they were read at the last look at their vault: a job's record never changes. */
  const opens = new Map<string, ReadonlyMap<string, OpenJobRecord>>();
  const listings = new Map<string, ListingRecord>();
  const keepListing = (key: string, record: ListingRecord | undefined): ListingRecord | undefined => {
    listings.delete(key);
    if (record !== undefined) listings.set(key, record);
    const [oldest] = listings.keys();
    if (oldest !== undefined && listings.size > MOST_LISTINGS) listings.delete(oldest);
    return record;
  };
  const single = <T extends object>(key: (runId: string) => string): Single<T> => ({
    read: (runId) => read<T>(key(runId)),
    first: (runId, record) => first(key(runId), record),
  });
  const exists = async (key: string): Promise<boolean> => (await store.get(key)) !== undefined;
  const listed = async (prefix: string): Promise<string[]> => {
    const found: string[] = [];
    for await (const key of store.list(prefix)) found.push(key);
    return found;
  };
  const attemptKey = (ref: AttemptKey): string => keys.attempt(ref.runId, ref.vault, ref.item, ref.attempt);

  return {
    store,
    async createRun(run) {
      const created = await createJson(store, keys.run(run.runId), run);
      // An earlier run of that id, deleted since.
      if (created) once.forget(keys.all(run.runId));
      // Also when it was there: a crash between the two writes must not hide the run from the list.
      const started = created ? run : await must<RunRecord>(keys.run(run.runId));
      await store.create(keys.index(started.startedMs, run.runId), bytesOf(""));
      return created;
    },
    findRun: (runId) => read<RunRecord>(keys.run(runId)),
    run: async (runId) => (await readOnce<RunRecord>(keys.run(runId))) ?? must<RunRecord>(keys.run(runId)),
    async runIds(limit, after) {
      const runIds: string[] = [];
      let last = "";
      for await (const key of store.list(keys.indexes)) {
        const entry = lastSegment(key);
        if (after !== undefined && entry <= after) continue;
        if (runIds.length === limit) return { runIds, next: last };
        runIds.push(entry.slice(entry.indexOf("~") + 1));
        last = entry;
      }
      return { runIds };
    },
    markCancelled: (runId) => store.put(keys.cancel(runId), bytesOf("")),
    isCancelled: (runId) => exists(keys.cancel(runId)),
    discovery: single<DiscoveryRecord>(keys.discovery),
    plan: { ...single<PlanRecord>(keys.plan), read: (runId) => readOnce(keys.plan(runId)) },
    outcome: single<OutcomeRecord>(keys.outcome),
    candidates: {
      read: (runId, draft, page) => must(keys.candidates(runId, draft, page)),
      write: (runId, draft, page, records) => writeJson(store, keys.candidates(runId, draft, page), records),
    },
    gaps: {
      read: (runId, draft, page) => must(keys.gaps(runId, draft, page)),
      write: (runId, draft, page, records) => writeJson(store, keys.gaps(runId, draft, page), records),
    },
    planned: {
      read: (runId, vault, draft, page) => must(keys.planned(runId, vault, draft, page)),
      write: (runId, vault, draft, page, records) => writeJson(store, keys.planned(runId, vault, draft, page), records),
    },
    skipped: {
      read: (runId, draft, page) => must(keys.skipped(runId, draft, page)),
      write: (runId, draft, page, records) => writeJson(store, keys.skipped(runId, draft, page), records),
    },
    firstChecked: (runId, vault, record) => first(keys.checked(runId, vault), record),
    readChecked: (runId, vault) => readOnce(keys.checked(runId, vault)),
    async writeCheckedPage(page, items) {
      await inParallel([...items.entries()], ([index, item]) => writeJson(store, keys.checkedItem({ ...page, index }), item));
    },
    async item(ref) {
      const item = await read<CheckedItem>(keys.checkedItem(ref));
      if (item !== undefined) return item;
      // Until version 0.1.0 a page was one record.
      const page = await read<readonly CheckedItem[]>(keys.checkedPage(ref));
      return page?.[ref.index] ?? must<CheckedItem>(keys.checkedItem(ref));
    },
    readAttempt: (ref) => read<AttemptRecord>(attemptKey(ref)),
    createAttempt: (ref, record) => createJson(store, attemptKey(ref), record),
    async updateAttempt(ref, change) {
      const updated = await updateJson(
        store,
        attemptKey(ref),
        recordOf<AttemptRecord>,
        (current) => current && { ...current, ...change(current) },
      );
      if (updated === undefined) throw new Error(`The run store has no record ${attemptKey(ref)}.`);
      return updated;
    },
    async attempts(runId, vault, item) {
      const found: AttemptRecord[] = [];
      for (let attempt = 1; ; attempt++) {
        const record = await read<AttemptRecord>(keys.attempt(runId, vault, item, attempt));
        if (record === undefined) return found;
        found.push(record);
      }
    },
    openJob: (runId, vault, job) => writeJson(store, keys.open(runId, vault, segmentOf(job.jobName)), job),
    async openJobs(runId, vault) {
      const folder = keys.opens(runId, vault);
      const known = opens.get(folder);
      const found = new Map<string, OpenJobRecord>();
      await inParallel(await listed(folder), async (key) => {
        const job = known?.get(key) ?? (await read<OpenJobRecord>(key));
        if (job !== undefined) found.set(key, job);
      });
      if (found.size > 0) opens.set(folder, found);
      else opens.delete(folder);
      return [...found.values()];
    },
    closeJob: (runId, vault, jobName) => store.delete(keys.open(runId, vault, segmentOf(jobName))),
    async firstResult(runId, vault, item, report) {
      const standing = await first(keys.result(runId, vault, item), report);
      await store.put(keys.counted(runId, vault, standing.decision, item), bytesOf(""));
      return standing;
    },
    readResult: (runId, vault, item) => read(keys.result(runId, vault, item)),
    async results(runId, vault) {
      return inParallel(await listed(keys.results(runId, vault)), (key) => must<ItemReport>(key));
    },
    async resultCounts(runId, vault) {
      const counts = new Map<Decision, number>();
      for (const key of await listed(keys.counts(runId, vault))) {
        const decision = key.split("/").at(-2) as Decision;
        counts.set(decision, (counts.get(decision) ?? 0) + 1);
      }
      return counts;
    },
    attemptCount: async (runId, vault) => (await listed(keys.attempts(runId, vault))).length,
    listing: {
      async read(runId, vault, sinceMs) {
        const key = keys.listing(runId, vault);
        const seen = listings.get(key);
        return seen !== undefined && seen.readMs >= sinceMs ? seen : keepListing(key, await read<ListingRecord>(key));
      },
      async write(runId, vault, record) {
        await writeJson(store, keys.listing(runId, vault), record);
        keepListing(keys.listing(runId, vault), record);
      },
    },
    progress: {
      read: (runId, vault) => read(keys.progress(runId, vault)),
      write: (runId, vault, record) => writeJson(store, keys.progress(runId, vault), record),
    },
    closeVault: (runId, vault) => store.put(keys.closed(runId, vault), bytesOf("")),
    reopenVault: (runId, vault) => store.delete(keys.closed(runId, vault)),
    isVaultClosed: (runId, vault) => exists(keys.closed(runId, vault)),
    readClaim: (item) => read(keys.claim(item)),
    updateClaim: (item, change) => updateJson(store, keys.claim(item), recordOf<ClaimRecord>, change),
    updateDay: (day, item, change) => updateJson(store, keys.day(day, item), recordOf<DayRecord>, change),
    async writeReport(report, html) {
      await store.put(keys.report(report.runId, "html"), bytesOf(html));
      await writeJson(store, keys.report(report.runId, "json"), report);
    },
    readReport: async (runId, form) => (await store.get(keys.report(runId, form)))?.bytes,
  };
}

/** A job id from the service as a key's segment: GUIDs as they are, anything else as far as it is harmless. */
function segmentOf(jobName: string): string {
  return /^[A-Za-z0-9-]{1,100}$/.test(jobName) ? jobName.toLowerCase() : hashOf(jobName);
}
