/**
 * Verifies restore points. In: the catalog and the points to look at. Out: every place that is damaged, and which points it breaks. Quickly: all records and
 * pages are read, and every segment has to be there and as long as they say. In full: every block is fetched, decrypted and hashed, each once however many
 * points share it. It does not stop at the first damage, and changes nothing but one thing: units and segments that are bad are written down in the store
 * (`damage-records.ts`) as they are found, so that backups send what lies in them again. A connection that is lost is no damage: it ends the verification.
 */
import { BadUnits } from "../repository/bad-units.ts";
import type { Catalog, CatalogPoint } from "../repository/catalog.ts";
import { readDamage, recordDamage, type RecordedDamage } from "../repository/damage-records.ts";
import type { Repository, StoreKey } from "../repository/repository.ts";
import { DamageError } from "../format/damage.ts";
import type { BlockPlace } from "../format/index-page.ts";
import { places } from "../format/places.ts";
import { WorkerPool } from "../pipeline/worker-pool.ts";
import { Fetcher } from "../restore/fetch.ts";
import { readPoint, readingContext, type OpenPoint } from "../restore/read-point.ts";
import { DamageList, type Damage, type PointName } from "./damage-list.ts";
import { readPageBlocks, type PageBlock } from "./page-blocks.ts";
import { SeenBlocks } from "./seen-blocks.ts";

export interface VerifyWish {
  readonly repository: Repository;
  readonly catalog: Catalog;
  /** Of these the records, pages and blocks are looked at; absent: of all points, and what is lost is told too. */
  readonly only?: readonly CatalogPoint[] | undefined;
  readonly full: boolean;
  /** ISO 8601, UTC. */
  readonly now: () => string;
  readonly signal: AbortSignal;
  readonly onProgress: (bytes: number) => void;
}

export interface VerifyReport {
  readonly points: number;
  /** Each once. In full: that were fetched and are what they should be. */
  readonly blocks: number;
  readonly bytes: number;
  readonly damaged: readonly Damage[];
  /** In how many segments damage was found that the store has on record now. */
  readonly recorded: number;
  /** Why damage could not be written down: backups go on relying on it. */
  readonly unrecorded?: string;
}

export async function verify(wish: VerifyWish): Promise<VerifyReport> {
  const run = new Verification(wish);
  try {
    return await run.carryOut();
  } finally {
    await run.close();
  }
}

class Verification {
  readonly #wish: VerifyWish;
  readonly #points: readonly CatalogPoint[];
  readonly #damage = new DamageList();
  readonly #seen = new SeenBlocks();
  /** Of each page that could be read, the segments it names. */
  readonly #pages = new Map<string, ReadonlySet<string>>();
  /** Of each segment the last unit that is needed. */
  readonly #ends = new Map<string, BlockPlace & { readonly key: StoreKey }>();
  readonly #bad = new BadUnits();
  readonly #badSegments = new Set<string>();
  #record: RecordedDamage | undefined;
  /** Something bad was found since it was last written down. */
  #isNews = false;
  #unrecorded: string | undefined;
  readonly #fetchers = new Map<string, { readonly workers: WorkerPool; readonly fetcher: Fetcher }>();
  #blocks = 0;
  #bytes = 0;

  constructor(wish: VerifyWish) {
    this.#wish = wish;
    this.#points = wish.only ?? wish.catalog.points;
  }

