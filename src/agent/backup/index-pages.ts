/**
 * The index of a disk, page by page: what the point before says (`PageReader`), and the pages of the new point (`PageWriter`). Both go forward through the
 * disk and hold a page or two at a time.
 */
import { newId, HASH_BYTES } from "../format/ids.ts";
import { PAGE_BLOCKS, PageBuilder, readPage, type BlockPlace, type IndexPage } from "../format/index-page.ts";
import { DamageError } from "../format/damage.ts";
import type { BadUnits } from "../repository/bad-units.ts";
import type { Repository } from "../repository/repository.ts";

/** Ids of pages, null where all is zeros. */
export type PageIds = readonly (string | null)[];

export class PageReader {
  readonly #repository: Repository;
  readonly #placeOf: (pageId: string) => string;
  readonly #ids: PageIds;
  readonly #held = new Map<number, IndexPage | undefined>();
  readonly #passedOver: Map<number, DamageError>;
  readonly #passesOver: boolean;

  /**
   * `damage`: pages that could not be read and count as zeros, so that all they described is sent again. The first reader of a pass finds them, and the one
   * that the new pages are made from goes by what it found: it must not find others, whose blocks were not sent.
   */
  constructor(
    repository: Repository,
    placeOf: (pageId: string) => string,
    ids: PageIds,
    damage: { readonly passedOver: Map<number, DamageError>; readonly finds: boolean } = { passedOver: new Map(), finds: false },
  ) {
    this.#repository = repository;
    this.#placeOf = placeOf;
    this.#ids = ids;
    this.#passedOver = damage.passedOver;
    this.#passesOver = damage.finds;
  }

  /** Null for a page of zeros. */
  idOf(number: number): string | null {
    return this.#passedOver.has(number) ? null : (this.#ids[number] ?? null);
  }

  /** Undefined for a page of zeros. @throws DamageError */
  async page(number: number): Promise<IndexPage | undefined> {
    if (this.#held.has(number)) return this.#held.get(number);
    const id = this.idOf(number);
    const page =
      id === null
        ? undefined
        : await this.#read(id).catch((error: unknown) => {
            if (!this.#passesOver || !(error instanceof DamageError)) throw error;
            this.#passedOver.set(number, error);
            return undefined;
          });
    for (const held of this.#held.keys()) if (this.#held.size > 1 && held !== number) this.#held.delete(held);
    this.#held.set(number, page);
    return page;
  }

  async #read(id: string): Promise<IndexPage> {
    const place = this.#placeOf(id);
    const plain = await this.#repository.read(place);
    if (plain === undefined) throw new DamageError(place, "it is missing");
    return readPage(place, plain);
  }

  /** Hashes of `count` blocks from `first`, which lie in one page; zeros beyond its end. */
  async hashes(first: number, count: number): Promise<Uint8Array> {
    const hashes = new Uint8Array(count * HASH_BYTES);
    const page = await this.page(Math.floor(first / PAGE_BLOCKS));
    if (page === undefined) return hashes;
    const from = first % PAGE_BLOCKS;
    hashes.set(page.hashes.subarray(from * HASH_BYTES, Math.min(page.count, from + count) * HASH_BYTES));
    return hashes;
  }

  /** Which of `count` blocks from `first`, which lie in one page, are in units that cannot be used: their numbers from 0. */
  async damaged(first: number, count: number, bad: BadUnits): Promise<readonly number[]> {
    if (bad.isEmpty) return [];
    const page = await this.page(Math.floor(first / PAGE_BLOCKS));
    if (page?.segments.some((segment) => bad.namesSegment(segment)) !== true) return [];
    const from = first % PAGE_BLOCKS;
    const found: number[] = [];
    for (let index = 0; index < Math.min(count, page.count - from); index++) {
      const place = page.place(from + index);
      if (place !== undefined && bad.holds(place)) found.push(index);
    }
    return found;
  }
}

export interface BlockChange {
  readonly block: number;
  readonly hash: Uint8Array;
  /** Undefined for zeros. */
  readonly place: BlockPlace | undefined;
}

export class PageWriter {
  readonly #repository: Repository;
  readonly #placeOf: (pageId: string) => string;
  readonly #before: PageReader;
  readonly #blocks: number;
  readonly ids: (string | null)[] = [];
  readonly segments = new Set<string>();

  constructor(repository: Repository, placeOf: (pageId: string) => string, before: PageReader, blocks: number) {
    this.#repository = repository;
    this.#placeOf = placeOf;
    this.#before = before;
    this.#blocks = blocks;
  }

  /** Writes all pages that end at or before block `end`. Returns the changes that belong to later pages. */
  async advance(end: number, changes: readonly BlockChange[]): Promise<readonly BlockChange[]> {
    const ordered = changes.toSorted((a, b) => a.block - b.block);
    let at = 0;
    while (this.ids.length * PAGE_BLOCKS < this.#blocks) {
      const first = this.ids.length * PAGE_BLOCKS;
      const count = Math.min(PAGE_BLOCKS, this.#blocks - first);
      if (first + count > end) break;
      let next = at;
      while (next < ordered.length && (ordered[next]?.block ?? Infinity) < first + count) next++;
      this.ids.push(await this.#write(this.ids.length, count, ordered.slice(at, next)));
      at = next;
    }
    return ordered.slice(at);
  }

  async #write(number: number, count: number, changes: readonly BlockChange[]): Promise<string | null> {
    const before = await this.#before.page(number);
    if (changes.length === 0 && (before?.count ?? count) === count) {
      for (const segment of before?.segments ?? []) this.segments.add(segment);
      return this.#before.idOf(number);
    }
    const page = new PageBuilder(count, before);
    for (const { block, hash, place } of changes) page.set(block - number * PAGE_BLOCKS, hash, place);
    const bytes = page.encode();
    if (bytes === undefined) return null;
    const id = newId();
    await this.#repository.create(this.#placeOf(id), bytes);
    for (const segment of readPage(id, bytes).segments) this.segments.add(segment);
    return id;
  }
}
