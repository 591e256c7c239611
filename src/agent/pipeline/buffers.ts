/** A fixed number of buffers of one size, lent out: who wants one while all are lent waits. This is what bounds the memory of a transfer. */
export class BufferPool {
  readonly #free: ArrayBuffer[] = [];
  readonly #waiting: ((buffer: ArrayBuffer) => void)[] = [];
  readonly #bytes: number;
  #unmade: number;

  constructor(count: number, bytes: number) {
    this.#unmade = count;
    this.#bytes = bytes;
  }

  async take(): Promise<ArrayBuffer> {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#unmade > 0) {
      this.#unmade--;
      return new ArrayBuffer(this.#bytes);
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** A buffer that was lost on the way (its job failed) need not come back: a failed job ends the transfer. */
  give(buffer: ArrayBuffer): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(buffer);
    else next(buffer);
  }
}