  async carryOut(): Promise<VerifyReport> {
    const points = this.#points;
    this.#takeRecords();
    if (this.#wish.only === undefined) {
      this.#record = await readDamage(this.#wish.repository);
      for (const { place, why } of this.#record.unreadable) this.#damage.add(place, why);
    }
    for (const point of points) await this.#check(point);
    for (const { fetcher } of this.#fetchers.values()) await fetcher.drain();
    if (!this.#wish.full) for (const end of this.#ends.values()) await this.#checkEnd(end);
    await this.#writeDown();
    if (!this.#bad.isEmpty) for (const point of points) await this.#attribute(point);
    const unrecorded = this.#unrecorded;
    return {
      points: points.length,
      blocks: this.#blocks,
      bytes: this.#bytes,
      damaged: this.#damage.list(),
      recorded: unrecorded === undefined ? this.#badSegments.size : 0,
      ...(unrecorded !== undefined && { unrecorded }),
    };
  }

  async close(): Promise<void> {
    for (const { workers } of this.#fetchers.values()) await workers.close();
  }

  /** What the catalog could not read, and points whose records are gone, with those that follow them. */
  #takeRecords(): void {
    const { catalog, only } = this.#wish;
    const { damaged, lost, points } = catalog;
    if (only === undefined) for (const { place, why } of damaged) this.#damage.add(place, why);
    for (const gone of lost) {
      const broken: PointName[] = [gone];
      for (const { row } of points)
        if (broken.some(({ id, machine, disk }) => row.parent === id && row.machine === machine && row.disk === disk)) broken.push(row);
      if (only === undefined || only.some(({ row }) => broken.includes(row)))
        this.#damage.add(places.filePart(gone.file, gone.part), gone.reason, broken);
    }
  }

  async #check(point: CatalogPoint): Promise<void> {
    const opened = await this.#guard(point, () => readPoint(this.#wish.repository, point));
    if (opened === undefined) return;
    const { manifest, pagePlace } = opened;
    const named = new Set(manifest.segments);
    for (const [number, id] of manifest.pages.entries()) {
      this.#wish.signal.throwIfAborted();
      if (id === null) continue;
      const place = pagePlace(id);
      const segments = this.#pages.get(place) ?? (await this.#guard(point, () => this.#checkPage(opened, place, number)));
      for (const segment of segments ?? [])
        if (!named.has(segment)) this.#damage.add(point.row.manifest, `it does not name ${segment}, which its pages need`, [point.row]);
    }
  }

  async #checkPage({ manifest, key }: OpenPoint, place: string, number: number): Promise<ReadonlySet<string>> {
    const blocks = await readPageBlocks(this.#wish.repository, place, manifest, number);
    const segments = new Set(blocks.map((block) => block.place.segment));
    this.#pages.set(place, segments);
    const fresh = blocks.filter((block) => this.#seen.add(block.place));
    for (const { place } of fresh)
      if (place.offset > (this.#ends.get(place.segment)?.offset ?? -1)) this.#ends.set(place.segment, { ...place, key });
    if (this.#wish.full) {
      await this.#fetch(key, fresh);
      await this.#writeDown();
    } else
      for (const { lengthBytes } of fresh) {
        this.#blocks++;
        this.#bytes += lengthBytes;
      }
    return segments;
  }

  async #fetch(key: StoreKey, blocks: readonly PageBlock[]): Promise<void> {
    await this.#fetcherOf(key).want(
      blocks.map((block) => ({
        ...block,
        offset: 0,
        arrived: async () => {
          this.#blocks++;
          this.#bytes += block.lengthBytes;
          this.#wish.onProgress(block.lengthBytes);
        },
      })),
    );
  }

  #fetcherOf(key: StoreKey): Fetcher {
    const known = this.#fetchers.get(key.id);
    if (known !== undefined) return known.fetcher;
    const { repository, signal } = this.#wish;
    const workers = new WorkerPool(readingContext(key));
    const fetcher = new Fetcher(repository.store, workers, signal, ({ segment, offset, why, isGone }) => {
      this.#isBad(segment, isGone === true ? { endBytes: 0 } : { offset });
      this.#damage.add(segment, `the unit at ${offset} cannot be used: ${why}`);
    });
    this.#fetchers.set(key.id, { workers, fetcher });
    return fetcher;
  }

  #isBad(segment: string, what: { readonly offset: number } | { readonly endBytes: number }): void {
    if ("offset" in what) this.#bad.add(segment, what.offset);
    else this.#bad.cutAt(segment, what.endBytes);
    this.#badSegments.add(segment);
    this.#isNews = true;
  }

  /** As it goes on, so that a verification that is interrupted has not found it in vain. A store that lets nobody write can be verified all the same. */
  async #writeDown(): Promise<void> {
    if (!this.#isNews || this.#unrecorded !== undefined) return;
    const { repository, now, signal } = this.#wish;
    this.#isNews = false;
    try {
      this.#record ??= await readDamage(repository);
      await recordDamage(repository, this.#bad, this.#record.bad, (segment) => this.#ends.get(segment)?.key, now());
    } catch (error) {
      signal.throwIfAborted();
      this.#unrecorded = (error as Error).message;
    }
  }

  async #checkEnd({ segment, offset, lengthBytes }: BlockPlace): Promise<void> {
    const { store } = this.#wish.repository;
    const { signal } = this.#wish;
    const end = offset + lengthBytes;
    try {
      await store.readRange(segment, end - 1, 1, { signal });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== "STORE_NOT_FOUND" && code !== "STORE_DAMAGED_RECORD") throw error;
      const state = code === "STORE_NOT_FOUND" ? undefined : await store.listUnits(segment, { signal }).catch(() => undefined);
      const there = (state?.units ?? []).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      // Long enough by its list: then it is this unit's file that is gone or short, and of the others nothing is known.
      this.#isBad(segment, there >= end ? { offset } : { endBytes: there });
      this.#damage.add(segment, code === "STORE_NOT_FOUND" ? "the segment is missing" : message);
    }
  }

  /** Which points the units and segments break that turned out to be bad. */
  async #attribute(point: CatalogPoint): Promise<void> {
    const { repository } = this.#wish;
    const opened = await readPoint(repository, point).catch(undefinedIfDamaged);
    if (opened === undefined) return;
    const { manifest, pagePlace } = opened;
    for (const [number, id] of manifest.pages.entries()) {
      const place = id === null ? undefined : pagePlace(id);
      const segments = this.#pages.get(place ?? "");
      if (place === undefined || segments === undefined || ![...segments].some((segment) => this.#bad.namesSegment(segment))) continue;
      for (const block of await readPageBlocks(repository, place, manifest, number))
        if (this.#bad.holds(block.place)) this.#damage.breaks(block.place.segment, point.row);
    }
  }

  async #guard<T>(point: CatalogPoint, run: () => Promise<T>): Promise<T | undefined> {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof DamageError)) throw error;
      this.#damage.add(error.place, error.message, [point.row]);
      return undefined;
    }
  }
}

function undefinedIfDamaged(error: unknown): undefined {
  if (error instanceof DamageError) return undefined;
  throw error;
}
