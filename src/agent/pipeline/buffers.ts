interface Waiting {
  readonly resolve: (buffer: ArrayBuffer) => void;
  readonly reject: (error: unknown) => void;
}

/** A fixed number of buffers of one size, lent out: who wants one while all are lent waits. This is what bounds the memory of a transfer. */
export class BufferPool {
  readonly #free: ArrayBuffer[] = [];
  readonly #waiting: Waiting[] = [];
  readonly #bytes: number;
  #unmade: number;
  #failure: { readonly error: unknown } | undefined;

  constructor(count: number, bytes: number) {
    this.#unmade = count;
    this.#bytes = bytes;
  }

  /** Rejects once the pool has failed. */
  async take(): Promise<ArrayBuffer> {
    if (this.#failure !== undefined) throw this.#failure.error;
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#unmade > 0) {
      this.#unmade--;
      return new ArrayBuffer(this.#bytes);
    }
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  give(buffer: ArrayBuffer): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(buffer);
    else next.resolve(buffer);
  }

  /** The buffer of a job that failed does not come back: whoever would wait for it is told instead. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
