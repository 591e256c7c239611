/** A binary heap, smallest first, whose entries can be dropped lazily: an entry marked `dropped` is skipped when it comes up. */
export interface HeapEntry {
  readonly at: number;
  /** Ties are taken in the order in which they were made. */
  readonly order: number;
  dropped: boolean;
}

export class Heap<T extends HeapEntry> {
  readonly #entries: T[] = [];

  push(entry: T): void {
    const entries = this.#entries;
    let index = entries.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!before(entry, entries[parent] as T)) break;
      entries[index] = entries[parent] as T;
      index = parent;
    }
    entries[index] = entry;
  }

  peek(): T | undefined {
    while (this.#entries[0]?.dropped) this.#removeFirst();
    return this.#entries[0];
  }

  pop(): T | undefined {
    const first = this.peek();
    if (first !== undefined) this.#removeFirst();
    return first;
  }

  clear(): void {
    this.#entries.length = 0;
  }

  #removeFirst(): void {
    const entries = this.#entries;
    const last = entries.pop() as T;
    if (entries.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= entries.length) break;
      if (child + 1 < entries.length && before(entries[child + 1] as T, entries[child] as T)) child++;
      if (!before(entries[child] as T, last)) break;
      entries[index] = entries[child] as T;
      index = child;
    }
    entries[index] = last;
  }
}

function before(a: HeapEntry, b: HeapEntry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
