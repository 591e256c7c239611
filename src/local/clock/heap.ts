/** A binary heap, smallest first. Dropped entries are skipped when they come up, and cleared out when they are more than half of all. */
export interface HeapEntry {
  readonly at: number;
  /** Ties are taken in the order in which they were made. */
  readonly order: number;
  /** Set by the heap: the entry was taken out or is to be skipped. */
  dropped: boolean;
}

/** Below this, dropped entries are not worth clearing out. */
const FEW = 64;

export class Heap<T extends HeapEntry> {
  #entries: T[] = [];
  #droppedCount = 0;

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
    while (this.#entries[0]?.dropped) {
      this.#removeFirst();
      this.#droppedCount--;
    }
    return this.#entries[0];
  }

  pop(): T | undefined {
    const first = this.peek();
    if (first !== undefined) {
      this.#removeFirst();
      first.dropped = true;
    }
    return first;
  }

  /** Takes an entry back; nothing happens when it was taken out before. */
  drop(entry: T): void {
    if (entry.dropped) return;
    entry.dropped = true;
    this.#droppedCount++;
    if (this.#droppedCount < FEW || this.#droppedCount * 2 < this.#entries.length) return;
    const kept = this.#entries.filter((each) => !each.dropped);
    this.clear();
    for (const each of kept) this.push(each);
  }

  clear(): void {
    this.#entries = [];
    this.#droppedCount = 0;
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
